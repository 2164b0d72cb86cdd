"""Requests and answers in vcrpy's shapes and in ours. Importing this imports vcrpy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from vcr.request import Request as VcrRequest

from pytest_aci.recording.exchange import Headers, Request, Response, reason_of


def to_vcr_request(request: Request) -> Any:
    """The request as vcrpy's own object."""
    return VcrRequest(**to_vcr_fields(request))


def to_vcr_fields(request: Request) -> dict[str, Any]:
    """What vcrpy makes its request objects from."""
    return {"method": request.method, "uri": request.url, "body": request.body, "headers": dict(request.headers)}


def to_vcr_response(response: Response) -> dict[str, Any]:
    """The response as vcrpy's dictionary."""
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name, []).append(value)
    return {
        "status": {"code": response.status, "message": response.reason or reason_of(response.status)},
        "headers": headers,
        "body": {"string": response.body},
    }


def from_vcr_request(request: Any) -> Request:
    """Our request from vcrpy's object."""
    return Request(request.method, request.uri, _headers(request.headers), body_bytes(request.body))


def from_vcr_response(response: Mapping[str, Any]) -> Response:
    """Our response from vcrpy's dictionary."""
    status = response["status"]
    headers = _headers(response["headers"])
    return Response(status["code"], status["message"] or "", headers, body_bytes(response["body"].get("string")))


def body_bytes(body: Any) -> bytes:
    """The bytes of whatever a client library takes for a body; of form objects that hide theirs, the type's name."""
    if isinstance(body, str):
        return body.encode()
    if body is None or isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body or b"")
    if hasattr(body, "read"):
        return body_bytes(body.read())
    if isinstance(body, (Mapping, list, tuple)) and not _is_chunks(body):
        return json.dumps(body, default=lambda item: type(item).__name__).encode()
    if isinstance(body, Iterable):
        return b"".join(body_bytes(chunk) for chunk in body)
    return type(body).__name__.encode()


def _is_chunks(body: Any) -> bool:
    return isinstance(body, list) and bool(body) and all(isinstance(chunk, bytes) for chunk in body)


def _headers(headers: Mapping[str, Any]) -> Headers:
    return tuple(
        (str(name), _text(value))
        for name, values in headers.items()
        for value in (values if isinstance(values, (list, tuple)) else [values])
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)

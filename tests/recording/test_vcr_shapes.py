from __future__ import annotations

import io
from typing import Any

import pytest

from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.vcr_shapes import (
    body_bytes,
    from_vcr_request,
    from_vcr_response,
    to_vcr_request,
    to_vcr_response,
)


class Form:
    """A form object that does not show its bytes."""


@pytest.mark.parametrize(
    ("body", "raw"),
    [
        (None, b""),
        ("ü", "ü".encode()),
        (b"x", b"x"),
        (bytearray(b"x"), b"x"),
        (io.BytesIO(b"x"), b"x"),
        (io.StringIO("x"), b"x"),
        ([b"a", b"b"], b"ab"),
        ((chunk for chunk in ("a", b"b")), b"ab"),
        ({"a": 1}, b'{"a": 1}'),
        ([1, 2], b"[1, 2]"),
        (Form(), b"Form"),
    ],
)
def test_a_body_is_bytes_whatever_a_client_takes(body: Any, raw: bytes) -> None:
    """Text, files, chunks and JSON become bytes; a form object is at least the same every time."""
    assert body_bytes(body) == raw


def test_requests_and_responses_come_back() -> None:
    """Through vcrpy's shapes and back, nothing changes."""
    request = Request("PUT", "http://h/a?b", (("x", "1"),), b"body")
    response = Response(404, "Not Found", (("a", "1"), ("a", "2")), b"body")
    assert from_vcr_request(to_vcr_request(request)) == request
    assert from_vcr_response(to_vcr_response(response)) == response


def test_what_clients_leave_out_is_filled_in() -> None:
    """A response without a reason gets the standard one, and one without a body has none."""
    assert to_vcr_response(Response(204))["status"] == {"code": 204, "message": "No Content"}
    assert from_vcr_response(
        {"status": {"code": 200, "message": None}, "headers": {"a": b"1"}, "body": {}}
    ) == Response(200, "", (("a", "1"),))

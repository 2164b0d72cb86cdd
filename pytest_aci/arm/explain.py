from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    DeserializationError,
    ResponseNotReadError,
    ServiceRequestError,
)

from pytest_aci.arm.failures import innermost, not_arm, refusal, reply_lost, unreachable
from pytest_aci.arm.pools import CONNECT_TRIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.errors import ControlPlaneError

EXPLAINED = (AzureError, DeserializationError)
"""What the SDK raises when a request did not do what was asked."""
NOT_FOUND = 404


@contextmanager
def documents() -> Iterator[None]:
    """Let a document that is none of ARM's fail here in the way in which the SDK's models do."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise DeserializationError(repr(problem)) from problem


def explain(
    problem: Exception, *, doing: str, host: str, reading: bool = False, deleting: bool = False
) -> ControlPlaneError:
    """What the SDK raised, as an error that knows its cause and what to do.

    *doing* completes "Could not …"; *host* is the management endpoint.
    """
    if isinstance(problem, ServiceRequestError):
        return unreachable(doing=doing, host=host, reason=_reason(problem), tries=CONNECT_TRIES)
    if isinstance(problem, DeserializationError):
        return not_arm(doing=doing, host=host, content_type="a body that is no ARM document")
    response: Any = getattr(problem, "response", None)
    if response is None:
        if isinstance(problem, ClientAuthenticationError):  # raised by a credential, before anything was sent
            return refusal(doing=doing, code=None, message=_signed_in(problem), deleting=deleting)
        return reply_lost(doing=doing, reason=_reason(problem), reading=reading)
    content_type = (response.headers.get("Content-Type") or "").partition(";")[0].strip()
    document = _document(response)
    code, message = innermost(document)
    code = code or response.headers.get("x-ms-error-code")
    is_page = isinstance(problem, DecodeError) or (document is None and content_type and "json" not in content_type)
    # Every server says 404 of a path that it does not know.
    if is_page or (response.status_code == NOT_FOUND and not code):
        said, status = content_type or "no content", response.status_code
        return not_arm(doing=doing, host=_host(response, host), content_type=said, status=status)
    return refusal(
        doing=doing,
        code=code,
        message=message,
        status=response.status_code,
        deleting=deleting,
        headers=response.headers,
    )


def _document(response: Any) -> dict[str, Any] | None:
    try:
        document = json.loads(response.text())
    except (ValueError, ResponseNotReadError):  # not JSON, or a stream that nobody has read
        return None
    return document if isinstance(document, dict) else None


def _host(response: Any, host: str) -> str:
    return urlsplit(response.request.url).hostname or host


def _reason(problem: Exception) -> str:
    """The innermost words: `requests` and urllib3 wrap them three times."""
    inner: BaseException = problem
    while True:
        wrapped = getattr(inner, "reason", None) or getattr(inner, "inner_exception", None) or inner.__cause__
        if not isinstance(wrapped, BaseException) and inner.args and isinstance(inner.args[0], BaseException):
            wrapped = inner.args[0]
        if not isinstance(wrapped, BaseException) or wrapped is inner:
            return str(inner).rpartition(">: ")[2] or type(inner).__name__
        inner = wrapped


def _signed_in(problem: Exception) -> str:
    """A credential's complaint, without azure-identity's advice of many lines."""
    return " ".join(str(problem).split())

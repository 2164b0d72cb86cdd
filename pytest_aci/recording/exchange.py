from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from typing import Literal

Via = Literal["arm", "http"]
"""How an exchange travelled: through our own ARM transport, or through an HTTP client of the test."""

Headers = tuple[tuple[str, str], ...]

READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing; every other method is a change."""

TRANSCRIPT = "TRANSCRIPT"
"""The method of an interaction that is not HTTP: what a command run by `exec` printed."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, complete: nothing of it is still to be read."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def is_read(self) -> bool:
        """Whether answering it again changes nothing."""
        return self.method in READS

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, complete. An empty `reason` means the standard one of the status."""

    status: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request and what was answered to it: the unit that a cassette is made of."""

    request: Request
    response: Response


def header(headers: Headers, name: str, default: str = "") -> str:
    """The first value of a header, whatever the case of its name."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), default)


@lru_cache
def reason_of(status: int) -> str:
    """The standard phrase of a status, empty for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def decoded(response: Response) -> Response:
    """The response without its content encoding, so that what is written can be read and searched.

    A body that says gzip or deflate and is not (some clients decode before they hand it over) is kept as it is.
    An encoding that the standard library cannot undo stays in place, header and all.
    """
    encoding = header(response.headers, "Content-Encoding").lower()
    if encoding not in {"gzip", "x-gzip", "deflate", "identity"}:
        return response
    headers = tuple((key, value) for key, value in response.headers if key.lower() != "content-encoding")
    return replace(response, headers=headers, body=inflated(response.body))


def inflated(body: bytes) -> bytes:
    """The body without gzip or deflate around it, or the body itself where there is none."""
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by its header, then raw deflate
        try:
            return zlib.decompress(body, window)
        except zlib.error:
            continue
    return body

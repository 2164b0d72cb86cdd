from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from importlib import import_module
from itertools import count
from typing import Final, Literal, TypeVar

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


Message = TypeVar("Message", Request, Response)

STANDARD: Final = frozenset({"gzip", "x-gzip", "deflate", "identity"})
"""Content encodings that the standard library undoes."""

LIBRARIES: Final = {"br": ("brotli", "brotlicffi"), "zstd": ("zstandard",)}
"""What undoes others, where it is installed: then HTTP clients ask for such answers."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request and what was answered to it: the unit that a cassette is made of."""

    request: Request
    response: Response


_TURNS = count()


def take_turn() -> int:
    """The turn of what is asked now: its place among all that is asked in this process, however late the answer is."""
    return next(_TURNS)


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


def decoded(message: Message) -> Message:
    """A request or response without its content encoding, so that what is written can be read and searched.

    A body that says that it is encoded and is not (some clients decode before they hand it over) is kept as it is.
    An encoding that can not be undone here stays in place, header and all.
    """
    encoding = header(message.headers, "Content-Encoding").lower().strip()
    if not encoding:
        return message
    body = inflated(message.body) if encoding in STANDARD else _undone(message.body, encoding)
    if body is None:
        return message
    headers = tuple((key, value) for key, value in message.headers if key.lower() != "content-encoding")
    return replace(message, headers=headers, body=body)


def _undone(body: bytes, encoding: str) -> bytes | None:
    """The body without an encoding that the standard library does not know; None where nothing can undo it."""
    for name in LIBRARIES.get(encoding, ()):
        with suppress(Exception):  # it is not installed, or says in a way of its own that this is not so encoded
            library = import_module(name)
            undo = library.ZstdDecompressor().decompressobj() if encoding == "zstd" else library
            return bytes(undo.decompress(body))
    try:
        body.decode()
    except UnicodeDecodeError:
        return None
    return body  # readable: the client has undone it already


def inflated(body: bytes) -> bytes:
    """The body without gzip or deflate around it, or the body itself where there is none."""
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by its header, then raw deflate
        try:
            return zlib.decompress(body, window)
        except zlib.error:
            continue
    return body

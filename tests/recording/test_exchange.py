from __future__ import annotations

import gzip
import zlib

import pytest

from pytest_aci.recording.exchange import Request, Response, decoded, header, reason_of

TEXT = b"hello hello hello"


def encoded(encoding: str, body: bytes) -> Response:
    """A response that says it is encoded."""
    return Response(200, "", (("Content-Encoding", encoding), ("X", "y")), body)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),
        ("gzip", TEXT),
        ("identity", TEXT),
    ],
    ids=["gzip", "zlib", "bare deflate", "not compressed at all", "identity"],
)
def test_decoded_removes_what_the_standard_library_can_undo(encoding: str, body: bytes) -> None:
    """A compressed body is kept as plain bytes, and one that a client decoded already stays what it is."""
    assert decoded(encoded(encoding, body)) == Response(200, "", (("X", "y"),), TEXT)


def test_decoded_keeps_what_it_cannot_undo() -> None:
    """Brotli stays as it is, with the header that says so."""
    assert decoded(encoded("br", b"\x8b\x00")) == encoded("br", b"\x8b\x00")


def test_header_ignores_case() -> None:
    """Header names mean the same in any case, and a missing one is the default."""
    assert header((("LOCATION", "/a"),), "Location") == "/a"
    assert header((), "Location", "none") == "none"


def test_reasons_and_reads() -> None:
    """Standard statuses have standard reasons; only GET, HEAD and OPTIONS are reads."""
    assert (reason_of(404), reason_of(299)) == ("Not Found", "")
    assert [Request(method, "/").is_read for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE")] == [True] * 3 + [
        False
    ] * 2

from __future__ import annotations

import gzip
import sys
import zlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pytest_aci.recording import exchange
from pytest_aci.recording.exchange import Request, Response, decoded, header, reason_of

if TYPE_CHECKING:
    from types import ModuleType

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


def test_decoded_keeps_what_it_cannot_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brotli stays as it is where no library undoes it, with the header that says so."""
    monkeypatch.setattr(exchange, "LIBRARIES", {"br": ("no_such_library",)})
    assert decoded(encoded("br", b"\x8b\x00")) == encoded("br", b"\x8b\x00")


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_decoded_takes_the_libraries_that_clients_take(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a client can ask for it, its library is there, and undoes it here too."""
    reverse = SimpleNamespace(decompress=lambda body: body[::-1])
    reverse.ZstdDecompressor = lambda: SimpleNamespace(decompressobj=lambda: reverse)
    for names in exchange.LIBRARIES.values():
        monkeypatch.setitem(sys.modules, names[0], cast("ModuleType", reverse))
    assert decoded(encoded(encoding, b"\xff" + TEXT[::-1])).body == TEXT + b"\xff"


def test_decoded_believes_a_text() -> None:
    """A client that has undone the encoding itself hands over a text: it is kept, without the header."""
    assert decoded(encoded("unheard-of", TEXT)) == Response(200, "", (("X", "y"),), TEXT)


def test_requests_are_decoded_too() -> None:
    """What a test sends compressed can be searched like an answer."""
    sent = Request("POST", "http://h/", (("Content-Encoding", "gzip"),), gzip.compress(TEXT))
    assert decoded(sent) == Request("POST", "http://h/", (), TEXT)


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

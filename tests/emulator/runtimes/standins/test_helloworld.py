from __future__ import annotations

import pytest

from pytest_aci.emulator.runtimes.standins.helloworld import PAGE, answer


def test_page() -> None:
    """The page is served at / with its length, greeting as the image does."""
    head, _, body = answer(b"GET /?a=b HTTP/1.1\r\nHost: x\r\n\r\n").partition(b"\r\n\r\n")
    assert body == PAGE
    assert b"<h1>Welcome to Azure Container Instances!</h1>" in body
    assert head.splitlines() == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/html; charset=utf-8",
        b"Content-Length: %d" % len(PAGE),
        b"Connection: close",
    ]


def test_head() -> None:
    """HEAD is answered with the head alone, including the page's length."""
    assert answer(b"HEAD / HTTP/1.1\r\n\r\n") == answer(b"GET / HTTP/1.1\r\n\r\n").removesuffix(PAGE)


@pytest.mark.parametrize(
    ("request_line", "status"), [(b"GET /x HTTP/1.1", b"404 Not Found"), (b"POST / HTTP/1.1", b"405 "), (b"", b"405 ")]
)
def test_other_requests(request_line: bytes, status: bytes) -> None:
    """Other paths are not found, other methods not allowed."""
    assert answer(request_line + b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)

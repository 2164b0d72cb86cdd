from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pytest_aci.emulator.runtimes.outbound import OutboundProxy

from .conftest import TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def proxy() -> AsyncIterator[OutboundProxy]:
    """Serve a proxy for a while."""
    listener = socket.socket()
    listener.setblocking(False)
    served = await OutboundProxy.start(listener)
    try:
        yield served
    finally:
        await served.close()


async def ask(served: OutboundProxy, request: bytes) -> bytes:
    """Send a request to a proxy; the whole answer."""
    place = urlsplit(served.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_get(page: str) -> None:
    """A GET of a whole URL is passed on to its host, and the answer comes back."""
    async with proxy() as served:
        answer = await ask(served, f"GET {page} HTTP/1.1\r\nHost: x\r\nProxy-Connection: keep-alive\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert answer.endswith(TEXT)


async def test_connect(page: str) -> None:
    """CONNECT opens a tunnel."""
    place = urlsplit(page).netloc
    async with proxy() as served:
        request = f"CONNECT {place} HTTP/1.1\r\n\r\nGET /text HTTP/1.0\r\n\r\n".encode()
        answer = await ask(served, request)
    assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.0 200 OK\r\n")
    assert answer.endswith(TEXT)


@pytest.mark.parametrize(
    ("request_line", "reason"),
    [
        (b"GET http://127.0.0.1:1/ HTTP/1.1", b"Connect call failed"),
        (b"GET ftp://127.0.0.1/ HTTP/1.1", b"'ftp://127.0.0.1/' is not an http URL"),
        (b"nonsense", b"not enough values to unpack"),
    ],
)
async def test_refusals(request_line: bytes, reason: bytes) -> None:
    """What can not be fetched is answered with 502 and the reason."""
    async with proxy() as served:
        answer = await ask(served, request_line + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert reason in answer


async def test_close_cuts_connections() -> None:
    """Closing ends a request that is under way."""
    async with proxy() as served:
        place = urlsplit(served.url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(b"GET http")
        await writer.drain()
        await asyncio.sleep(0)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 30)
    writer.close()

from __future__ import annotations

import asyncio
import math
import socket
from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.runtimes.addresses import listen
from pytest_aci.emulator.runtimes.relay import StreamRelay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio


async def plain_socket() -> socket.socket:
    """Return a socket in this very network, which is as good as one in another for a relay."""
    made = socket.socket()
    made.setblocking(False)
    return made


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the length of everything that was sent, once the sender has finished."""
    data = await reader.read()
    writer.write(str(len(data)).encode() + b" " + data[-4:])
    writer.close()


async def relayed(port: int) -> AsyncIterator[StreamRelay]:
    """Relay to *port* for a while."""
    relay = StreamRelay(listen("127.0.0.1", 0), port, plain_socket)
    await relay.start()
    yield relay
    await relay.close()
    await relay.close()


async def test_half_close_is_passed_on() -> None:
    """A sender that has finished still hears the answer, whatever the size of what it sent."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async for relay in relayed(server.sockets[0].getsockname()[1]):
        reader, writer = await asyncio.open_connection(*relay._listener.getsockname())
        writer.write(b"x" * 3_000_000 + b"tail")
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 60) == b"3000004 tail"
        writer.close()
    server.close()
    await server.wait_closed()


async def test_nobody_inside() -> None:
    """Where nobody serves inside, the connection is reset."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    async for relay in relayed(port):
        reader, writer = await asyncio.open_connection(*relay._listener.getsockname())
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 60)
        writer.close()


async def test_connection_is_held() -> None:
    """A connection that comes before somebody serves inside is held until then."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    refused = asyncio.Event()

    def held_until() -> float:
        refused.set()
        return math.inf

    relay = StreamRelay(listen("127.0.0.1", 0), port, plain_socket, held_until)
    await relay.start()
    reader, writer = await asyncio.open_connection(*relay._listener.getsockname())
    writer.write(b"tail")
    writer.write_eof()
    await asyncio.wait_for(refused.wait(), 60)
    server = await asyncio.start_server(echo, "127.0.0.1", port)
    assert await asyncio.wait_for(reader.read(), 60) == b"4 tail"
    writer.close()
    await relay.close()
    server.close()
    await server.wait_closed()


async def test_close_cuts_connections() -> None:
    """Closing a relay resets what is connected, and nobody is let in any more."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    place = ("", 0)
    async for relay in relayed(server.sockets[0].getsockname()[1]):
        place = relay._listener.getsockname()
        reader, writer = await asyncio.open_connection(*place)
        writer.write(b"x")
        await writer.drain()
        while not relay._carrying:  # noqa: ASYNC110 # the relay tells nobody that it has accepted
            await asyncio.sleep(0.01)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 60)
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*place)
    server.close()

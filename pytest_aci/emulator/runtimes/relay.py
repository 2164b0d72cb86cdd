"""Relays from a group's address into its network namespace, where a program binds port 80 as if it were alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    OpenSocket = Callable[[], Awaitable[socket.socket]]

_CHUNK: Final = 65536
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
_RETRY_SECONDS: Final = 0.01
_DATAGRAM_IDLE_SECONDS: Final = 60.0


class StreamRelay:
    """Carries the TCP connections that reach *listener* to *port* inside, through sockets from *open_socket*.

    While nobody serves the port, a connection is held until the moment *held_until* (of `time.monotonic`), then reset.
    """

    def __init__(
        self, listener: socket.socket, port: int, open_socket: OpenSocket, held_until: Callable[[], float] | None = None
    ) -> None:
        self._listener = listener
        self._port = port
        self._open_socket = open_socket
        self._held_until = held_until or (lambda: 0.0)
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Accept connections from now on."""
        self._server = await asyncio.start_server(self._carry, sock=self._listener)

    async def close(self) -> None:
        """Accept no more, and cut what is connected. Safe to call twice."""
        if self._server is not None:
            self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # a server's callback runs as one
        self._carrying.add(task)
        try:
            inside = await self._connect()
            far_reader, far_writer = await asyncio.open_connection(sock=inside)
            await carry_both(reader, writer, far_reader, far_writer)
        except OSError:
            # Nobody serves the port: as near to "connection refused" as someone who has accepted can come.
            reset(writer)
        except asyncio.CancelledError:
            reset(writer)  # not raised again: asyncio's server would log it
        finally:
            self._carrying.discard(task)

    async def _connect(self) -> socket.socket:
        while True:
            inside = await self._open_socket()
            try:
                await asyncio.get_running_loop().sock_connect(inside, ("127.0.0.1", self._port))
                inside.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except ConnectionRefusedError:
                inside.close()
                if time.monotonic() >= self._held_until():
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            except BaseException:
                inside.close()
                raise
            else:
                return inside


async def carry_both(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Copy both ways until both sides have finished, passing on each half-close as such."""
    try:
        await asyncio.gather(_carry_one_way(reader, far_writer), _carry_one_way(far_reader, writer))
    finally:
        writer.close()
        far_writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection so that its peer sees a reset."""
    connection = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


async def _carry_one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        with contextlib.suppress(OSError):
            writer.write_eof()


class DatagramRelay(asyncio.DatagramProtocol):
    """Carries UDP datagrams that reach *listener* to *port* inside, and the answers back to each sender."""

    def __init__(self, listener: socket.socket, port: int, open_socket: OpenSocket) -> None:
        self._listener = listener
        self._port = port
        self._open_socket = open_socket
        self._senders: dict[tuple[str, int], asyncio.Queue[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Take datagrams from now on."""
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=self._listener)

    async def close(self) -> None:
        """Take no more. Safe to call twice."""
        if self._transport is not None:
            self._transport.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Pass a datagram on, over a socket inside that is this sender's own."""
        if addr not in self._senders:
            self._senders[addr] = asyncio.Queue()
            task = asyncio.create_task(self._serve(addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._senders[addr].put_nowait(data)

    async def _serve(self, sender: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        inside = await self._open_socket()
        back = asyncio.create_task(self._answer(inside, sender))
        try:
            inside.connect(("127.0.0.1", self._port))  # for datagrams this waits for nobody
            while True:
                data = await asyncio.wait_for(self._senders[sender].get(), _DATAGRAM_IDLE_SECONDS)
                with contextlib.suppress(ConnectionError):  # nobody serves the port (yet)
                    await loop.sock_sendall(inside, data)
        except TimeoutError:
            return
        finally:
            del self._senders[sender]
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)
            inside.close()

    async def _answer(self, inside: socket.socket, sender: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        while self._transport is not None:
            try:
                data = await loop.sock_recv(inside, _CHUNK)
            except ConnectionError:
                continue  # the refusal of an earlier datagram
            self._transport.sendto(data, sender)

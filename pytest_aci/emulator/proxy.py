"""The transparent mode: a CONNECT proxy that answers for Azure's public addresses, and for nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

logger = logging.getLogger(__name__)

AZURE_HOSTS = ("management.azure.com", "login.microsoftonline.com")
"""The hosts that the emulator plays; its certificate has their names in this mode."""
LOOPBACK = "127.0.0.1"
HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10.0
CHUNK = 64 * 1024


class Proxy:
    """Listens inside `async with`. It never tunnels to the outside: an unknown host is refused with a sentence.

    Attributes:
        url: What `HTTPS_PROXY` should be.
    """

    def __init__(self, target_port: int, port: int = 0) -> None:
        self._target_port = target_port
        self._port = port
        self._server: asyncio.Server | None = None
        self._tunnels: set[asyncio.Task[None]] = set()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self._port, limit=HEAD_BYTES)
        self.url = f"http://{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for tunnel in list(self._tunnels):
            tunnel.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tunnels.add(task)
            task.add_done_callback(self._tunnels.discard)
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            method, _, rest = head.decode("latin-1").partition(" ")
            target = rest.partition(" ")[0]
            host, _, port = target.rpartition(":")
            if method.upper() != "CONNECT" or host.lower() not in AZURE_HOSTS or port != "443":
                await _refuse(writer, method, target)
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._tunnel(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            logger.info("A client of the proxy went away")
        finally:
            await _close(writer)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, target_writer = await asyncio.open_connection(LOOPBACK, self._target_port)
        try:
            await asyncio.gather(_pipe(reader, target_writer), _pipe(target_reader, writer))
        finally:
            await _close(target_writer)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


async def _refuse(writer: asyncio.StreamWriter, method: str, target: str) -> None:
    asked = f"{method[:20]} {target[:200]}"
    hosts = ", ".join(AZURE_HOSTS)
    sentence = f"The emulator's proxy does not carry {asked}: it answers for {hosts} only. Put others into NO_PROXY.\n"
    lines = (
        "HTTP/1.1 403 Forbidden",
        "Content-Type: text/plain",
        f"Content-Length: {len(sentence)}",
        "Connection: close",
        "",
        sentence,
    )
    writer.write("\r\n".join(lines).encode("latin-1"))
    await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()

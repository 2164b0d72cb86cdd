"""Terminals of the Docker runtime."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .docker_engine import APIError
from .docker_http import hijack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from .docker_engine import Engine

_CHUNK: Final = 65536
_FRAME_HEADER: Final = 8
_RESIZE_ATTEMPTS: Final = 50
_RESIZE_PAUSE: Final = 0.01


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the contents of the frames that the engine wraps output in when there is no terminal."""
    received = bytearray()
    while data := await reader.read(_CHUNK):
        received += data
        begin, header_end = 0, _FRAME_HEADER
        while len(received) >= header_end:
            end = header_end + int.from_bytes(received[header_end - 4 : header_end], "big")
            if len(received) < end:
                break
            yield bytes(received[header_end:end])
            begin, header_end = end, end + _FRAME_HEADER
        del received[:begin]


async def newest(pieces: AsyncIterator[bytes], size: int) -> bytes:
    """Return the last of *pieces* that are no longer than *size* together; one that is longer is there in part."""
    kept: deque[bytes] = deque()
    length = 0
    async for piece in pieces:
        kept.append(piece)
        length += len(piece)
        while length > size and len(kept) > 1:
            length -= len(kept.popleft())
    return b"".join(kept)[-size:]


class Command:
    """A command that runs beside a container's own. Made by `start`."""

    def __init__(
        self,
        engine: Engine,
        container: str,
        command_id: str,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._engine = engine
        self._container = container
        self._id = command_id
        self.reader, self.writer = streams

    @classmethod
    async def start(
        cls, engine: Engine, container: str, command: Sequence[str], terminal: tuple[int, int] | None = None
    ) -> Command:
        """Start a command, on a terminal of (rows, columns) if one is given.

        Raises:
            OSError: It can not be executed.
        """
        options: dict[str, Any] = {"stdin": terminal is not None, "tty": terminal is not None}
        if terminal is not None:
            # The size is set after the start; a program that looks sooner finds it here.
            options["environment"] = {"TERM": "xterm", "LINES": str(terminal[0]), "COLUMNS": str(terminal[1])}
        try:
            made = await engine.call(engine.client.exec_create, container, list(command), **options)
        except APIError as reason:
            raise OSError(reason.explanation or str(reason)) from None
        body = {"Detach": False, "Tty": terminal is not None}
        streams = await hijack(engine.url, f"/exec/{made['Id']}/start", body)
        running = cls(engine, container, made["Id"], streams)
        if terminal is not None:
            await running._resize(terminal)
        return running

    async def exit_code(self) -> int:
        """Return how the command ended; 0 if it has not."""
        state = await self._engine.call(self._engine.client.exec_inspect, self._id)
        return int(state["ExitCode"] or 0)

    async def kill(self) -> None:
        """End the command, if the engine runs on this very system, as engines have no call for that."""
        self.writer.close()
        with contextlib.suppress(APIError):
            state = await self._engine.call(self._engine.client.exec_inspect, self._id)
            if state["Running"]:
                await asyncio.to_thread(_kill_session, int(state["Pid"]), self._container)

    async def _resize(self, terminal: tuple[int, int]) -> None:
        for _ in range(_RESIZE_ATTEMPTS):
            try:
                await self._engine.call(
                    self._engine.client.exec_resize, self._id, height=terminal[0], width=terminal[1]
                )
            except APIError:  # not quite started yet, or ended already
                if not (await self._engine.call(self._engine.client.exec_inspect, self._id))["Running"]:
                    return
                await asyncio.sleep(_RESIZE_PAUSE)
            else:
                return


class CommandTerminal:
    """A command that runs inside a container on a pseudo terminal."""

    def __init__(self, command: Command) -> None:
        self._command = command

    async def output(self) -> AsyncIterator[bytes]:
        """Yield what the terminal shows, until the command ends."""
        with contextlib.suppress(ConnectionError):
            while data := await self._command.reader.read(_CHUNK):
                yield data
        self._command.writer.close()

    async def write(self, data: bytes) -> None:
        """Type *data*. Nothing once the command has ended."""
        with contextlib.suppress(ConnectionError):
            self._command.writer.write(data)
            await self._command.writer.drain()

    async def close(self) -> None:
        """End the command. Safe to call twice."""
        await self._command.kill()


class OutputTerminal:
    """A container's output from now on, to look at only."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None = None) -> None:
        self._reader = reader
        self._writer = writer

    def output(self) -> AsyncIterator[bytes]:
        """Yield what the container writes, until it ends."""
        return frames(self._reader)

    async def write(self, data: bytes) -> None:
        """Ignore *data*: ACI's containers have no standard input."""

    async def close(self) -> None:
        """Follow no more. Safe to call twice."""
        if self._writer is not None:
            self._writer.close()


def _kill_session(pid: int, container: str) -> None:
    """Kill the process *pid* and its group, if that number means a process of *container* on this system."""
    try:
        if container in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8"):
            os.killpg(os.getpgid(pid), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return

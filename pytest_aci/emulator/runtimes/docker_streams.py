"""Terminals of the Docker runtime: the engine's hijacked connections, spoken to directly.

docker-py leaves such a connection half read (what follows the headers may sit in a buffer that it skips), and its
sockets block; an asyncio connection and a dozen lines of HTTP have neither fault.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from .docker_engine import APIError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from .docker_engine import Engine

_CHUNK: Final = 65536
_FRAME_HEADER: Final = 8
_ACCEPTED: Final = (b"101", b"200")
_RESIZE_ATTEMPTS: Final = 50
_RESIZE_PAUSE: Final = 0.01


async def post(
    engine: Engine, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """POST to *path* and return the connection as a stream of what the engine answers.

    Raises:
        OSError: The engine refused, with its words.
    """
    place = urlsplit(engine.url.replace("http+unix", "unix"))
    if place.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(place.path)
    else:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
    content = json.dumps(body).encode() if body is not None else b""
    fields = {
        "Host": "docker",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **(headers or {}),
    }
    # In HTTP/1.0 there are no chunks to take apart: an answer ends with its connection.
    lines = [
        f"POST /v{engine.client.api_version}{path} HTTP/1.0",
        *(f"{name}: {fields[name]}" for name in fields),
        "",
        "",
    ]
    try:
        writer.write("\r\n".join(lines).encode() + content)
        await _expect_acceptance(reader)
    except BaseException:
        writer.close()
        raise
    return reader, writer


async def _expect_acceptance(reader: asyncio.StreamReader) -> None:
    answer = await reader.readuntil(b"\r\n\r\n")
    if answer.split(b" ", 2)[1] not in _ACCEPTED:
        raise OSError(_words(await reader.read(_CHUNK)))


async def hijack(engine: Engine, path: str, body: object = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """POST to *path* and return the connection as a two-way stream of whatever the path is about.

    Raises:
        OSError: The engine refused, with its words.
    """
    return await post(engine, path, body, {"Connection": "Upgrade", "Upgrade": "tcp"})


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the contents of the frames that the engine wraps output in when there is no terminal."""
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            header = await reader.readexactly(_FRAME_HEADER)
            yield await reader.readexactly(int.from_bytes(header[4:], "big"))


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
        running = cls(engine, container, made["Id"], await hijack(engine, f"/exec/{made['Id']}/start", body))
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

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def output(self) -> AsyncIterator[bytes]:
        """Yield what the container writes, until it ends."""
        return frames(self._reader)

    async def write(self, data: bytes) -> None:
        """Ignore *data*: ACI's containers have no standard input."""

    async def close(self) -> None:
        """Follow no more. Safe to call twice."""
        self._writer.close()


def _kill_session(pid: int, container: str) -> None:
    """Kill the process *pid* and its group, if that number means a process of *container* on this system."""
    try:
        if container in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8"):
            os.killpg(os.getpgid(pid), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return


def _words(answer: bytes) -> str:
    """Return what an engine says in refusal."""
    try:
        return str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        return answer.decode(errors="replace").strip()

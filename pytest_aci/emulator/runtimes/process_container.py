"""One container of the process runtime: its runs, one after another, and the log they share."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .base import CannotStart, Exit, NotRunning
from .logs import Log
from .terminal import CommandTerminal, LogTerminal, Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .keeper import Keeper
    from .warden.messages import Bind

_TIMED_OUT: Final = 124


@dataclass(frozen=True, slots=True)
class Launch:
    """What starts a container's process: everything settled, paths real.

    *binds* are shown with the help of *root*, an empty directory; *data_bytes* limits its private memory.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    root: Path
    binds: tuple[Bind, ...] = ()
    data_bytes: int | None = None


class ProcessContainer:
    """A container as a process of the group's warden."""

    def __init__(self, name: str, group: str, keeper: Keeper) -> None:
        self.name = name
        self.log = Log()
        self._id = hashlib.sha256(f"{group}/{name}".encode()).hexdigest()
        self._keeper = keeper
        self._launch: Launch | None = None
        self._pid: int | None = None
        self._run: asyncio.Task[Exit] | None = None

    async def start(self, launch: Launch) -> datetime:
        """Start the process; when it ran.

        Raises:
            CannotStart: It can not be executed.
        """
        try:
            pid, descriptor = await self._keeper.spawn(
                launch.argv,
                dict(launch.env),
                launch.folder,
                binds=launch.binds,
                root=launch.root,
                data_bytes=launch.data_bytes,
            )
        except OSError as reason:
            raise CannotStart(self.name, str(reason)) from None
        started = datetime.now(UTC)
        self._launch, self._pid = launch, pid
        self._run = asyncio.create_task(self._watch(pid, Output(descriptor, self.log.write, self.log.end), started))
        return started

    async def wait(self) -> Exit:
        """Wait until the current process has ended."""
        if self._run is None:
            raise NotRunning(self.name)
        return await asyncio.shield(self._run)

    async def stop(self, grace: float) -> None:
        """End the process, if there is one."""
        if self._run is None or self._pid is None:
            return
        if grace > 0:
            await self._keeper.send_signal(self._pid, signal.SIGTERM)
            await asyncio.wait([self._run], timeout=grace)
        if not self._run.done():
            await self._keeper.send_signal(self._pid, signal.SIGKILL)
        await self.wait()

    async def exec(self, command: Sequence[str], rows: int, columns: int) -> CommandTerminal:
        """Run a command beside the process, on a terminal of the given size."""
        pid, descriptor = await self._beside(command, (rows, columns))
        return CommandTerminal(self._keeper, pid, descriptor)

    def attach(self) -> LogTerminal:
        """Follow the output from now on; at its end at once if nothing runs."""
        terminal = LogTerminal(self.log)
        if self._pid is None:
            self.log.end()
        return terminal

    async def probe(self, command: Sequence[str], seconds: float) -> tuple[int, bytes]:
        """Run a command beside the process; its exit code and output."""
        try:
            pid, descriptor = await self._beside(command, None)
        except CannotStart as reason:
            return 127, reason.reason.encode()
        output = bytearray()
        reading = Output(descriptor, output.extend, lambda: None)
        try:
            code = await asyncio.wait_for(self._keeper.exit_code(pid), seconds)
        except TimeoutError:
            code = _TIMED_OUT
            await self._keeper.send_signal(pid, signal.SIGKILL)
            await self._keeper.exit_code(pid)
        reading.drain()
        return code, bytes(output)

    async def _beside(self, command: Sequence[str], terminal: tuple[int, int] | None) -> tuple[int, int]:
        if self._launch is None or self._pid is None:
            raise NotRunning(self.name)
        env = {**self._launch.env, "TERM": "xterm"} if terminal else dict(self._launch.env)
        try:
            return await self._keeper.spawn(command, env, self._launch.folder, inside=self._pid, terminal=terminal)
        except OSError as reason:
            raise CannotStart(self.name, str(reason)) from None

    async def _watch(self, pid: int, output: Output, started: datetime) -> Exit:
        code = await self._keeper.exit_code(pid)
        self._pid = None
        output.drain()
        return Exit(code, started, datetime.now(UTC), self._id)

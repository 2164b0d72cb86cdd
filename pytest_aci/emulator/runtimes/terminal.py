"""Terminals: a command on a pseudo terminal of the group's warden, and a container's own output."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Final

from .logs import BEHIND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .keeper import Keeper
    from .logs import Log

_CHUNK: Final = 65536


class Output:
    """Reads a descriptor as data arrives, and closes it at its end."""

    def __init__(self, descriptor: int, take: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._take = take
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self._read)

    def drain(self) -> None:
        """Read what there is and close: the process has ended."""
        while self._descriptor >= 0 and self._read():
            pass
        self.close()

    def pause(self) -> None:
        """Read no more for now: whoever writes will have to wait."""
        self._loop.remove_reader(self._descriptor)

    def resume(self) -> None:
        """Read on."""
        if self._descriptor >= 0:
            self._loop.add_reader(self._descriptor, self._read)

    def close(self) -> None:
        """Read no more. Safe to call twice."""
        if self._descriptor < 0:
            return
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        self._ended()

    def _read(self) -> bool:
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # a pseudo terminal reports its end as an input/output error
        if data:
            self._take(data)
            return True
        self.close()
        return False


class CommandTerminal:
    """A command that runs inside a container on a pseudo terminal."""

    def __init__(self, keeper: Keeper, pid: int, descriptor: int) -> None:
        self._keeper = keeper
        self._pid = pid
        self._typed = os.dup(descriptor)
        self._writable = asyncio.Event()
        self._shown: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._output = Output(descriptor, self._show, lambda: self._shown.put_nowait(None))
        self._end = asyncio.create_task(self._close_at_end())

    async def output(self) -> AsyncIterator[bytes]:
        """Yield what the terminal shows, until the command ends."""
        while (data := await self._shown.get()) is not None:
            if self._shown.qsize() == BEHIND - 1:
                self._output.resume()
            yield data
        self._shown.put_nowait(None)  # for whoever asks again

    async def write(self, data: bytes) -> None:
        """Type *data*; waits while the command does not read. Nothing once it has ended."""
        while data and self._typed >= 0:
            try:
                data = data[os.write(self._typed, data) :]
            except BlockingIOError:
                await self._wait_until_writable()
            except OSError:
                return

    async def close(self) -> None:
        """End the command and everything it started. Safe to call twice."""
        await self._keeper.send_signal(self._pid, signal.SIGKILL)
        await self._end

    def _show(self, data: bytes) -> None:
        self._shown.put_nowait(data)
        if self._shown.qsize() >= BEHIND:
            self._output.pause()

    async def _wait_until_writable(self) -> None:
        loop = asyncio.get_running_loop()
        self._writable.clear()
        loop.add_writer(self._typed, self._writable.set)
        try:
            await self._writable.wait()
        finally:
            if self._typed >= 0:
                loop.remove_writer(self._typed)

    async def _close_at_end(self) -> None:
        await self._keeper.exit_code(self._pid)
        self._output.drain()
        typed, self._typed = self._typed, -1
        # The loop must forget the descriptor while it is open: its number soon belongs to somebody else.
        asyncio.get_running_loop().remove_writer(typed)
        os.close(typed)
        self._writable.set()


class LogTerminal:
    """A container's output from now on, to look at only."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._shown = log.follow()

    async def output(self) -> AsyncIterator[bytes]:
        """Yield what the container writes, until it ends."""
        while (data := await self._shown.get()) is not None:
            yield data
        self._shown.put_nowait(None)  # for whoever asks again

    async def write(self, data: bytes) -> None:
        """Ignore *data*: ACI's containers have no standard input."""

    async def close(self) -> None:
        """Follow no more. Safe to call twice."""
        self._log.unfollow(self._shown)

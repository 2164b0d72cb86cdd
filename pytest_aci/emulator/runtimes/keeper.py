"""The emulator's end of a warden: one small process per group that starts, watches and ends the group's processes."""

from __future__ import annotations

import array
import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from .warden.messages import Unpacker, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .warden.messages import Bind, Report, Request

Isolation = Literal["root", "user", "none"]

_CHUNK: Final = 65536
_DESCRIPTORS: Final = 16
_KILLED: Final = 128 + signal.SIGKILL
_PATIENCE: Final = 10.0

# The warden must not import the packages above it (their __init__ may import what it has neither time nor path for),
# so it finds them as bare shells.
_BOOT: Final = """
import sys
package, place, descriptor, isolation = sys.argv[1:]
names = package.split(".")
for depth in range(len(names), 0, -1):
    shell = type(sys)(".".join(names[:depth]))
    shell.__path__ = [place]
    sys.modules[shell.__name__] = shell
    place = place.rpartition("/")[0]
__import__(package + ".warden.loop")
sys.modules[package + ".warden.loop"].main(int(descriptor), isolation)
"""


class IsolationRefused(Exception):  # noqa: N818 # it says what is the case
    """The platform does not let this user make the namespaces that were asked for."""

    def __init__(self, isolation: str, reason: str) -> None:
        self.isolation = isolation
        self.reason = reason
        super().__init__(f"The isolation {isolation!r} is not to be had here: {reason}")


class Keeper:
    """One warden process, and the conversation with it. Made by `start`."""

    def __init__(self, channel: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._channel = channel
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._unpacker = Unpacker()
        self._descriptors: list[int] = []
        self._answers: dict[int, asyncio.Future[tuple[Report, list[int]]]] = {0: self._loop.create_future()}
        self._exits: dict[int, asyncio.Future[int]] = {}
        self._sending = asyncio.Lock()
        self._gone = asyncio.Event()
        self._last_id = 0
        self._loop.add_reader(channel, self._receive)

    @classmethod
    async def start(cls, isolation: Isolation) -> Keeper:
        """Start a warden in namespaces of its own, as *isolation* says.

        Raises:
            IsolationRefused: The platform does not allow it.
        """
        place = (str(__package__), str(Path(__file__).parent))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.setblocking(False)
        with theirs:
            process = subprocess.Popen(  # noqa: S603, ASYNC220 # our own program; the fork takes a millisecond
                [sys.executable, "-E", "-s", "-S", "-c", _BOOT, *place, str(theirs.fileno()), isolation],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        keeper = cls(ours, process)
        try:
            await keeper._answers[0]
        except OSError as reason:
            await keeper.close()
            raise IsolationRefused(isolation, str(reason)) from None
        return keeper

    async def spawn(
        self,
        argv: Sequence[str],
        env: dict[str, str],
        folder: Path,
        *,
        binds: Sequence[Bind] = (),
        root: Path | None = None,
        inside: int | None = None,
        terminal: tuple[int, int] | None = None,
        data_bytes: int | None = None,
    ) -> tuple[int, int]:
        """Start a process in the group: its id, and a descriptor that reads its output (and types, if a terminal).

        *binds* are directories to show at other paths, for which *root* must be an empty directory; *inside* is the
        first process of the container to join; *terminal* is (rows, columns).

        Raises:
            OSError: It could not be started; the text says why.
        """
        request: Request = {"id": 0, "do": "spawn", "argv": list(argv), "env": env, "folder": str(folder)}
        if binds:
            request["binds"] = list(binds)
            request["root"] = str(root)
        if inside is not None:
            request["inside"] = inside
        if terminal is not None:
            request["terminal"] = terminal
        if data_bytes is not None:
            request["data_bytes"] = data_bytes
        report, descriptors = await self._ask(request)
        return report["pid"], descriptors[0]

    async def open_socket(self, *, datagram: bool = False) -> socket.socket:
        """Return a new, non-blocking IPv4 socket that belongs to the group's network."""
        _, descriptors = await self._ask({"id": 0, "do": "socket", "datagram": datagram})
        made = socket.socket(fileno=descriptors[0])
        made.setblocking(False)
        return made

    async def send_signal(self, pid: int, number: int) -> None:
        """Send a signal to a process; SIGKILL goes to all of its process group. Nothing if it has ended."""
        with contextlib.suppress(OSError):
            await self._ask({"id": 0, "do": "signal", "pid": pid, "signal": int(number)})

    async def exit_code(self, pid: int) -> int:
        """Wait for a process that `spawn` started; its exit code, 128 + n for signal n, which is told once."""
        exit_ = self._exits[pid]
        code = await asyncio.shield(exit_)
        if self._exits.get(pid) is exit_:  # and not that of a later process of this number
            del self._exits[pid]
        return code

    async def close(self) -> None:
        """End every process of the group, then the warden itself. Safe to call twice."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), _PATIENCE)
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    async def _ask(self, request: Request) -> tuple[Report, list[int]]:
        self._last_id += 1
        request["id"] = number = self._last_id
        answer: asyncio.Future[tuple[Report, list[int]]] = self._loop.create_future()
        async with self._sending:
            if self._gone.is_set():
                raise BrokenPipeError("the group's warden has ended")
            self._answers[number] = answer
            await self._loop.sock_sendall(self._channel, pack(request))
        return await answer

    def _receive(self) -> None:
        try:
            data, descriptors = _receive_with_descriptors(self._channel)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._end()
            return
        self._descriptors += descriptors
        for message in self._unpacker.feed(data):
            self._take(message)  # type: ignore[arg-type] # this end only ever receives reports

    def _take(self, report: Report) -> None:
        if "id" not in report:
            self._exits[report["pid"]].set_result(report["code"])
            return
        count = report.get("descriptors", 0)
        descriptors, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        if "pid" in report:
            self._exits[report["pid"]] = self._loop.create_future()
        answer = self._answers.pop(report["id"])
        if answer.done():  # whoever asked was cancelled meanwhile
            for descriptor in descriptors:
                os.close(descriptor)
        elif "error" in report:
            answer.set_exception(OSError(report["error"]))
        else:
            answer.set_result((report, descriptors))

    def _end(self) -> None:
        self._loop.remove_reader(self._channel)
        self._channel.close()
        self._gone.set()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(BrokenPipeError("the group's warden has ended"))
        for code in self._exits.values():
            if not code.done():
                code.set_result(_KILLED)


def _receive_with_descriptors(channel: socket.socket) -> tuple[bytes, list[int]]:
    descriptors = array.array("i")
    data, ancillary, _, _ = channel.recvmsg(_CHUNK, socket.CMSG_SPACE(_DESCRIPTORS * descriptors.itemsize))
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return data, list(descriptors)

"""The warden: a small process that lives in a group's namespaces, starts its processes and outlives none of them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket

from . import namespaces
from .messages import Unpacker, pack
from .spawn import Spawner

TYPE_CHECKING = False  # see messages
if TYPE_CHECKING:
    from .messages import Report, Request

_CHUNK = 65536


def main(descriptor: int, isolation: str) -> None:
    """Serve the emulator over the socket *descriptor* until that ends, then end every process of the group.

    *isolation* is `root`, `user` or `none`; the first message says whether it could be had.
    """
    channel = socket.socket(fileno=descriptor)
    channel.set_inheritable(False)
    try:
        if isolation != "none":
            namespaces.enter(user=isolation == "user")
    except OSError as reason:
        channel.sendall(pack({"id": 0, "error": str(reason)}))
        os._exit(1)
    warden = Warden(channel, Spawner(isolated=isolation != "none"))
    channel.sendall(pack({"id": 0}))
    warden.serve()
    os._exit(0)


class Warden:
    """Answers requests one after another and tells which process ended how."""

    def __init__(self, channel: socket.socket, spawner: Spawner) -> None:
        self._channel = channel
        self._spawner = spawner
        self._alive: set[int] = set()
        self._woken, waker = socket.socketpair()
        self._woken.setblocking(False)
        waker.setblocking(False)
        self._waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler there would be nothing to wake up for
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Serve until the emulator closes its end, or is no more."""
        unpacker = Unpacker()
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        try:
            while True:
                ready = {descriptor for descriptor, _ in poll.poll()}
                if self._channel.fileno() in ready:
                    data = self._channel.recv(_CHUNK)
                    if not data:
                        return
                    for request in unpacker.feed(data):
                        self._answer(request)  # type: ignore[arg-type] # this end only ever receives requests
                if self._woken.fileno() in ready:
                    self._woken.recv(_CHUNK)
                    self._reap()
        except OSError:
            return  # the emulator went away in the middle of a message
        finally:
            self._end_all()

    def _answer(self, request: Request) -> None:
        descriptors: list[int] = []
        report: Report = {"id": request["id"]}
        try:
            if request["do"] == "spawn":
                pid, shown = self._spawner.spawn(request)
                self._alive.add(pid)
                report["pid"] = pid
                descriptors.append(shown)
            elif request["do"] == "socket":
                kind = socket.SOCK_DGRAM if request.get("datagram") else socket.SOCK_STREAM
                descriptors.append(socket.socket(socket.AF_INET, kind).detach())
            elif request["do"] == "signal":
                self._signal(request["pid"], request["signal"])
        except OSError as reason:
            report["error"] = str(reason)
        self._send(report, descriptors)

    def _send(self, report: Report, descriptors: list[int]) -> None:
        if not descriptors:
            self._channel.sendall(pack(report))
            return
        report["descriptors"] = len(descriptors)
        data = pack(report)
        sent = socket.send_fds(self._channel, [data], descriptors)
        self._channel.sendall(data[sent:])
        for descriptor in descriptors:
            os.close(descriptor)

    def _signal(self, pid: int, number: int) -> None:
        if pid not in self._alive:
            return
        if number == signal.SIGKILL:
            _kill_group(pid)
        else:
            os.kill(pid, number)

    def _reap(self) -> None:
        for pid in list(self._alive):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._alive.discard(pid)
                # What the process left behind in its group, where no pid namespace saw to it. Before the number is
                # given back, lest it be somebody else's by then.
                _kill_group(pid)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                self._send({"pid": pid, "code": code if code >= 0 else 128 - code}, [])

    def _end_all(self) -> None:
        for pid in self._alive:
            _kill_group(pid)
        # In no particular order: a container's first process ends for good only when the commands that were run beside
        # it have been waited for.
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)

"""Starting one process: a container's own command, or one that runs inside an existing container."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
import struct
import termios

from . import namespaces
from .view import arrange

TYPE_CHECKING = False  # see messages
if TYPE_CHECKING:
    from .messages import Request

_DEFAULTED = (signal.SIGPIPE, signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGXFSZ)  # as after a login
_CHUNK = 4096
# What a child says before it executes its command. Its end of the pipe closes by itself when that succeeds, but also
# when the child is killed on its way there, and only who has said this has come so far.
_READY = b"\0"


class Spawner:
    """Starts processes in the warden's namespaces, each container being process 1 of a pid namespace of its own.

    So that ending a container's first process ends all it ever started, daemons included. Without *namespaces* a
    container is merely a session, and its processes are found by their process group.
    """

    def __init__(self, *, isolated: bool) -> None:
        self._isolated = isolated
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY) if isolated else -1

    def spawn(self, request: Request) -> tuple[int, int]:
        """Start what *request* describes; its process id, and the descriptor that reads what it shows.

        Raises:
            OSError: The command can not be executed, or its place not be made.
        """
        terminal = request.get("terminal")
        ours, theirs = os.openpty() if terminal else os.pipe()
        failure, report = os.pipe()
        try:
            if terminal:
                fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *terminal, 0, 0))
            pid = self._fork(request)
            if pid == 0:
                _become(request, theirs, report, isolated=self._isolated)
        except OSError:
            os.close(ours)
            os.close(failure)
            raise
        finally:
            os.close(theirs)
            os.close(report)
        told = _all_of(failure)
        os.close(failure)
        if told != _READY:
            os.close(ours)
            _, status = os.waitpid(pid, 0)
            reason = told.removeprefix(_READY).decode(errors="replace")
            raise OSError(reason or f"the process ended before its command began (status {status})")
        return pid, ours

    def _fork(self, request: Request) -> int:
        if not self._isolated:
            return os.fork()
        inside = request.get("inside")
        if inside is None:
            namespaces.unshare(namespaces.NEW_PID)
        else:
            there = os.open(f"/proc/{inside}/ns/pid", os.O_RDONLY)
            namespaces.join(there, namespaces.NEW_PID)
            os.close(there)
        pid = os.fork()
        if pid:
            # Only children are affected so far; coming home makes the next unshare possible at all.
            namespaces.join(self._own_pids, namespaces.NEW_PID)
        return pid


def _become(request: Request, shown: int, report: int, *, isolated: bool) -> None:
    """Turn this freshly forked process into the requested one. Never returns."""
    program = request["argv"][0]
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in _DEFAULTED:
            signal.signal(number, signal.SIG_DFL)
        _enter_place(request, isolated=isolated)
        _connect(shown, terminal="terminal" in request)
        if "data_bytes" in request:
            resource.setrlimit(resource.RLIMIT_DATA, (request["data_bytes"], request["data_bytes"]))
        os.chdir(request["folder"])
        os.write(report, _READY)
        try:
            os.execvpe(program, request["argv"], request["env"])  # noqa: S606 # running programs is the point
        except FileNotFoundError:
            reason = f"exec: {program!r}: executable file not found in $PATH"
        except PermissionError:
            reason = f"exec: {program!r}: permission denied"
    except BaseException as error:  # noqa: BLE001 # no exception may lead a forked child back into the warden's loop
        reason = str(error) or repr(error)
    try:
        os.write(report, reason.encode(errors="replace"))
    finally:
        os._exit(127)


def _all_of(descriptor: int) -> bytes:
    told = b""
    while piece := os.read(descriptor, _CHUNK):
        told += piece
    return told


def _enter_place(request: Request, *, isolated: bool) -> None:
    namespaces.die_with_parent(signal.SIGKILL)
    if not isolated:
        return
    inside = request.get("inside")
    if inside is None:
        namespaces.unshare(namespaces.NEW_MOUNT)
        if request.get("binds"):
            arrange(request["root"], request["binds"])
        # Where parts of /proc are masked (in a container of someone else's), a fresh one is refused. The host's is
        # seen then, which does no harm.
        with contextlib.suppress(OSError):
            namespaces.mount("proc", "/proc", "proc")
        return
    there = os.open(f"/proc/{inside}/ns/mnt", os.O_RDONLY)
    root = os.open(f"/proc/{inside}/root", os.O_RDONLY)
    namespaces.join(there, namespaces.NEW_MOUNT)
    os.fchdir(root)
    os.chroot(".")


def _connect(shown: int, *, terminal: bool) -> None:
    if terminal:
        fcntl.ioctl(shown, termios.TIOCSCTTY, 0)
        os.dup2(shown, 0)
    else:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(shown, 1)
    os.dup2(shown, 2)

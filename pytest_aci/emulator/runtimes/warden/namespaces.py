"""The Linux calls that make a group's namespaces, through ctypes (Python offers them from 3.12 on)."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

NEW_MOUNT = 0x0002_0000
NEW_USER = 0x1000_0000
NEW_PID = 0x2000_0000
NEW_NETWORK = 0x4000_0000

MS_READ_ONLY = 0x1
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_RECURSIVE = 0x4000
MS_PRIVATE = 0x4_0000
MS_RELATIME = 0x20_0000

_SIOCSIFFLAGS = 0x8914
_IFF_UP_RUNNING = 0x41
_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces named by *flags* for fresh ones."""
    _checked(_libc.unshare(flags), "unshare")


def join(descriptor: int, kind: int) -> None:
    """Enter the namespace behind an open `/proc/<pid>/ns/...` *descriptor*."""
    _checked(_libc.setns(descriptor, kind), "setns")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """Mount as the system call does; empty strings stand for its null pointers."""
    words = [word.encode() or None for word in (source, target, kind)]
    _checked(_libc.mount(*words, ctypes.c_ulong(flags), data.encode() or None), f"mount on {target}")


def die_with_parent(number: int) -> None:
    """Have the kernel send this process signal *number* when its parent ends. Survives exec; only Linux can do it."""
    if sys.platform != "linux":
        return
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0), "prctl")


def enter(*, user: bool) -> None:
    """Move this process into a network and a mount namespace of its own, with the loopback interface up.

    With *user* a user namespace comes first, in which the present user is root: the way for those who are not. The pid
    namespace must then belong to it as well (else the warden could leave it and not come back), so that it is a child
    that returns from here, as process 1, while the parent waits for its end.

    Raises:
        OSError: The platform does not allow it. The process may be half way in and should end.
    """
    flags = NEW_MOUNT | NEW_NETWORK
    if user:
        identities = (("uid_map", os.getuid()), ("gid_map", os.getgid()))
        unshare(flags | NEW_USER | NEW_PID)
        _write("/proc/self/setgroups", "deny")
        for name, number in identities:
            _write(f"/proc/self/{name}", f"0 {number} 1")
        _go_on_as_child()
    else:
        unshare(flags)
    mount("", "/", "", MS_RECURSIVE | MS_PRIVATE)
    if user:
        mount("proc", "/proc", "proc")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", _IFF_UP_RUNNING, b""))


def _go_on_as_child() -> None:
    child = os.fork()
    if child == 0:
        die_with_parent(signal.SIGKILL)
        return
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))  # above all the channel, whose end tells the emulator of the child's
    os.waitpid(child, 0)
    os._exit(0)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)

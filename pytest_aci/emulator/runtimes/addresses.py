"""Loopback addresses for groups, one each, so that all of them may serve port 80."""

from __future__ import annotations

import errno
import random
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOCALHOST: Final = "127.0.0.1"

_ATTEMPTS: Final = 64
# What makes a port unusable at this address, but not the address: taken by someone who listens on every address, or
# below 1024 without the right to bind it.
_TAKEN_OR_FORBIDDEN: Final = (errno.EADDRINUSE, errno.EACCES)


class Address:
    """A loopback address that no other group on this machine has, until `release` or the end of this process."""

    def __init__(self, ip: str, lock: socket.socket | None) -> None:
        self.ip = ip
        self._lock = lock

    def release(self) -> None:
        """Let others have it. Safe to call twice."""
        if self._lock is not None:
            self._lock.close()


def reserve() -> Address:
    """Return an address of 127.16.0.0 to 127.239.255.255, or plain 127.0.0.1 where the system has no other.

    The reservation is a name in Linux's abstract socket namespace: the kernel hands it out once per network namespace
    (as it does 127.0.0.0/8) and takes it back when its holder dies, so emulators need not know of each other.
    """
    chance = random.SystemRandom()
    for _ in range(_ATTEMPTS):
        ip = f"127.{chance.randrange(16, 240)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
        if not _answers(ip):
            break
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0pytest-aci-emulator/{ip}")
        except OSError:
            lock.close()
            continue
        return Address(ip, lock)
    return Address(LOCALHOST, None)


def listen(ip: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """Return a socket bound to *port* of *ip*, or to any other port if that one can not be had; streams listen."""
    try:
        return _bound(ip, port, kind)
    except OSError as refused:
        if refused.errno not in _TAKEN_OR_FORBIDDEN:
            raise
        return _bound(ip, 0, kind)


def bindable(ip: str, ports: Iterable[tuple[int, str]]) -> Mapping[int, int]:
    """Return for each of the *ports* (number, "TCP" or "UDP") the one that a program can bind instead of it now.

    The same number wherever possible. On 127.0.0.1, which all groups share, always another one.
    """
    found: dict[int, int] = {}
    for port, protocol in ports:
        wish = found.get(port, 0 if ip == LOCALHOST else port)
        kind = socket.SOCK_DGRAM if protocol == "UDP" else socket.SOCK_STREAM
        with listen(ip, wish, kind) as probe:
            found[port] = probe.getsockname()[1]
    return found


def _bound(ip: str, port: int, kind: socket.SocketKind) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's algorithm off only for sockets that say they are TCP.
    protocol = socket.IPPROTO_TCP if kind == socket.SOCK_STREAM else socket.IPPROTO_UDP
    bound = socket.socket(socket.AF_INET, kind, protocol)
    try:
        bound.setblocking(False)
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((ip, port))
        if kind == socket.SOCK_STREAM:
            bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound


def _answers(ip: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, 0))
        except OSError:
            return False
    return hasattr(socket, "SO_PEERCRED")  # Linux: the only system with abstract sockets to reserve it by

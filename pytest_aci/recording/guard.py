from __future__ import annotations

import ipaddress
import socket
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import local
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from pytest_aci.errors import UnseenConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

REPLAYING: Final = (
    "replay opens no connection. Only HTTP can be replayed; a test that needs more is marked "
    "@pytest.mark.aci(live_only=True), and --aci-allowed-hosts lets it connect to a host unrecorded."
)
RECORDING: Final = (
    "no cassette can hold it. It is not HTTP, or it is HTTP of one thread while another one was sending, which vcrpy "
    "does not see. Ask in one thread, or mark the test @pytest.mark.aci(live_only=True)."
)

_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6})
_CONNECTING = {"connect": 0, "connect_ex": 0, "sendto": -1}
if hasattr(socket.socket, "sendmsg"):
    _CONNECTING["sendmsg"] = 3
"""The methods of a socket that reach a host, and which of their arguments is its address; Windows has no `sendmsg`."""

_LOOKING_UP = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")

exchanging: ContextVar[bool] = ContextVar("pytest_aci_exchanging", default=False)
"""Whether vcrpy has seen a request of this context whose answer is still to come; tasks inherit it."""

SEEN_BY = ("vcr.", "pytest_aci.")
"""Modules whose connections are known: those that vcrpy watches, and the plugin's own."""


class _Hosts:
    """The allowed hosts, and the addresses of theirs that were looked up: that is what is connected to then."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._addresses: set[str] = set()

    def __contains__(self, host: str) -> bool:
        return host in self._names or host in self._addresses

    def note(self, way: str, name: str | None, answers: Iterable[Any]) -> None:
        """Remember what was answered for a name by `getaddrinfo`, which those ask who then connect."""
        if way == "getaddrinfo" and name in self._names:
            self._addresses.update(str(address[0]) for *_, address in answers)


@contextmanager
def replaying(allowed: Collection[str] = ()) -> Iterator[None]:
    """In this context, connections to other hosts than the allowed ones are refused, and so is looking names up.

    Sockets of this machine's own kind (AF_UNIX), and the pair of sockets inside an event loop, are left alone. Other
    processes, and libraries that open sockets without Python, are out of reach.
    """
    with _guarded(allowed, lambda: False, REPLAYING, lambda _sentence: None):
        yield


@contextmanager
def recording(noticed: Callable[[str], None], allowed: Collection[str] = ()) -> Iterator[None]:
    """In this context, connections that no cassette would hold are refused, and told to `noticed`.

    What vcrpy's patches and the plugin open themselves is let through. Names may be looked up: asyncio has that done
    by a thread, of which nobody knows for whom it works, and what is connected to then is looked at.
    """
    with _guarded(allowed, _is_seen, RECORDING, noticed, names=False):
        yield


@contextmanager
def _guarded(
    allowed: Collection[str],
    is_seen: Callable[[], bool],
    reason: str,
    noticed: Callable[[str], None],
    *,
    names: bool = True,
) -> Iterator[None]:
    inside = local()
    hosts = _Hosts(allowed)

    def check(host: str, shown: str) -> None:
        if not getattr(inside, "pair", False) and host not in hosts and not is_seen():
            error = UnseenConnection(address=shown, reason=reason)
            noticed(str(error))
            raise error

    def connecting(name: str) -> Callable[..., Any]:
        original = getattr(socket.socket, name)

        def connect(self: socket.socket, *arguments: Any) -> Any:
            (address,) = arguments[_CONNECTING[name] :][:1] or (None,)
            if self.family in _FAMILIES and isinstance(address, tuple):
                try:
                    check(str(address[0]), f"{address[0]}:{address[1]}")
                except UnseenConnection:
                    self.close()  # those who connect expect operating system errors, and only close after them
                    raise
            return original(self, *arguments)

        return connect

    def look_up(way: str, original: Callable[..., Any], host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if names and name and not _is_answered_here(way, name):
            check(name, name)
        answers = original(host, *arguments, **options)
        hosts.note(way, name, answers)
        return answers

    def pair(*arguments: Any, **options: Any) -> Any:
        inside.pair = True  # where there is no AF_UNIX, Python makes a pair by connecting over loopback
        try:
            return original_pair(*arguments, **options)
        finally:
            inside.pair = False

    original_pair = socket.socketpair
    connects: dict[str, Any] = dict(zip(_CONNECTING, map(connecting, _CONNECTING), strict=True))
    lookups: dict[str, Any] = {way: partial(look_up, way, getattr(socket, way)) for way in _LOOKING_UP}
    with (
        mock.patch.multiple(socket.socket, **connects),
        mock.patch.multiple(socket, socketpair=pair, **lookups),
    ):
        yield


def _is_seen() -> bool:
    """Whether somebody on the stack, or in the task that started this one, answers for this connection."""
    if exchanging.get():
        return True
    frame = sys._getframe()  # noqa: SLF001 # the only way to ask who is connecting
    while frame.f_back is not None:
        frame = frame.f_back
        module = str(frame.f_globals.get("__name__"))
        if module.startswith(SEEN_BY) and module != __name__:
            return True
        if type(frame.f_locals.get("self")).__module__.startswith(SEEN_BY):
            return True
    return False


def _is_answered_here(way: str, host: str) -> bool:
    """Whether no name server is asked: for what an address is, and for what this machine itself is called."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host in ("localhost", socket.gethostname())
    return way != "gethostbyaddr" or address.is_loopback or address.is_unspecified

from __future__ import annotations

import asyncio
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
import requests

from pytest_aci.errors import CassetteIncomplete, UnseenConnection
from pytest_aci.recording import guard
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@pytest.fixture
def listener() -> Iterator[tuple[str, int]]:
    """The address of a socket that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        yield host, port


def send(address: tuple[str, int]) -> None:
    """Send a datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"x", address)


def send_parts(address: tuple[str, int]) -> None:
    """Send a datagram made of parts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendmsg([b"x", b"y"], [], 0, address)


def connect(address: tuple[str, int]) -> None:
    """Connect without raising, as event loops do."""
    with socket.socket() as client:
        client.connect_ex(address)


@pytest.mark.parametrize("way", [socket.create_connection, connect, send, send_parts])
def test_replay_opens_no_connection(listener: tuple[str, int], way: Callable[[tuple[str, int]], object]) -> None:
    """Whatever way a connection is opened, it is refused with the reason, although somebody listens."""
    with guard.replaying(), pytest.raises(UnseenConnection) as error:
        way(listener)
    assert str(error.value) == (
        f"No connection to {listener[0]}:{listener[1]} was opened: replay opens no connection. "
        "Only HTTP can be replayed; a test that needs more is marked @pytest.mark.aci(live_only=True), and "
        "--aci-allowed-hosts lets it connect to a host unrecorded."
    )


def test_names_are_not_looked_up(listener: tuple[str, int]) -> None:
    """Not even a name server is asked; addresses and this machine's own name need none."""
    with guard.replaying(), pytest.raises(UnseenConnection, match=r"No connection to example\.com was opened"):
        socket.getaddrinfo("example.com", 80)
    with guard.replaying():
        assert socket.getaddrinfo("127.0.0.1", 80)
        assert socket.getaddrinfo("localhost", 80)


@pytest.mark.parametrize("way", [socket.gethostbyname, socket.gethostbyname_ex, socket.gethostbyaddr])
def test_names_are_not_looked_up_in_old_ways(way: Callable[[str], object]) -> None:
    """The functions that were there before `getaddrinfo` ask no name server either."""
    with guard.replaying(), pytest.raises(UnseenConnection, match=r"No connection to example\.com was opened"):
        getattr(socket, way.__name__)("example.com")


def test_names_of_addresses_are_not_looked_up() -> None:
    """What others' addresses are called only a name server knows; what this machine is called, it knows itself."""
    with guard.replaying(), pytest.raises(UnseenConnection, match=r"No connection to 192\.0\.2\.1 was opened"):
        socket.gethostbyaddr("192.0.2.1")
    with guard.replaying():
        assert socket.gethostbyname("192.0.2.1") == "192.0.2.1"
        assert socket.gethostbyname("localhost") == "127.0.0.1"
        assert socket.gethostbyaddr("127.0.0.1")
        assert socket.getfqdn()
        HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler).server_close()


def test_connected_datagrams_are_sent_in_parts() -> None:
    """Where no address is given, nothing is refused: the socket was connected, or is one of a pair."""
    one, other = socket.socketpair()
    with guard.replaying(), one, other:
        assert one.sendmsg((b"x", b"y")) == 2
    with (
        guard.replaying(allowed=["127.0.0.1"]),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.bind(("127.0.0.1", 0))
        client.connect(server.getsockname())
        assert client.sendmsg((b"x", b"y")) == 2


def test_allowed_hosts_are_let_through(listener: tuple[str, int]) -> None:
    """A project's own database on this machine is none of the guard's business."""
    with guard.replaying(allowed=["127.0.0.1"]):
        socket.create_connection(listener).close()


@pytest.mark.parametrize("recording", [False, True])
def test_names_of_allowed_hosts_are_let_through(listener: tuple[str, int], *, recording: bool) -> None:
    """A host that is allowed by its name is reached by it, also from an event loop: at the address that it has."""
    port = listener[1]

    def guarded() -> AbstractContextManager[None]:
        allowed = ["localhost"]
        return guard.recording(lambda _sentence: None, allowed) if recording else guard.replaying(allowed)

    with guarded():
        socket.create_connection(("localhost", port)).close()
    with guarded():
        asyncio.run(asyncio.wait_for(_open(("localhost", port)), 5))
    with guarded(), pytest.raises(UnseenConnection):
        socket.create_connection(("127.0.0.1", port))  # nobody said that this is an allowed host


def test_event_loops_and_local_sockets_are_left_alone(tmp_path: Path) -> None:
    """An event loop starts and ends, and a socket of this machine's own kind connects."""
    path = str(tmp_path / "socket")
    with guard.replaying():
        assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"
        one, other = socket.socketpair()
        one.close()
        other.close()
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind(path)
            server.listen()
            client.connect(path)


def test_the_guard_goes_away(listener: tuple[str, int]) -> None:
    """Afterwards everything is as it was."""
    doors = ("getaddrinfo", "socketpair", "gethostbyname", "gethostbyaddr")
    before = (dict(vars(socket.socket)), *(getattr(socket, door) for door in doors))
    with guard.replaying():
        pass
    assert (dict(vars(socket.socket)), *(getattr(socket, door) for door in doors)) == before
    socket.create_connection(listener).close()


def test_asynchronous_connections_are_refused(listener: tuple[str, int]) -> None:
    """An event loop connects by another way, which is closed too."""
    with guard.replaying(), pytest.raises(UnseenConnection):
        asyncio.run(asyncio.wait_for(_open(listener), 5))


async def _open(address: tuple[str, int]) -> None:
    _, writer = await asyncio.open_connection(*address)
    writer.close()


def test_what_no_cassette_can_hold_is_refused_while_recording(tmp_path: Path, listener: tuple[str, int]) -> None:
    """A raw connection of a test can not be replayed: it fails while recording, and the cassette is not written."""
    deck = Deck(tmp_path, writing=True, redactor=Redactor(), facts={})
    tape = deck.tape("tests/a")
    with deck.intercept(), deck.playing(tape), pytest.raises(UnseenConnection) as error:
        socket.create_connection(listener)
    assert str(error.value) == (
        f"No connection to 127.0.0.1:{listener[1]} was opened: no cassette can hold it. It is not HTTP, or it is HTTP "
        "of one thread while another one was sending, which vcrpy does not see. Ask in one thread, or mark the test "
        "@pytest.mark.aci(live_only=True)."
    )
    with pytest.raises(CassetteIncomplete, match=r"was not written, because it would not be whole\. No connection"):
        deck.finish(tape)


def test_an_interaction_that_a_thread_would_lose_is_noticed(tmp_path: Path, listener: tuple[str, int]) -> None:
    """While one thread sends, vcrpy's patches are off for all: what another thread asks then is refused, not lost."""
    from vcr.patch import force_reset  # noqa: PLC0415 # what vcrpy does while it sends

    deck = Deck(tmp_path, writing=True, redactor=Redactor(), facts={})
    tape = deck.tape("tests/a")
    raised: list[Exception] = []

    def ask() -> None:
        try:
            requests.get(f"http://127.0.0.1:{listener[1]}/", timeout=5)
        except UnseenConnection as error:
            raised.append(error)

    with deck.intercept(), deck.playing(tape), force_reset():
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(raised) == 1
    assert "HTTP of one thread while another one was sending" in tape.spoiled


def test_the_plugins_own_connections_are_let_through(listener: tuple[str, int]) -> None:
    """What modules of the plugin connect to is not the test's, and is recorded by other means or not at all."""
    noticed: list[str] = []
    ours: dict[str, object] = {"__name__": "pytest_aci.arm.somewhere", "socket": socket}
    exec("def reach(address):\n    socket.create_connection(address).close()", ours)
    with guard.recording(noticed.append):
        ours["reach"](listener)  # type: ignore[operator] # exec defines it
    assert noticed == []

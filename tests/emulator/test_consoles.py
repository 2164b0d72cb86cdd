"""Exec and attach on real web sockets (fact sheet, section E)."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from pytest_aci.emulator import consoles

from .fake_runtime import EchoTerminal, FakeSandbox
from .running import Client, Running, container, group_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

SECONDS = 10.0


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of an emulator with a running group `web` and an ended one `task`."""
    with Running() as running:
        made = running.client()
        made.make_rg("rg")
        made.poll(made.make_group("rg", "web"))
        ended = group_document(container(command=["exit", "0"]), restartPolicy="Never")
        made.poll(made.make_group("rg", "task", ended))
        made.until("rg", "task", lambda group: group["properties"]["instanceView"]["state"] == "Succeeded")
        yield made


def open_exec(
    client: Client, group: str = "web", command: str = "/bin/sh", rows: int = 30, columns: int = 100
) -> tuple[str, str]:
    """The address and the password of a new exec session."""
    body = {"command": command, "terminalSize": {"rows": rows, "cols": columns}}
    answer = client.ask("POST", client.cg("rg", group, "/containers/main/exec"), body).json()
    return answer["webSocketUri"], answer["password"]


def enter(socket: ClientConnection, password: str) -> Any:
    """Send the password and give the first output."""
    assert socket.recv(SECONDS) == b""
    socket.send(password)
    return socket.recv(SECONDS)


def close_of(socket: ClientConnection) -> tuple[int, str]:
    """The close code and reason, after everything that comes before it."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(SECONDS)
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


def test_exec_begins_with_an_empty_message(client: Client) -> None:
    """E: the backend sends an empty binary message right after connecting, before any password."""
    address, _ = open_exec(client)
    with connect(address) as socket:
        assert socket.recv(SECONDS) == b""


def test_exec_runs_the_command_with_the_terminal_size(client: Client) -> None:
    """E: the first message is the password; then the stream is live, in binary, with the size that was asked for."""
    address, password = open_exec(client)
    with connect(address) as socket:
        assert enter(socket, password) == b"/bin/sh 30x100"


def test_a_program_that_is_not_there_is_told_as_the_socket_closes(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason is the close frame's and one line of the log, without a traceback of the emulator's."""
    address, password = open_exec(client, command="missing")
    with connect(address) as socket:
        socket.send(password)
        assert close_of(socket) == (1011, "exec: 'missing': executable file not found in $PATH")
    assert [(line.levelname, line.exc_info) for line in caplog.records if "missing" in line.message] == [
        ("WARNING", None)
    ]


def test_exec_on_a_terminal_of_no_size(client: Client) -> None:
    """A size of 0, which az passes on from a terminal that does not know its own, is 24 rows and 80 columns."""
    address, password = open_exec(client, rows=0, columns=0)
    with connect(address) as socket:
        assert enter(socket, password) == b"/bin/sh 24x80"


def test_exec_does_not_split_arguments(client: Client) -> None:
    """E: one process, no argument splitting: a command line is one program's name."""
    address, password = open_exec(client, command="echo FOO && echo BAR")
    with connect(address) as socket:
        assert enter(socket, password) == b"echo FOO && echo BAR 30x100"


def test_exec_carries_what_is_typed(client: Client) -> None:
    """E: bytes go both ways, one at a time or in binary chunks."""
    address, password = open_exec(client)
    with connect(address) as socket:
        enter(socket, password)
        for letter in "ls":
            socket.send(letter)
            assert socket.recv(SECONDS) == letter.encode()
        socket.send(b"\x03" * 200)
        assert socket.recv(SECONDS) == b"\x03" * 200


def test_exec_cuts_long_text_messages(client: Client) -> None:
    """E: text messages over 50 characters are truncated."""
    address, password = open_exec(client)
    with connect(address) as socket:
        enter(socket, password)
        socket.send("x" * 60)
        assert socket.recv(SECONDS) == b"x" * 50


def test_exec_ends_with_the_close_of_the_socket(client: Client) -> None:
    """E: there is no exit code: the end of the command is an ordinary close."""
    address, password = open_exec(client)
    with connect(address) as socket:
        enter(socket, password)
        socket.send("exit")
        assert close_of(socket) == (1000, "")


class DeafTerminal(EchoTerminal):
    """Reads nothing of what is typed. *is_typed* says that somebody waits, *is_closed* that it was closed."""

    def __init__(self) -> None:
        super().__init__(b"$ ")
        self.is_typed = threading.Event()
        self.is_closed = threading.Event()

    async def write(self, data: bytes) -> None:
        """Wait for ever."""
        self.is_typed.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Close what is open."""
        self.is_closed.set()


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> DeafTerminal:
    """The terminal of every exec in this test."""
    terminal = DeafTerminal()

    async def deafly(*_: object, **__: object) -> DeafTerminal:
        return terminal

    monkeypatch.setattr(FakeSandbox, "exec", deafly)
    return terminal


def test_exec_ends_with_the_client_though_the_command_does_not_read(client: Client, deaf: DeafTerminal) -> None:
    """A client that goes while what it typed is unread ends the command, as any other that goes."""
    address, password = open_exec(client)
    with connect(address) as socket:
        enter(socket, password)
        for _ in range(10):
            socket.send(b"x" * 1000)
        assert deaf.is_typed.wait(SECONDS)
        assert not deaf.is_closed.is_set()
    assert deaf.is_closed.wait(SECONDS)


def test_exec_ends_if_the_command_never_reads(
    client: Client, deaf: DeafTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed ahead is bounded: beyond it the client waits, and if nothing is read the session ends."""
    monkeypatch.setattr(consoles, "AHEAD", 1000)
    monkeypatch.setattr(consoles, "PATIENCE", 0.05)
    address, password = open_exec(client)
    with connect(address) as socket:
        enter(socket, password)
        for _ in range(3):
            socket.send(b"x" * 800)
        assert close_of(socket) == (1011, "The program has not read what was typed for 0.05 seconds.")
    assert deaf.is_closed.wait(SECONDS)


def test_exec_refuses_a_wrong_password(client: Client) -> None:
    """E: a wrong password closes the socket with a policy violation, and nothing runs."""
    address, _ = open_exec(client)
    with connect(address) as socket:
        socket.recv(SECONDS)
        socket.send("guess")
        assert close_of(socket) == (1008, "The password is wrong.")


def test_exec_session_works_once(client: Client) -> None:
    """E: the address of a session that was used is refused at the handshake."""
    address, password = open_exec(client)
    with connect(address) as socket:
        enter(socket, password)
    with pytest.raises(InvalidStatus):
        connect(address)


def test_exec_of_an_ended_container_fails_on_the_socket(client: Client) -> None:
    """E: the POST succeeds even for a container that has terminated; failure shows only on the socket."""
    address, password = open_exec(client, group="task")
    with connect(address) as socket:
        socket.recv(SECONDS)
        socket.send(password)
        assert close_of(socket) == (1011, "The container 'main' is not running.")


def test_attach_shows_the_output(client: Client) -> None:
    """E: attach gives the same pair of fields, for the container's output."""
    answer = client.ask("POST", client.cg("rg", "web", "/containers/main/attach")).json()
    assert "/attachstream/sessionId/" in answer["webSocketUri"]
    with connect(answer["webSocketUri"]) as socket:
        assert enter(socket, answer["password"]) == b"started\n"


@pytest.mark.parametrize("header", [("Host", "evil.example"), ("Origin", "https://evil.example")])
def test_handshake_refuses_a_foreign_page(client: Client, header: tuple[str, str]) -> None:
    """A web page can not reach a console, nor use its session up: Host and Origin must be loopback."""
    address, password = open_exec(client)
    with pytest.raises(InvalidStatus):
        connect(address, additional_headers=[header])
    with connect(address, origin=Origin(client.url)) as socket:
        enter(socket, password)

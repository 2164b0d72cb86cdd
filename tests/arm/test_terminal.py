from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from websockets.sync.server import ServerConnection, serve

from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.arm.control_plane import ExecSession
from pytest_aci.arm.terminal import Terminal, run_exec
from pytest_aci.errors import ExecFailed, NoTape, UnsafeEndpoint
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATH = (
    f"/subscriptions/{NOBODY}/resourceGroups/rg/providers/Microsoft.ContainerInstance"
    "/containerGroups/web/containers/main/exec"
)


@contextmanager
def terminal(behave: Callable[[ServerConnection], None]) -> Iterator[ExecSession]:
    """A websocket server that takes the password and then behaves so."""

    def handle(connection: ServerConnection) -> None:
        assert connection.recv() == "secret[[EOM]]"
        behave(connection)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        yield ExecSession(f"ws://127.0.0.1:{port}/exec?rows=24", "secret[[EOM]]", PATH)
        server.shutdown()
        thread.join()


def test_output_is_everything_until_the_socket_closes() -> None:
    """Text and bytes are joined, empty messages mean nothing, and a letter may be split between two messages."""

    def behave(connection: ServerConnection) -> None:
        for message in (b"", "old\r\n", "é".encode()[:1], "é".encode()[1:], "", b"\x1b[0mnew"):
            connection.send(message)

    with terminal(behave) as session:
        assert run_exec(session, timeout=5).output == "old\r\né\x1b[0mnew"


def test_password_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Not even at level DEBUG, at which websockets logs what is sent."""
    caplog.set_level("DEBUG")
    with terminal(lambda connection: connection.send("x")) as session:
        assert run_exec(session, timeout=5).output == "x"
    assert [
        one for one in caplog.records if one.name != "websockets.server" and session.password in one.getMessage()
    ] == []


def test_bytes_that_are_no_text_are_replaced() -> None:
    """What is no UTF-8 becomes a replacement character, at the very end too."""
    with terminal(lambda connection: connection.send(b"a\xffb\xc3")) as session:
        assert run_exec(session, timeout=5).output == "a�b�"


def test_silent_command_prints_nothing() -> None:
    """A socket that closes at once and in order is a command that printed nothing."""
    with terminal(lambda _connection: None) as session:
        assert run_exec(session, timeout=5).output == ""


def test_endless_command_ends_in_an_error() -> None:
    """When the time is over, the error names the port to open and what was printed last."""
    over = threading.Event()

    def behave(connection: ServerConnection) -> None:
        connection.send("tick\n")
        over.wait()

    with terminal(behave) as session:
        with pytest.raises(
            ExecFailed, match=r"(?s)time was over before it ended.*that the program ends.*printed: tick"
        ) as caught:
            run_exec(session, timeout=0.2)
        over.set()
    assert "secret" not in str(caught.value)


def test_abrupt_end_after_output_is_an_end() -> None:
    """Old bridges of ACI hang up without a word: what was printed counts."""

    def behave(connection: ServerConnection) -> None:
        connection.send("done")
        connection.socket.shutdown(socket.SHUT_RDWR)

    with terminal(behave) as session:
        assert run_exec(session, timeout=5).output == "done"


def test_abrupt_end_without_output_is_an_error() -> None:
    """A connection that breaks before anything came is told as broken."""
    with (
        terminal(lambda connection: connection.socket.shutdown(socket.SHUT_RDWR)) as session,
        pytest.raises(ExecFailed, match="broke off"),
    ):
        run_exec(session, timeout=5)


def test_socket_that_cannot_be_opened_is_an_error() -> None:
    """A port that nobody listens on, or that a firewall closes, is named."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ExecFailed, match=rf"from 127\.0\.0\.1:{port}: .*refused.* TCP port 19390"):
        run_exec(ExecSession(f"ws://127.0.0.1:{port}/", "p"), timeout=1)


def test_server_that_never_answers_is_an_error() -> None:
    """A socket that opens and then says nothing ends with the time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ExecFailed, match=r"no connection within 0\.2 s"):
            run_exec(ExecSession(f"ws://127.0.0.1:{port}/", "p"), timeout=0.2)


def test_password_never_travels_unencrypted() -> None:
    """A websocket without TLS on another machine is refused before anything is sent."""
    with pytest.raises(UnsafeEndpoint, match="without TLS"):
        run_exec(ExecSession("ws://example.org/exec?x=1", "p"), timeout=1)


def test_transcript_is_recorded_and_replayed(tmp_path: Path) -> None:
    """What commands printed goes on the tape and comes from it, in order, without address or password."""
    redactor = Redactor()
    deck = Deck(tmp_path, writing=True, redactor=redactor, facts={})
    for output in ("first {}\n", '{"json": "too"}'):
        with terminal(lambda connection, text=output: connection.send(text)) as session:  # type: ignore[misc] # a default makes it a lambda of two
            reader = Terminal(Connection(ARM, NOBODY, deck=deck))
            with deck.using(deck.tape("tests/exec")):
                assert reader.read(session, timeout=5).output == output
    [path] = deck.close()
    assert "secret" not in path.read_text()
    deck = Deck(tmp_path, writing=False, redactor=Redactor(), facts={})
    reader = Terminal(Connection.replay(deck))
    session = ExecSession("wss://exec.example/1", "secret", PATH)
    with deck.using(deck.tape("tests/exec")):
        assert reader.read(session).output == "first {}\n"
        assert reader.read(session).output == '{"json": "too"}'


def test_replay_without_a_tape_opens_nothing() -> None:
    """In replay, a command that belongs to no tape fails."""
    with pytest.raises(NoTape, match="exec was asked"):
        Terminal(Connection.replay(None)).read(ExecSession("wss://exec.example/1", "p", PATH))

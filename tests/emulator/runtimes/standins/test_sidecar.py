from __future__ import annotations

import socket
import threading

import pytest

from pytest_aci.emulator.runtimes.standins.sidecar import look


def answering(answer: bytes) -> tuple[str, int]:
    """Serve one answer to one connection; where."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.recv(4096)
            connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    place: tuple[str, int] = listener.getsockname()
    return place


def test_what_changes_is_left_out() -> None:
    """The head of the answer is shown without what differs from time to time."""
    answer = b"HTTP/1.1 200 OK\r\nDate: today\r\nServer: x\r\nConnection: close\r\n\r\nbody"
    assert look(answering(answer)) == "HTTP/1.1 200 OK\nServer: x"


def test_empty_answer() -> None:
    """A connection that is closed without an answer is no success."""
    with pytest.raises(ConnectionResetError, match="Empty reply from server"):
        look(answering(b""))


def test_nobody() -> None:
    """A port that nobody serves is no success."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = listener.getsockname()
    with pytest.raises(ConnectionRefusedError):
        look(place)

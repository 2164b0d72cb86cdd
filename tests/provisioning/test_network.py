from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
import urllib3

from pytest_aci.provisioning.network import RealNetwork, RecordedNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator


class Teapot(BaseHTTPRequestHandler):
    """Answers 418 to everything, except for a redirect at /away."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(302 if self.path == "/away" else 418)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's name
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server."""
    server = HTTPServer(("127.0.0.1", 0), Teapot)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def closed() -> int:
    """A port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def network() -> Iterator[RealNetwork]:
    """The network."""
    with urllib3.PoolManager() as pools:
        yield RealNetwork(pools)


def test_a_port(network: RealNetwork, port: int, closed: int) -> None:
    """A port that accepts connections has no problem; another one says why not."""
    assert network.connects("127.0.0.1", port) == ""
    assert network.connects("127.0.0.1", closed) == f"port {closed}: Connection refused"


def test_an_answer(network: RealNetwork, port: int, closed: int) -> None:
    """The awaited status has no problem; others, redirects included, say what came."""
    assert network.answers(f"http://127.0.0.1:{port}/", 418) == ""
    assert network.answers(f"http://127.0.0.1:{port}/", 200) == "HTTP 418"
    assert network.answers(f"http://127.0.0.1:{port}/away", 200) == "HTTP 302"
    assert network.answers(f"http://127.0.0.1:{closed}/", 200).startswith("no HTTP answer: ")


def test_in_replay_everything_was_there() -> None:
    """What was recorded had been ready, so nothing is asked of the network."""
    assert RecordedNetwork().connects("192.0.2.1", 80) == ""
    assert RecordedNetwork().answers("http://192.0.2.1", 200) == ""

from __future__ import annotations

import socket
import threading
import warnings
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.certificates import Certificates
from pytest_aci.provisioning.network import RealNetwork, RecordedNetwork, trust

if TYPE_CHECKING:
    import ssl
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
def closed() -> int:
    """A port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Endless(Teapot):
    """Answers 200 to everything, and goes on for ever."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):  # whoever asked has gone
            while True:
                self.wfile.write(b"data: x\n\n")


class Promising(Teapot):
    """Answers for ever that it is going to answer."""

    def do_GET(self) -> None:
        """Answer."""
        with suppress(OSError):  # whoever asked has gone
            while True:
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server, which speaks TLS with a context."""
    server = HTTPServer(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server."""
    with serving(Teapot) as port:
        yield port


@pytest.fixture
def network() -> RealNetwork:
    """The network."""
    return RealNetwork()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The file with the certificate of an authority that nobody knows, and the port of a server that it vouches for."""
    made = Certificates()
    file = tmp_path / "authority.pem"
    file.write_bytes(made.authority)
    with serving(Teapot, made.server_context()) as port:
        yield str(file), port


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


def test_an_answer_without_end(network: RealNetwork) -> None:
    """The status is all that is asked: a body that goes on for ever, such as a stream of events, is not read."""
    with serving(Endless) as port:
        assert network.answers(f"http://127.0.0.1:{port}/", 200) == ""


def test_an_answer_that_never_comes_to_its_point(network: RealNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that always says something, and never what was asked for, is left after a while."""
    monkeypatch.setattr("pytest_aci.provisioning.network.ANSWER_SECONDS", 0.2)
    with serving(Promising) as port:
        assert network.answers(f"http://127.0.0.1:{port}/", 418).startswith("no HTTP answer: ")


def test_a_certificate_of_an_unknown_authority(network: RealNetwork, authority: tuple[str, int]) -> None:
    """A certificate has to be valid, unless that is not asked for, or its authority is named."""
    file, port = authority
    url = f"https://127.0.0.1:{port}/"
    assert "CERTIFICATE_VERIFY_FAILED" in network.answers(url, 418)
    assert network.answers(url, 418, verify=False) == ""
    assert network.answers(url, 418, verify=file) == ""


def test_authorities_of_the_environment(
    network: RealNetwork, authority: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `requests`, the environment may name the authorities; what is named by the test goes before it."""
    file, port = authority
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", file)
    assert network.answers(f"https://127.0.0.1:{port}/", 418) == ""
    assert trust(verify="other.pem") == {"ca_certs": "other.pem"}
    assert trust(verify=str(Path(file).parent)) == {"ca_cert_dir": str(Path(file).parent)}


def test_not_checking_certificates_is_silent(network: RealNetwork, authority: tuple[str, int]) -> None:
    """Who says verify=False is not warned of it again at every look, nor stopped where warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert network.answers(f"https://127.0.0.1:{authority[1]}/", 418, verify=False) == ""


def test_in_replay_everything_was_there() -> None:
    """What was recorded had been ready, so nothing is asked of the network."""
    assert RecordedNetwork().connects("192.0.2.1", 80) == ""
    assert RecordedNetwork().answers("http://192.0.2.1", 200) == ""

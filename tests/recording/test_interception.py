from __future__ import annotations

import asyncio
import http.client
import json
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests
import urllib3

from pytest_aci.errors import CassetteBodyWarning, CassetteUnmatched, NoTape
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.reading import read
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONSTANT = "http://192.0.2.7"


class Counter(BaseHTTPRequestHandler):
    """Answers with how often the server was asked."""

    asked = 0
    released = threading.Event()

    def do_GET(self) -> None:
        """Count, or redirect, or answer late."""
        type(self).asked += 1
        if self.path == "/late":
            self.released.wait(20)
        if self.path == "/old":
            self.send_response(302)
            self.send_header("Location", "/new")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = json.dumps({"asked": type(self).asked}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Count."""
        self.do_GET()

    def do_PUT(self) -> None:
        """Count."""
        self.do_GET()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The URL of a server that counts."""
    Counter.asked = 0
    Counter.released.clear()
    served = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    thread = threading.Thread(target=served.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()
    thread.join()


@contextmanager
def running(directory: Path, server: str, *, writing: bool) -> Iterator[Deck]:
    """A test is running, whose HTTP is intercepted."""
    redactor = Redactor()
    redactor.learn(urlsplit(server).netloc, "192.0.2.7:80")
    deck = Deck(directory, writing=writing, redactor=redactor, facts={"recorded_against": "emulator"})
    with deck.intercept(), deck.playing(deck.tape("tests/a")):
        yield deck
    deck.close()


async def with_aiohttp(url: str) -> Any:
    """Ask with aiohttp."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.json()


async def with_httpx(url: str) -> Any:
    """Ask with httpx's asynchronous client, three times at once."""
    async with httpx.AsyncClient() as client:
        answers = await asyncio.gather(*[client.get(f"{url}?n={number}") for number in range(3)])
    return sorted(answer.json()["asked"] for answer in answers)


async def overtaken_in_httpx(url: str) -> Any:
    """Read with httpx while a change is made that is answered sooner."""
    async with httpx.AsyncClient() as client:

        async def change() -> Any:
            answer = await client.put(url)
            Counter.released.set()
            return answer.json()

        answer, changed = await asyncio.gather(client.get(f"{url}/late", timeout=20), change())
        return answer.json(), changed


async def overtaken_in_aiohttp(url: str) -> Any:
    """Read with aiohttp while a change is made that is answered sooner."""
    async with aiohttp.ClientSession() as session:

        async def change() -> Any:
            async with session.put(url) as answer:
                changed = await answer.json()
            Counter.released.set()
            return changed

        async def look() -> Any:
            async with session.get(f"{url}/late") as answer:
                return await answer.json()

        return await asyncio.gather(look(), change())


def with_http_client(url: str) -> Any:
    """Ask with the standard library's own client."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", "/")
    return json.loads(connection.getresponse().read())


CLIENTS: dict[str, Callable[[str], Any]] = {
    "requests": lambda url: requests.get(url, timeout=5).json(),
    "requests.Session": lambda url: [requests.Session().post(url, json={"a": 1}, timeout=5).json() for _ in range(2)],
    "redirect": lambda url: requests.get(f"{url}/old", timeout=5).json(),
    "urllib3": lambda url: json.loads(urllib3.PoolManager().request("GET", url).data),
    "urllib": lambda url: json.loads(urllib.request.urlopen(url).read()),
    "http.client": with_http_client,
    "httpx": lambda url: httpx.get(url).json(),
    "httpx async": lambda url: asyncio.run(with_httpx(url)),
    "aiohttp": lambda url: asyncio.run(with_aiohttp(url)),
    "aiohttp redirect": lambda url: asyncio.run(with_aiohttp(f"{url}/old")),
    "httpx overtaken": lambda url: asyncio.run(overtaken_in_httpx(url)),
    "aiohttp overtaken": lambda url: asyncio.run(overtaken_in_aiohttp(url)),
}


async def with_aiohttp_post(url: str, body: str) -> None:
    """Send a body with aiohttp."""
    async with aiohttp.ClientSession() as session, session.post(url, data=body):
        pass


POSTS: dict[str, Callable[[str, str], Any]] = {
    "requests": lambda url, body: requests.post(url, data=body, timeout=5),
    "httpx": lambda url, body: httpx.post(url, content=body),
    "aiohttp": lambda url, body: asyncio.run(with_aiohttp_post(url, body)),
}


@pytest.mark.parametrize("client", list(POSTS))
def test_the_warning_about_a_body_points_at_who_sent_it(tmp_path: Path, server: str, client: str) -> None:
    """Neither at us nor at the client: at the nearest line that is the user's own."""
    with running(tmp_path, server, writing=True):
        POSTS[client](server, "1")
    with running(tmp_path, server, writing=False), pytest.warns(CassetteBodyWarning, match="body: 1 → 2") as seen:
        POSTS[client](CONSTANT, "2")
    assert [warning.filename for warning in seen] == [__file__]


@pytest.mark.parametrize("client", list(CLIENTS))
def test_every_client_is_recorded_and_replayed(tmp_path: Path, server: str, client: str) -> None:
    """What a test asks with any common client is answered from its cassette, at the address that replay knows."""
    ask = CLIENTS[client]
    with running(tmp_path, server, writing=True):
        recorded = ask(server)
    asked = Counter.asked
    with running(tmp_path, server, writing=False) as deck:
        assert ask(CONSTANT) == recorded
    assert Counter.asked == asked
    assert not any(deck.unplayed().values())


@pytest.mark.parametrize("client", list(CLIENTS))
def test_what_was_not_recorded_never_reaches_the_network(tmp_path: Path, server: str, client: str) -> None:
    """In replay every client fails with our error, although a server would answer."""
    with running(tmp_path, server, writing=True):
        requests.put(f"{server}/else", timeout=5)
    asked = Counter.asked
    with (
        running(tmp_path, server, writing=False),
        pytest.raises(CassetteUnmatched, match="it was never asked while recording"),
    ):
        CLIENTS[client](server)
    assert Counter.asked == asked


def test_nobody_runs(tmp_path: Path, server: str) -> None:
    """In replay, a request outside of tests and fixtures says what to do; while recording it is noted, not written."""
    redactor = Redactor()
    deck = Deck(tmp_path, writing=False, redactor=redactor, facts={})
    with deck.intercept(), pytest.raises(NoTape) as error:
        requests.get("http://192.0.2.7/x", timeout=5)
    assert str(error.value) == (
        "GET http://192.0.2.7/x was asked while no test and no fixture was running, so no cassette can answer it, and "
        "replay opens no connection. Move it into a fixture or a test, and record it with: pytest --aci-mode=record"
    )
    deck = Deck(tmp_path, writing=True, redactor=redactor, facts={})
    with deck.intercept():
        requests.get(f"{server}/x", timeout=5)
    assert deck.homeless == [f"GET {server}/x"]
    assert deck.close() == []


def test_identity_traffic_is_never_recorded(tmp_path: Path, server: str) -> None:
    """A token that is fetched while a test runs is in no cassette."""
    with running(tmp_path, server, writing=True):
        requests.post(f"{server}/tenant/oauth2/v2.0/token", timeout=5)
        requests.get(f"{server}/x", timeout=5)
    _, interactions = read(tmp_path / "tests" / "a.json")
    assert [interaction.request.url for interaction in interactions] == [f"{CONSTANT}/x"]


def test_what_stays_in_the_process_is_left_alone(tmp_path: Path, server: str) -> None:
    """A test's own fake transports are not the network: they work in replay, unrecorded."""
    with running(tmp_path, server, writing=False) as deck:
        fake = httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(200, text="fake")))
        assert fake.get("http://anything/").text == "fake"
    assert not any(deck.unplayed().values())


def test_patches_may_be_nested_and_go_away(tmp_path: Path, server: str) -> None:
    """A fixture that runs inside a test intercepts once, and afterwards every client is its own again."""
    before = (urllib3.HTTPConnectionPool.ConnectionCls, httpx.HTTPTransport.handle_request, http.client.HTTPConnection)
    with running(tmp_path, server, writing=True) as deck, deck.intercept(), deck.playing(deck.tape("fixtures/f")):
        requests.get(f"{server}/f", timeout=5)
    assert [len(read(path)[1]) for path in tmp_path.rglob("*.json")] == [1]
    after = (urllib3.HTTPConnectionPool.ConnectionCls, httpx.HTTPTransport.handle_request, http.client.HTTPConnection)
    assert after == before
    assert requests.get(server, timeout=5).json() == {"asked": 2}


def test_secrets_and_cookies_of_the_test_stay_out(tmp_path: Path, server: str) -> None:
    """The bearer token that a test sends is in no cassette, not even where the answer repeats it."""
    with running(tmp_path, server, writing=True):
        requests.get(f"{server}/x?token=tok-123456789", headers={"Authorization": "Bearer abc-123456789"}, timeout=5)
    text = (tmp_path / "tests" / "a.json").read_text()
    assert "123456789" not in text
    assert "authorization" not in text.lower()

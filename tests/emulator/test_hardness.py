"""What a hostile or broken client can not do to the emulator (rows E01 to E15 of the chaos matrix)."""

from __future__ import annotations

import asyncio
import re
import socket
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from pytest_aci.emulator.cloud import Cloud
from pytest_aci.emulator.configuration import Configuration
from pytest_aci.emulator.records import Deletion
from pytest_aci.emulator.server import Server
from pytest_aci.emulator.store import REMEMBERED

from . import fuzz, lives
from .fake_runtime import FakeRuntime
from .running import Running, container, group_document
from .serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 10.0
LIMIT = 100_000


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    """An emulator with small limits: 100 kB bodies, half a second for headers, one for bodies."""
    configuration = Configuration(body_limit=LIMIT, header_seconds=0.5, body_seconds=1.0)
    with Running(configuration) as running:
        running.client().make_rg("rg")
        yield running


def raw(emulator: Running, data: bytes, *, half_close: bool = False) -> bytes:
    """Send bytes on a new connection and give everything that comes back."""
    port = int(emulator.server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def request(emulator: Running, line: str, headers: str = "", body: bytes = b"") -> bytes:
    """One request as bytes, on a connection that is closed after it."""
    host = emulator.server.url.partition("://")[2]
    return f"{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n".encode() + body


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{}",
        b'{"a": 1} x',
        b"[" * 50_000,
        b"[" * 700 + b"]" * 700,
        b'"' + b"x" * 1000,
        b"1" * 5000,
        b"\x00",
    ],
)
def test_e01_malformed_content(emulator: Running, body: bytes) -> None:
    """E01: malformed JSON, a wrong charset and trailing bytes are 400 InvalidRequestContent with a path."""
    client = emulator.client()
    answer = client.http.put(client.cg("rg", "g"), content=body, params={"api-version": "2023-05-01"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidRequestContent"
    assert "Path '" in answer.json()["error"]["message"]


def test_e02_announced_body_is_too_large(emulator: Running) -> None:
    """E02: a body that says it is too large is refused before it is read."""
    answer = raw(emulator, request(emulator, "PUT /x?api-version=1", f"Content-Length: {10**9}\r\n"))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"RequestContentTooLarge"' in answer


def test_e02_endless_chunks(emulator: Running) -> None:
    """E02: an endless chunked body is refused at the limit."""
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        while sent < 50 * LIMIT:
            sent += 10_000
            yield b"x" * 10_000

    client = emulator.client()
    try:
        answer = client.http.put(client.cg("rg", "g"), content=chunks(), params={"api-version": "2023-05-01"})
        assert answer.status_code == 413
    except httpx.WriteError:
        pass  # the emulator had answered and closed while the client was still sending
    assert sent < 50 * LIMIT


def test_e01_nesting(emulator: Running) -> None:
    """E01: what is nested as deep as ARM reads is read, and one deeper is not."""
    client = emulator.client()
    path = client.rg("deep")
    for depth, status in ((62, 201), (200, 400)):
        body = b'{"location": "westeurope", "properties": {"x": ' + b"[" * depth + b"1" + b"]" * depth + b"}}"
        assert client.http.put(path, content=body, params={"api-version": "2021-04-01"}).status_code == status


@pytest.mark.parametrize("number", ["9" * 5000, "\u0663", "-1", "1e3", ""])
def test_e03_numbers_in_a_query(emulator: Running, number: str) -> None:
    """E03: what is no number of a sane size counts as not given."""
    client = emulator.client()
    token = {"x-emulator-token": emulator.cloud.token}
    assert client.ask("GET", client.rg("").rstrip("/"), params={"$top": number}).status_code == 200
    assert client.ask("GET", "/_emulator/requests", params={"since": number}, headers=token).status_code == 200


@pytest.mark.parametrize(
    "version", ["", "x", "../..", "9999-99-99-", "2023-05-01' or 1=1", "%00", "\uff12\uff10\uff12\uff13-05-01"]
)
def test_e03_api_version(emulator: Running, version: str) -> None:
    """E03: an unknown, missing or odd api-version is 400 and lists what is known."""
    client = emulator.client()
    answer = client.ask("GET", client.cg("rg", "g"), version=version)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in ("InvalidApiVersionParameter", "MissingApiVersionParameter")


def test_e05_slow_headers(emulator: Running) -> None:
    """E05: connections that never finish their headers are closed, and others are served meanwhile."""
    port = int(emulator.server.url.rpartition(":")[2])
    slow = [socket.create_connection(("127.0.0.1", port), timeout=SECONDS) for _ in range(200)]
    try:
        for each in slow:
            each.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        client = emulator.client()
        took = []
        for _ in range(50):
            begun = time.perf_counter()
            assert client.ask("GET", client.rg("rg")).status_code == 200
            took.append(time.perf_counter() - begun)
        assert [_is_closed(each) for each in slow] == [True] * len(slow)
        assert statistics.median(took) < 1.0
    finally:
        for each in slow:
            each.close()


def _is_closed(connection: socket.socket) -> bool:
    """Wait until the other side has closed."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_e05_slow_body(emulator: Running) -> None:
    """E05: a body that never comes is answered with 408."""
    answer = raw(emulator, request(emulator, "PUT /x?api-version=1", "Content-Length: 10\r\n", b"{"))
    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "path",
    [
        "/subscriptions/%2e%2e/resourcegroups",
        "//subscriptions//resourcegroups",
        "/subscriptions/../../etc/passwd",
        "/subscriptions;x=1/resourcegroups",
        "/%2fetc%2fpasswd",
        "/subscriptions/%00/resourcegroups",
        "/" + "a/" * 500,
        "/%ff%fe",
        "*",
    ],
)
def test_e07_path_tricks(emulator: Running, path: str) -> None:
    """E07: odd paths are a 400 or 404 in ARM's shape; nothing is a file."""
    answer = raw(emulator, request(emulator, f"GET {path}?api-version=2021-04-01"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"400", b"404")
    assert body.startswith(b'{"error":{"code":"')


def test_e07_ids_do_not_regard_case(emulator: Running) -> None:
    """E07: a path of any case finds the same resource."""
    client = emulator.client()
    answer = client.ask("GET", client.rg("RG").upper(), version="2021-04-01")
    assert answer.json()["name"] == "rg"


def test_e07_empty_segments_do_not_count(emulator: Running) -> None:
    """E07: slashes in a row are one, as ARM takes them and az sends them."""
    client = emulator.client()
    twice = client.rg("rg").replace("/resourcegroups/", "//resourcegroups//")
    assert client.ask("GET", twice).json()["name"] == "rg"


def test_e08_half_closed(emulator: Running) -> None:
    """E08: a client that closes its half after the request still gets its answer."""
    answer = raw(emulator, request(emulator, "GET /tenants?api-version=2022-12-01"), half_close=True)
    assert answer.startswith(b"HTTP/1.1 200")


def test_e08_pipelined(emulator: Running) -> None:
    """E08: pipelined requests are answered in order."""
    first = request(emulator, "GET /tenants?api-version=2022-12-01").replace(b"Connection: close\r\n", b"")
    answer = raw(emulator, first + request(emulator, "GET /nothing/at/all/there"))
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"200", b"404"]


def test_e08_expect_continue(emulator: Running) -> None:
    """E08: `Expect: 100-continue` is continued."""
    client = emulator.client()
    path = client.rg("rg") + "?api-version=2021-04-01"
    body = b'{"location": "westeurope"}'
    head = f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n"
    answer = raw(emulator, request(emulator, f"PUT {path}", head, body))
    assert answer.startswith(b"HTTP/1.1 100")
    assert b"HTTP/1.1 200 OK" in answer


def test_e08_reset_in_the_middle_of_a_body(emulator: Running) -> None:
    """E08: clients that vanish in the middle of a body leave nothing behind, and others go on."""
    port = int(emulator.server.url.rpartition(":")[2])
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            connection.sendall(request(emulator, "PUT /x?api-version=1", "Content-Length: 1000\r\n", b"{"))
    client = emulator.client()
    assert client.ask("GET", client.rg("rg")).status_code == 200


def test_e09_port_is_taken() -> None:
    """E09: a port that another program has is said at once, before anything is made."""

    async def start() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            server = Server(Cloud(Configuration(), FakeRuntime()), port=taken.getsockname()[1])
            with pytest.raises(OSError, match="Address already in use"):
                await server.__aenter__()

    asyncio.run(start())


def test_e10_binds_loopback_only(emulator: Running) -> None:
    """E10: both addresses are on loopback."""
    for server in emulator.server._servers:
        for each in server.servers:
            assert {listener.getsockname()[0] for listener in each.sockets} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "host", ["evil.example", "management.azure.com", "10.0.0.1", "127.0.0.1.evil.example", "", "localhost.evil"]
)
def test_e10_foreign_host(emulator: Running, host: str) -> None:
    """E10: a request for a host that is not loopback is refused, so that no web page can rebind a name to us."""
    client = emulator.client()
    answer = client.ask("GET", client.rg("rg"), headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["error"]["message"] == (
        f"This server does not answer for the host '{host}': it is an emulator, reachable on loopback only."
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_e10_foreign_page(emulator: Running, headers: dict[str, str]) -> None:
    """E10: what a web page can send without being asked for leave is refused before it does anything."""
    client = emulator.client()
    answer = client.ask("POST", client.cg("rg", "web", "/stop"), headers={"Content-Type": "text/plain"} | headers)
    origin = headers.get("Origin", "another site")
    assert answer.status_code == 403
    assert answer.json()["error"] == {
        "code": "ForeignOrigin",
        "message": f"This emulator answers no web pages; this request was sent by a page of '{origin}'.",
    }


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://127.0.0.1:4711", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_e10_own_page(emulator: Running, headers: dict[str, str]) -> None:
    """E10: an address typed into a browser, and clients that name our own address as their origin, are served."""
    client = emulator.client()
    assert client.ask("GET", client.rg("rg"), headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:9", "127.9.8.7", "[::1]:80", "[::1]"])
def test_e10_loopback_hosts(emulator: Running, host: str) -> None:
    """E10: every spelling of loopback is served."""
    client = emulator.client()
    assert client.ask("GET", client.rg("rg"), headers={"Host": host}).status_code == 200


def test_e12_two_puts_race() -> None:
    """E12: of many PUTs of the same name at once one is a 201 and the others are 200."""

    async def race(url: str, path: str) -> list[int]:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=SECONDS) as http:
            query = {"api-version": "2023-05-01"}
            answers = await asyncio.gather(*(http.put(path, json=group_document(), params=query) for _ in range(20)))
            return sorted(answer.status_code for answer in answers)

    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        statuses = asyncio.run(race(running.server.url, client.cg("rg", "raced")))
        client.until("rg", "raced", lambda group: group["properties"]["provisioningState"] == "Succeeded")
        assert statuses == [200] * 19 + [201]
        assert len(running.runtime.open_sandboxes) == 1


def test_e12_changing_puts_leave_one_place() -> None:
    """E12: PUTs that each change the group end with one place and the last one's containers."""
    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        for number in range(10):
            last = client.make_group("rg", "raced", group_document(container(command=[f"run-{number}"])))
        client.poll(last)
        assert len(running.runtime.open_sandboxes) == 1
        assert next(iter(running.runtime.open_sandboxes)).processes["main"].plan.command == ("run-9",)


def test_e12_pulls_of_a_refused_put_end() -> None:
    """E12: pulls of a PUT that is refused after they have begun, or that changes nothing, are ended."""
    pulling: list[str] = []

    async def slow(image: str, credentials: object) -> str:
        pulling.append(image)
        try:
            await asyncio.sleep(SECONDS)
        finally:
            pulling.remove(image)
        return image

    with Running(Configuration(pull_seconds=0.2)) as running, ThreadPoolExecutor(1) as pool:
        client = running.client()
        client.make_rg("rg")
        client.make_rg("other")
        running.runtime.pull = slow  # type: ignore[method-assign] # the fake's pull is too quick
        document = group_document(container(image="slow"))
        assert [client.make_group("rg", "web", document).status_code for _ in range(3)] == [201, 200, 200]
        assert pulling == ["slow"]
        refused = pool.submit(client.make_group, "other", "web", document)
        while len(pulling) == 1:
            time.sleep(0.005)
        client.ask("DELETE", client.rg("other"))
        assert refused.result().status_code in (404, 409)
        assert pulling == ["slow"]
    assert not pulling


def test_e13_delete_while_it_is_created() -> None:
    """E13: a group deleted during its creation is gone, its operation is Canceled, and no place is left."""
    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        running.call(running.runtime.gate.clear)
        created = client.make_group("rg", "brief")
        running.call(running.runtime.gate.set)
        deleted = client.ask("DELETE", client.cg("rg", "brief"))
        status = client.http.get(created.headers["Azure-AsyncOperation"]).json()["status"]
        assert deleted.status_code == 200
        assert status in ("Canceled", "Succeeded")
        assert client.ask("GET", client.cg("rg", "brief")).status_code == 404
        assert not running.runtime.open_sandboxes


def test_e13_delete_that_fails_can_be_repeated() -> None:
    """E13: a group whose place can not be closed is still there after the 500, and a second DELETE ends it."""
    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        client.poll(client.make_group("rg", "web"))
        sandbox = running.runtime.opened[0]
        close = sandbox.close

        async def broken() -> None:
            sandbox.close = close  # type: ignore[method-assign] # put back
            raise RuntimeError("not now")

        sandbox.close = broken  # type: ignore[method-assign] # a sandbox that fails
        statuses = [client.ask("DELETE", client.cg("rg", "web")).status_code for _ in range(3)]
        assert statuses == [500, 200, 204]
        assert not running.runtime.open_sandboxes
        assert running.call(running.cloud.host.counts) == {"sandboxes": 0, "containers": 0}


def test_e13_delete_takes_the_group_that_is_there() -> None:
    """E13: a delete that takes a while ends the group that has the name by then, and a second one finds none."""
    with Running() as running, ThreadPoolExecutor(2) as pool:
        client = running.client()
        client.make_rg("rg")
        client.poll(client.make_group("rg", "web"))
        with running.injected("deletion", seconds=0.5):
            path = client.cg("rg", "web")
            deletes = [pool.submit(client.ask, "DELETE", path) for _ in range(2)]
            while running.cloud.faults.documents()[0]["fired"] < len(deletes):
                time.sleep(0.005)
            client.poll(client.make_group("rg", "web", group_document(container(command=["other"]))))
            assert sorted(each.result().status_code for each in deletes) == [200, 204]
        assert not running.runtime.open_sandboxes
        assert running.call(running.cloud.host.counts) == {"sandboxes": 0, "containers": 0}


def test_e14_nothing_new_runs_at_the_end() -> None:
    """E14: a request that comes while the emulator ends is told to come again, which is no fault of its own."""
    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        client.poll(client.make_group("rg", "web"))
        running.run(running.cloud.host.close())
        answers = [client.make_group("rg", "late"), client.ask("POST", client.cg("rg", "web", "/restart"))]
        assert [(each.status_code, each.json()["error"]["code"]) for each in answers] == [(503, "ServerTimeout")] * 2
        assert client.ask("GET", client.cg("rg", "late")).status_code == 404


def test_e06_nothing_is_remembered_for_ever() -> None:
    """E06: subscriptions that do not exist are not counted, deletions are forgotten, and a console revives no group."""
    with Running() as running:
        client = running.client()
        for number in range(5):
            client.ask("GET", f"/subscriptions/{uuid.UUID(int=number)}/resourcegroups/rg")
            client.ask("GET", f"/subscriptions/{number}/resourcegroups/rg")
        client.make_rg("rg")
        assert {subscription for subscription, _ in running.cloud.counters._left} == {client.subscription}
        client.poll(client.make_group("rg", "web"))
        opened = client.ask("POST", client.cg("rg", "web", "/containers/main/attach")).json()
        client.ask("DELETE", client.cg("rg", "web"))
        with connect(opened["webSocketUri"]) as socket:
            socket.recv()
            socket.send(opened["password"])
            with pytest.raises(ConnectionClosed, match="The container 'main' is not running"):
                socket.recv()
        assert running.cloud.host._lifecycles == {}
        for number in range(REMEMBERED + 5):
            running.cloud.store.add_deletion("s", Deletion(str(number), "rg"))
        assert running.cloud.store.deletion("s", "4") is None
        assert running.cloud.store.deletion("s", "5") is not None


def test_e06_many_groups_live_at_once() -> None:
    """E06: 50 groups go through a full life at once, and not one update is lost; `lives` does it with 1,000."""
    with Serving() as emulator:
        assert asyncio.run(lives.live(emulator, 50, "crowd")) == []


def test_e15_fuzz() -> None:
    """E15: malformed requests get no 5xx, no traceback and no hang; `fuzz` sends 100,000 of them."""
    with Serving() as emulator:
        answers = fuzz.fuzz(emulator, seed=20231123, count=2000)
    assert answers.total() == 2000
    assert {201, 400, 404, 405, 421} <= set(answers)

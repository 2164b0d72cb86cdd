# ruff: noqa: D102 # the protocols say what each call gives
from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.pipeline.transport import HttpRequest as LegacyRequest
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.mgmt.containerinstance.models import ContainerGroup

from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.arm.transport import NoTapes, TapeTransport, asked_of
from pytest_aci.errors import NoTape
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.redact import Redactor
from tests.arm.scripted_arm import Answer, ScriptedArm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    from pytest_aci.recording.exchange import Via

RG = f"/subscriptions/{NOBODY}/resourcegroups/rg"
GROUP = f"/subscriptions/{NOBODY}/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups/web"
DOCUMENT: dict[str, Any] = {
    "name": "web",
    "location": "westeurope",
    "properties": {
        "provisioningState": "Pending",
        "containers": [{"name": "main", "properties": {"image": "nginx"}}],
        "osType": "Linux",
    },
}
RUNNING = {**DOCUMENT, "properties": {**DOCUMENT["properties"], "provisioningState": "Succeeded"}}
RESOURCE_GROUP = {"id": RG, "name": "rg", "location": "westeurope", "properties": {"provisioningState": "Succeeded"}}


class OneTape:
    """A deck whose only tape says the same to everybody and remembers what it was asked and given."""

    def __init__(self, answer: Response, *, writing: bool = False) -> None:
        self.writing = writing
        self.answer = answer
        self.played: list[Request] = []
        self.written: list[tuple[Request, Response]] = []

    def tape_for(self, _request: Request) -> OneTape:
        return self

    def play(self, request: Request, via: Via) -> Response:
        assert via == "arm"
        self.played.append(request)
        return self.answer

    def write(self, request: Request, response: Response, via: Via, turn: int | None = None) -> None:
        assert via == "arm"
        assert turn is not None
        self.written.append((request, response))


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server whose answers are prepared."""
    with ScriptedArm() as server:
        yield server


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid to connect anywhere."""

    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


JSON = (("Content-Type", "application/json; charset=utf-8"), ("X-Two", "a"))
ANSWER = Response(200, "OK", JSON, b'{"a": "\xc3\xa9"}')


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("kind", [LegacyRequest, HttpRequest])
def test_each_request_is_answered_in_its_kind(kind: type[Any]) -> None:
    """Legacy requests get legacy responses, those of azure.core.rest get theirs; both can be read as usual."""
    response = TapeTransport(OneTape(ANSWER), None).send(kind("GET", "https://x/y"))
    assert type(response).__module__.startswith("azure.core.rest") is (kind is HttpRequest)
    assert (response.status_code, response.reason, response.headers["x-two"]) == (200, "OK", "a")
    assert json.loads(response.text()) == {"a": "é"}
    assert response.body() == ANSWER.body


@pytest.mark.usefixtures("no_sockets")
def test_streams_are_played() -> None:
    """A streamed answer can be read in parts, in both kinds."""
    legacy = TapeTransport(OneTape(ANSWER), None).send(LegacyRequest("GET", "https://x/y"), stream=True)
    assert b"".join(legacy.stream_download(None)) == ANSWER.body
    rest = TapeTransport(OneTape(ANSWER), None).send(HttpRequest("GET", "https://x/y"), stream=True)
    assert b"".join(rest.iter_bytes()) == ANSWER.body
    read = TapeTransport(OneTape(ANSWER), None).send(HttpRequest("DELETE", "https://x/y"), stream=True)
    assert read.read() == ANSWER.body


@pytest.mark.usefixtures("no_sockets")
def test_recorded_encoding_is_not_undone_twice() -> None:
    """A body is kept decoded, so a header that says gzip must not make anybody unpack it."""
    answer = Response(200, "OK", (*JSON, ("Content-Encoding", "gzip")), b'{"a": 1}')
    response = TapeTransport(OneTape(answer), None).send(LegacyRequest("GET", "https://x/y"))
    assert json.loads(response.text()) == {"a": 1}


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (HttpRequest("PUT", "https://x/y", json={"a": 1}), b'{"a": 1}'),
        (HttpRequest("PUT", "https://x/y", content=b"raw"), b"raw"),
        (LegacyRequest("PUT", "https://x/y", data="text"), b"text"),
        (LegacyRequest("GET", "https://x/y"), b""),
    ],
)
def test_request_becomes_a_plain_value(request_: Any, body: bytes) -> None:
    """Method, URL, headers and body of either kind are the same plain value."""
    asked = asked_of(request_)
    assert (asked.url, asked.body) == ("https://x/y", body)


def test_request_from_a_file_can_be_sent_after_it_was_looked_at(tmp_path: Path) -> None:
    """Looking at a body that is a file leaves the file where it was."""
    path = tmp_path / "body"
    path.write_bytes(b"content")
    with path.open("rb") as body:
        request: Any = LegacyRequest("PUT", "https://x/y")
        request.data = body
        assert asked_of(request).body == b"content"
        assert body.read() == b"content"


def test_without_a_tape_replay_refuses() -> None:
    """In replay, a request that belongs to no tape fails and names itself."""
    with pytest.raises(NoTape, match="GET https://x/y was asked"):
        TapeTransport(NoTapes(), None).send(HttpRequest("GET", "https://x/y"))


def test_without_a_tape_recording_lets_pass(arm: ScriptedArm) -> None:
    """When something real is there, a request that belongs to no tape is sent and not recorded."""
    arm.say("GET", "/x", Answer(200, {"a": 1}))
    with TapeTransport(NoTapes(), RequestsTransport()) as transport:
        assert transport.send(HttpRequest("GET", f"{arm.url}/x")).json() == {"a": 1}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", [LegacyRequest, HttpRequest])
def test_recording_keeps_what_it_hands_on(arm: ScriptedArm, kind: type[Any], stream: bool) -> None:
    """What is written on the tape is what the client gets, whole, also when it streams."""
    arm.say("GET", "/x", Answer(202, {"a": 1}, {"Azure-AsyncOperation": "u"}))
    deck = OneTape(ANSWER, writing=True)
    with TapeTransport(deck, RequestsTransport()) as transport:
        response = transport.send(kind("GET", f"{arm.url}/x"), stream=stream)
        got = b"".join(response.iter_bytes() if kind is HttpRequest else response.stream_download(None))
    [(asked, answer)] = deck.written
    assert asked.url == f"{arm.url}/x"
    assert (answer.status, got) == (202, answer.body)
    assert dict(answer.headers)["Azure-AsyncOperation"] == "u"
    assert json.loads(got) == {"a": 1}


def test_sleep_is_for_real_traffic_only() -> None:
    """In replay waiting takes no time; with a real transport it is the transport's."""
    slept: list[float] = []

    class Real(RequestsTransport):  # type: ignore[misc] # azure-core exports it lazily, as Any
        def sleep(self, duration: float) -> None:
            slept.append(duration)

    TapeTransport(NoTapes(), None).sleep(3600)
    TapeTransport(NoTapes(), Real()).sleep(3600)
    assert slept == [3600]


def work(containers: ContainerInstanceManagementClient, resources: ResourceManagementClient) -> list[Any]:
    """What a user's own code does, with the SDK's defaults: create, wait, list, log, delete, wait."""
    group = resources.resource_groups.create_or_update("rg", {"location": "westeurope"})
    model = ContainerGroup.deserialize(DOCUMENT)
    made = containers.container_groups.begin_create_or_update("rg", "web", model).result()
    listed = [one.name for one in containers.container_groups.list_by_resource_group("rg")]
    logs = containers.containers.list_logs("rg", "web", "main").content
    containers.container_groups.begin_delete("rg", "web").result()
    resources.resource_groups.begin_delete("rg").result()
    there = resources.resource_groups.check_existence("rg")
    return [group.name, made.provisioning_state, listed, logs, there]


def script(arm: ScriptedArm) -> None:
    """Let the server behave like Azure for `work`, with waits that would take a minute if they were obeyed."""
    operation = f"/subscriptions/{NOBODY}/providers/Microsoft.ContainerInstance/locations/x/operations/1"
    results = f"/subscriptions/{NOBODY}/operationresults/abc"
    quick = {"retry-after-ms": "10"}
    arm.say("PUT", RG, Answer(201, RESOURCE_GROUP))
    arm.say("PUT", GROUP, Answer(201, DOCUMENT, {"Azure-AsyncOperation": f"{arm.url}{operation}?t=1"}))
    arm.say("GET", operation, Answer(200, {"status": "Pending"}, quick), Answer(200, {"status": "Succeeded"}))
    arm.say("GET", GROUP, Answer(200, RUNNING))
    arm.say("GET", GROUP.rpartition("/")[0], Answer(200, {"value": [RUNNING]}))
    arm.say("GET", f"{GROUP}/containers/main/logs", Answer(200, {"content": "hello\n"}))
    arm.say("DELETE", GROUP, Answer(200, RUNNING))
    arm.say("DELETE", RG, Answer(202, headers={"Location": f"{arm.url}{results}?x=1", **quick}))
    arm.say("GET", results, Answer(202, headers={"Location": f"{arm.url}{results}?x=1", **quick}), Answer(200))
    arm.say("HEAD", RG, Answer(404))


def deck_of(directory: Path, *, writing: bool, url: str = ARM) -> Deck:
    """A deck over *directory* that knows the server at *url*."""
    redactor = Redactor()
    redactor.learn(url, ARM)
    return Deck(directory, writing=writing, redactor=redactor, facts={"recorded_against": "a script"})


def record(arm: ScriptedArm, directory: Path) -> list[Any]:
    """Do the work once, recorded."""
    script(arm)
    deck = deck_of(directory, writing=True, url=arm.url)
    connection = Connection(arm.url, NOBODY, deck=deck)
    tape = deck.tape("tests/work")
    with connection.container_client() as containers, connection.resource_client() as resources, deck.playing(tape):
        done = work(containers, resources)
    assert deck.close()
    return done


def test_users_code_replays_without_sockets_or_sleeps(
    arm: ScriptedArm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's own clients, pollers included, do in replay what they did when recorded: offline, and at once."""
    done = record(arm, tmp_path)
    assert done == ["rg", "Succeeded", ["web"], "hello\n", False]

    def refuse(*_: object) -> None:
        raise AssertionError("replay opened a socket or slept")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("time.sleep", refuse)
    deck = deck_of(tmp_path, writing=False)
    connection = Connection.replay(deck)
    with deck.playing(deck.tape("tests/work")):
        assert work(connection.container_client(), connection.resource_client()) == done


def test_threads_replay_their_own_tapes(arm: ScriptedArm, tmp_path: Path) -> None:
    """Eight threads, each with a tape of its own, share two clients and get each their own answers."""
    arm.say("GET", RG, Answer(200, RESOURCE_GROUP))
    deck = deck_of(tmp_path, writing=True, url=arm.url)
    client = Connection(arm.url, NOBODY, deck=deck).resource_client()
    for number in range(8):
        arm.say("GET", f"{RG}{number}", Answer(200, {**RESOURCE_GROUP, "name": f"rg{number}"}))
        with deck.using(deck.tape(f"tests/{number}")):
            client.resource_groups.get(f"rg{number}")
    deck.close()
    deck = deck_of(tmp_path, writing=False)
    replayed = Connection.replay(deck).resource_client()
    names: dict[int, list[str | None]] = {}

    def ask(number: int) -> None:
        with deck.using(deck.tape(f"tests/{number}")):
            names[number] = [replayed.resource_groups.get(f"rg{number}").name for _ in range(10)]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == {number: [f"rg{number}"] * 10 for number in range(8)}

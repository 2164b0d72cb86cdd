from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_aci.arm.aio import AsyncTapeTransport
from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.arm.transport import NoTapes
from pytest_aci.errors import ControlPlaneError, NoTape
from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.reading import read
from tests.arm.scripted_arm import Answer, ScriptedArm
from tests.arm.test_policies import Turnstile
from tests.arm.test_transport import DOCUMENT, GROUP, deck_of, script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server whose answers are prepared."""
    with ScriptedArm() as server:
        yield server


async def work(connection: Connection) -> list[Any]:
    """What a user's own asynchronous code does: create, wait, list, delete."""
    from azure.mgmt.containerinstance.models import ContainerGroup  # noqa: PLC0415 # loaded by the client

    async with connection.async_container_client() as client:
        poller = await client.container_groups.begin_create_or_update("rg", "web", ContainerGroup.deserialize(DOCUMENT))
        made = await poller.result()
        listed = [one.name async for one in client.container_groups.list_by_resource_group("rg")]
        logs = (await client.containers.list_logs("rg", "web", "main")).content
        await (await client.container_groups.begin_delete("rg", "web")).result()
        return [made.provisioning_state, listed, logs]


def test_asynchronous_client_records_and_replays(
    arm: ScriptedArm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's asynchronous client does in replay what it did when recorded, without sockets or sleeps."""
    script(arm)
    deck = deck_of(tmp_path, writing=True, url=arm.url)
    with deck.playing(deck.tape("tests/aio")):
        done = asyncio.run(work(Connection(arm.url, NOBODY, deck=deck)))
    assert done == ["Succeeded", ["web"], "hello\n"]
    assert deck.close()

    async def no_sleep(_seconds: float) -> None:
        raise AssertionError("replay slept")

    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("replay opened a socket"))
    monkeypatch.setattr("pytest_aci.arm.aio.asyncio.sleep", no_sleep)
    deck = deck_of(tmp_path, writing=False)
    with deck.playing(deck.tape("tests/aio")):
        assert asyncio.run(work(Connection.replay(deck))) == done


def test_asynchronous_client_works_live(arm: ScriptedArm) -> None:
    """Without tapes the client talks to the server itself."""
    script(arm)
    assert asyncio.run(work(Connection(arm.url, NOBODY))) == ["Succeeded", ["web"], "hello\n"]


def test_concurrent_calls_replay(arm: ScriptedArm, tmp_path: Path) -> None:
    """Calls that run at the same time get each their own answer."""
    for number in range(5):
        arm.say("GET", f"{GROUP}{number}", Answer(200, {**DOCUMENT, "name": f"web{number}"}))

    async def ask(connection: Connection) -> list[str | None]:
        async with connection.async_container_client() as client:
            groups = await asyncio.gather(*(client.container_groups.get("rg", f"web{number}") for number in range(5)))
            return [group.name for group in groups]

    deck = deck_of(tmp_path, writing=True, url=arm.url)
    with deck.playing(deck.tape("tests/many")):
        names = asyncio.run(ask(Connection(arm.url, NOBODY, deck=deck)))
    deck.close()
    deck = deck_of(tmp_path, writing=False)
    with deck.playing(deck.tape("tests/many")):
        assert asyncio.run(ask(Connection.replay(deck))) == names == [f"web{number}" for number in range(5)]


class Overtaken:
    """A way to the network on which a GET is answered after what is sent next."""

    def __init__(self) -> None:
        self.overtaken = asyncio.Event()

    async def send(self, request: Any) -> Any:
        """Answer with nothing."""
        if request.method == "GET":
            await self.overtaken.wait()
        self.overtaken.set()
        return SimpleNamespace(status_code=200, reason="OK", headers={}, body=lambda: b"")


def test_the_tape_is_in_the_order_of_asking(tmp_path: Path) -> None:
    """A read that was sent before a deletion stands before it, although it was answered after it."""
    from azure.core.rest import HttpRequest  # noqa: PLC0415 # beside its only use

    deck = deck_of(tmp_path, writing=True)

    async def ask() -> None:
        transport = AsyncTapeTransport(deck, cast("Any", Overtaken()))
        url = f"{ARM}{GROUP}?api-version=2023-05-01"
        await asyncio.gather(*(transport.send(HttpRequest(method, url)) for method in ("GET", "DELETE")))

    with deck.playing(deck.tape("tests/overtaken")):
        asyncio.run(ask())
    (path,) = deck.close()
    assert [interaction.request.method for interaction in read(path)[1]] == ["GET", "DELETE"]


def test_replay_without_a_tape_refuses() -> None:
    """In replay, a request that belongs to no tape fails."""
    from azure.core.rest import HttpRequest  # noqa: PLC0415 # beside its only use

    with pytest.raises(NoTape, match="GET https://x/y was asked"):
        asyncio.run(AsyncTapeTransport(NoTapes(), None).send(HttpRequest("GET", "https://x/y")))


def test_html_is_not_an_arm_answer(arm: ScriptedArm) -> None:
    """A page in place of JSON is told as such, with the host that sent it."""
    arm.say("GET", GROUP, Answer(200, "<html>", {"Content-Type": "text/html"}))

    async def ask() -> None:
        async with Connection(arm.url, NOBODY).async_container_client() as client:
            await client.container_groups.get("rg", "web")

    with pytest.raises(ControlPlaneError, match=r"not an ARM answer \(text/html"):
        asyncio.run(ask())


def test_a_credential_signs_over_plain_http_on_this_machine(arm: ScriptedArm) -> None:
    """Like that of the other clients, it is asked for a token once, and every request has it."""
    arm.say("GET", GROUP, Answer(200, DOCUMENT))

    async def ask() -> None:
        async with Connection(arm.url, NOBODY, credential=Turnstile()).async_container_client() as client:
            for _ in range(2):
                await client.container_groups.get("rg", "web")

    asyncio.run(ask())
    assert [asked.headers["Authorization"] for asked in arm.asked] == ["Bearer token-1"] * 2

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError

from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.arm.policies import ServerClock
from pytest_aci.arm.sdk import SdkControlPlane
from pytest_aci.errors import ControlPlaneError
from tests.arm.scripted_arm import Answer, ScriptedArm

if TYPE_CHECKING:
    from collections.abc import Iterator

RG = f"/subscriptions/{NOBODY}/resourcegroups/rg"
RESOURCE_GROUP = {"id": RG, "name": "rg", "location": "westeurope"}


class Turnstile:
    """A credential that gives a new token each time it is asked."""

    asked = 0

    def get_token(self, *_scopes: str, **_: Any) -> AccessToken:
        """Give the next token; by its expiry it could be kept."""
        self.asked += 1
        return AccessToken(f"token-{self.asked}", 4_000_000_000)


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server whose answers are prepared."""
    with ScriptedArm() as server:
        yield server


def test_refused_token_is_replaced(arm: ScriptedArm) -> None:
    """After a 401 the same call goes out again with a new token; before it, one token serves many calls."""
    expired = Answer(401, {"error": {"code": "ExpiredAuthenticationToken", "message": "m"}})
    arm.say("GET", RG, Answer(200, RESOURCE_GROUP), Answer(200, RESOURCE_GROUP), expired, Answer(200, RESOURCE_GROUP))
    plane = SdkControlPlane(Connection(arm.url, NOBODY, credential=Turnstile()))
    for _ in range(3):
        assert plane.get_resource_group("rg") is not None
    tokens = [asked.headers["Authorization"] for asked in arm.asked]
    assert tokens == ["Bearer token-1", "Bearer token-1", "Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(("headers", "times"), [({}, 2), ({"Retry-After": "0"}, 1)], ids=["at once", "later"])
def test_who_is_asked_to_wait_decides_that_itself(arm: ScriptedArm, headers: dict[str, str], times: int) -> None:
    """A read is repeated after a fault that says nothing more; where Azure asks to wait, the caller is told so."""
    fault = Answer(503, {"error": {"code": "ServiceUnavailable", "message": "m"}}, headers)
    arm.say("GET", RG, fault, Answer(200, RESOURCE_GROUP))
    with suppress(ControlPlaneError):
        SdkControlPlane(Connection(arm.url, NOBODY)).get_resource_group("rg")
    assert arm.methods() == ["GET"] * times


def test_the_servers_clock_goes_on_between_answers() -> None:
    """What it shows is its time now, however long ago it last answered; an answer without a date changes nothing."""
    seconds = 100.0
    clock = ServerClock(lambda: seconds)
    assert clock.moment is None
    request: Any = None
    for date in ("Tue, 03 Feb 2026 04:05:06 GMT", None, "never"):
        answer: Any = SimpleNamespace(http_response=SimpleNamespace(headers={"Date": date} if date else {}))
        clock.on_response(request, answer)
        seconds += 60
    assert clock.moment == datetime(2026, 2, 3, 4, 8, 6, tzinfo=UTC)


def test_reads_wait_for_their_turn(arm: ScriptedArm) -> None:
    """Every read is held until it may be made, also those for which the SDK has no operation; a change is not."""
    place = f"{RG}/providers/Microsoft.ContainerInstance/containerGroups"
    arm.say("GET", RG, Answer(200, RESOURCE_GROUP))
    arm.say("GET", place, Answer(200, {"value": []}))
    arm.say("DELETE", RG, Answer(202))
    turns: list[int] = []
    plane = SdkControlPlane(Connection(arm.url, NOBODY), before_read=lambda: turns.append(len(arm.asked)))
    plane.delete_resource_group("rg")
    assert not turns
    plane.get_resource_group("rg")
    plane.deployments("rg")
    assert turns == [1, 2]


def test_token_over_plain_http_is_for_this_machine_only() -> None:
    """azure-core's own guard stays in place for every other host."""
    plane = Connection("http://arm.example", NOBODY, credential=Turnstile()).resource_client(retry_total=0)
    with pytest.raises(Exception, match="not permitted for non-TLS"):
        plane.resource_groups.get("rg")


def test_users_client_does_not_register_providers(arm: ScriptedArm) -> None:
    """A user's client raises the SDK's own error instead of registering, which would sleep for ten seconds."""
    path = f"/subscriptions/{NOBODY}/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups/web"
    body = {"error": {"code": "MissingSubscriptionRegistration", "message": "namespace 'Microsoft.ContainerInstance'"}}
    arm.say("GET", path, Answer(409, body))
    with Connection(arm.url, NOBODY).container_client() as client, pytest.raises(HttpResponseError) as caught:
        client.container_groups.get("rg", "web")
    assert caught.value.error is not None
    assert caught.value.error.code == "MissingSubscriptionRegistration"
    assert arm.methods() == ["GET"]


def test_users_client_keeps_the_sdks_retries(arm: ScriptedArm) -> None:
    """A user's client repeats a PUT as the SDK does: it is the user's code that is under test."""
    fault = Answer(500, {"error": {"code": "InternalServerError", "message": "m"}})
    arm.say("PUT", RG, fault, Answer(201, RESOURCE_GROUP))
    with Connection(arm.url, NOBODY).resource_client() as client:
        assert client.resource_groups.create_or_update("rg", {"location": "westeurope"}).name == "rg"
    assert arm.methods() == ["PUT", "PUT"]

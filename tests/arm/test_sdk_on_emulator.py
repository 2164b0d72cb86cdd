"""The control plane against the emulator: what the scripted server says, Azure's stand-in says on its own."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.arm.connection import Connection
from pytest_aci.arm.sdk import SdkControlPlane
from pytest_aci.errors import ControlPlaneError
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_aci.arm.control_plane import GroupState
    from tests.conftest import ReadyLine

DOCUMENT: dict[str, Any] = {
    "location": "westeurope",
    "tags": {"a": "b"},
    "properties": {
        "containers": [
            {
                "name": "main",
                "properties": {
                    "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
                    "ports": [{"port": 80}],
                    "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}},
                },
            }
        ],
        "osType": "Linux",
        "ipAddress": {"type": "Public", "ports": [{"port": 80, "protocol": "TCP"}]},
    },
}


@pytest.fixture
def plane(emulator: ReadyLine) -> Iterator[SdkControlPlane]:
    """A control plane over the emulator's plain HTTP."""
    control_plane = SdkControlPlane(Connection.discover(emulator["url"], environment={}))
    yield control_plane
    control_plane.close()


@pytest.fixture
def resource_group(plane: SdkControlPlane) -> Iterator[str]:
    """A resource group of its own for each test."""
    name = f"arm-{uuid.uuid4().hex[:16]}"
    assert plane.put_resource_group(name, "westeurope", {"DeleteAfter": "2030-01-01T00:00:00Z"}).created
    yield name
    plane.delete_resource_group(name)
    polled(lambda: plane.get_resource_group(name) is None)


def polled(condition: Callable[[], bool]) -> None:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def provisioning_state(plane: SdkControlPlane, resource_group: str) -> str | None:
    """The group's provisioning state now."""
    state = plane.get_group(resource_group, "web")
    return state.provisioning_state if state else None


def until_up(plane: SdkControlPlane, resource_group: str, operation_url: str | None) -> GroupState:
    """Ask for the operation until it has succeeded, then for the group."""
    assert operation_url
    polled(lambda: plane.operation(operation_url).status == "Succeeded")
    state = plane.get_group(resource_group, "web")
    assert state is not None
    return state


def test_life_of_a_group(plane: SdkControlPlane, resource_group: str, emulator: ReadyLine) -> None:
    """A group is created, seen, listed, restarted, stopped, started and deleted, each with one call."""
    answer = plane.put_group(resource_group, "web", DOCUMENT)
    assert (answer.created, answer.resource.provisioning_state) == (True, "Pending")
    state = until_up(plane, resource_group, answer.operation_url)
    assert (state.provisioning_state, state.state, [port.port for port in state.ports]) == (
        "Succeeded",
        "Running",
        [80],
    )
    assert state.containers[0].state == "Running"
    assert [event.name for event in state.containers[0].events][:2] == ["Pulling", "Pulled"]
    assert state.model.containers[0].instance_view.current_state.state == "Running"
    assert emulator["subscription_id"] in state.id
    [listed] = plane.list_groups(resource_group)
    assert (listed.name, listed.state, listed.containers[0].state) == ("web", None, None)
    assert [one.type for one in plane.list_resources(resource_group)] == ["Microsoft.ContainerInstance/containerGroups"]
    plane.restart_group(resource_group, "web")
    polled(lambda: provisioning_state(plane, resource_group) == "Succeeded")
    plane.stop_group(resource_group, "web")
    stopped = plane.get_group(resource_group, "web")
    assert stopped is not None
    assert stopped.state == "Stopped"
    plane.start_group(resource_group, "web")
    assert plane.delete_group(resource_group, "web") is True
    assert plane.get_group(resource_group, "web") is None
    assert plane.delete_group(resource_group, "web") is False


def test_exec_and_logs(plane: SdkControlPlane, resource_group: str) -> None:
    """A command runs in the container and what it prints comes back; so does the container's log."""
    answer = plane.put_group(resource_group, "web", DOCUMENT)
    until_up(plane, resource_group, answer.operation_url)
    session = plane.exec(resource_group, "web", "main", "/bin/hostname")
    assert plane.run_exec(session, timeout=20).output.strip()
    assert isinstance(plane.logs(resource_group, "web", "main", tail=1), str)


def test_resource_groups_are_found(plane: SdkControlPlane, resource_group: str) -> None:
    """A resource group is there by name, and in the list."""
    found = plane.get_resource_group(resource_group)
    assert found is not None
    assert (found.location, found.tags) == ("westeurope", {"DeleteAfter": "2030-01-01T00:00:00Z"})
    assert resource_group in [one.name for one in plane.list_resource_groups()]
    assert plane.put_resource_group(resource_group, "westeurope", {}).created is False
    assert plane.server_time() is not None


def test_tags_are_replaced_and_nothing_is_created(plane: SdkControlPlane, resource_group: str) -> None:
    """New tags go to a resource group that exists; for one that does not, ARM refuses, and there still is none."""
    plane.tag_resource_group(resource_group, {"team": "web"})
    found = plane.get_resource_group(resource_group)
    assert found is not None
    assert found.tags == {"team": "web"}
    with pytest.raises(ControlPlaneError, match="Could not tag resource group 'none': ResourceGroupNotFound"):
        plane.tag_resource_group("none", {"team": "web"})
    assert plane.get_resource_group("none") is None


def test_absent_things(plane: SdkControlPlane) -> None:
    """What is not there is told so, by every call that can."""
    assert plane.get_resource_group("none") is None
    assert plane.delete_resource_group("none") is False
    assert plane.get_group("none", "web") is None
    with pytest.raises(ControlPlaneError, match="Resource group 'none' could not be found"):
        plane.put_group("none", "web", DOCUMENT)


def test_provider_is_registered(plane: SdkControlPlane) -> None:
    """The registration of the resource provider can be looked at."""
    assert plane.provider_state() == "Registered"


def test_invalid_group_is_explained(plane: SdkControlPlane, resource_group: str) -> None:
    """A document that ACI refuses comes back with ACI's own words."""
    properties = {key: value for key, value in DOCUMENT["properties"].items() if key != "osType"}
    with pytest.raises(ControlPlaneError, match="osType") as caught:
        plane.put_group(resource_group, "web", {**DOCUMENT, "properties": properties})
    assert caught.value.failure == "invalid-request"


def test_provisioning_replays(emulator: ReadyLine, resource_group: str, tmp_path: Path) -> None:
    """What was recorded on the emulator replays through the same control plane, under the constants of cassettes."""
    redactor = Redactor()
    redactor.learn(emulator["url"], ARM)
    deck = Deck(tmp_path, writing=True, redactor=redactor, facts={"recorded_against": "emulator"})
    plane = SdkControlPlane(Connection.discover(emulator["url"], environment={}, deck=deck))
    with deck.using(deck.tape("tests/up")):
        answer = plane.put_group(resource_group, "web", DOCUMENT)
        recorded = until_up(plane, resource_group, answer.operation_url)
        printed = plane.run_exec(plane.exec(resource_group, "web", "main", "/bin/hostname"), timeout=20).output
        plane.delete_group(resource_group, "web")
    plane.close()
    deck.close()
    deck = Deck(tmp_path, writing=False, redactor=Redactor(), facts={})
    plane = SdkControlPlane(Connection.replay(deck))
    with deck.using(deck.tape("tests/up")):
        answer = plane.put_group(resource_group, "web", DOCUMENT)
        played = until_up(plane, resource_group, answer.operation_url)
        again = plane.run_exec(plane.exec(resource_group, "web", "main", "/bin/hostname"), timeout=20).output
        assert plane.delete_group(resource_group, "web") is True
    assert (answer.created, played.state, played.name) == (True, recorded.state, "web")
    assert again == printed
    assert played.ip is not None
    assert played.ip != recorded.ip


def test_auth_file_leads_to_the_emulator(emulator: ReadyLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An auth file whose endpoints are the emulator's is enough: its principal signs in over TLS and is used."""
    path = tmp_path / "auth.json"
    path.write_text(
        json.dumps(
            {
                "clientId": str(uuid.uuid4()),
                "clientSecret": "s",
                "subscriptionId": emulator["subscription_id"],
                "tenantId": emulator["tenant_id"],
                "activeDirectoryEndpointUrl": emulator["https_url"],
                "resourceManagerEndpointUrl": f"{emulator['https_url']}/",
            }
        )
    )
    path.chmod(0o600)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", emulator["ca_bundle"])
    connection = Connection.discover("azure", environment={"AZURE_AUTH_LOCATION": str(path)})
    assert (connection.base_url, connection.subscription_id) == (emulator["https_url"], emulator["subscription_id"])
    assert connection.credential is not None
    assert connection.tenant_id == emulator["tenant_id"]
    assert SdkControlPlane(connection).get_resource_group("none") is None


def test_tls_with_a_bundle(emulator: ReadyLine, resource_group: str) -> None:
    """The https address works with its CA bundle, websocket included, and without it the error names the variable."""
    connection = Connection.discover(emulator["https_url"], environment={}, verify=emulator["ca_bundle"])
    plane = SdkControlPlane(connection)
    answer = plane.put_group(resource_group, "web", DOCUMENT)
    until_up(plane, resource_group, answer.operation_url)
    session = plane.exec(resource_group, "web", "main", "/bin/hostname")
    assert session.uri.startswith("wss://")
    assert plane.run_exec(session, timeout=20).output.strip()
    plane.close()
    with pytest.raises(ControlPlaneError, match="Set REQUESTS_CA_BUNDLE"):
        Connection.discover(emulator["https_url"], environment={})

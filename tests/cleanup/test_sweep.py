from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm.connection import Connection
from pytest_aci.arm.failures import refusal
from pytest_aci.cleanup import sweep as module
from pytest_aci.cleanup.abandoned import recorded_runs
from pytest_aci.cleanup.ledger import Claim, Cover, Ledger
from pytest_aci.cleanup.ownership import Identity, proof_tags
from pytest_aci.cleanup.process import Process
from pytest_aci.cleanup.sweep import COULD_NOT_LOOK, look, main
from pytest_aci.errors import NoCredential
from tests.arm.fake_control_plane import FakeControlPlane

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
OLD, NEW, HERE = Identity("old", "a" * 16), Identity("new", "b" * 16), Identity("here", "c" * 16)
DEAD = Process(2**22 + 1, "1")
NOBODY = "00000000-0000-0000-0000-000000000000"


def tags(identity: Identity, hours: float) -> dict[str, str]:
    """The tags of a run that began so many hours before noon, with a lifetime of two hours."""
    return proof_tags(identity, now=NOON - timedelta(hours=hours), lifetime=7200, extra=())


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> FakeControlPlane:
    """An Azure with an expired and a living run of ours, and with groups of others."""
    plane = FakeControlPlane(now=lambda: NOON)
    plane.put_resource_group(OLD.resource_group, "westeurope", tags(OLD, 5))
    plane.put_group(OLD.resource_group, OLD.group("web"), {"location": "x", "properties": {"containers": []}})
    plane.put_resource_group(NEW.resource_group, "westeurope", tags(NEW, 1))
    plane.foreign("production", "web")
    plane.foreign("pytest-aci-mine", "web", tags=tags(OLD, 5))
    plane.calls.clear()
    monkeypatch.setattr("pytest_aci.arm.sdk.SdkControlPlane", lambda _, before_read: plane)
    monkeypatch.setattr(Connection, "discover", lambda *_, **__: Connection("https://arm.test", NOBODY))
    return plane


@pytest.fixture
def said() -> list[str]:
    """What the command has shown."""
    return []


def sweep(tmp_path: Path, said: list[str], *arguments: str) -> int:
    """Run the command with its state in *tmp_path*; the exit code."""
    return main(arguments, environment={"XDG_STATE_HOME": str(tmp_path)}, say=said.append)


def abandon(tmp_path: Path, identity: Identity, place: str, *claims: Claim, endpoint: str = "https://arm.test") -> None:
    """Write the ledger of a run that died on this machine."""
    ledger = Ledger(tmp_path / "pytest-aci" / "runs" / identity.run_id, cover=lambda: Cover(DEAD, endpoint, NOBODY))
    for claim in claims or (Claim("resource_group", place, place, "x"),):
        ledger.claim(claim)
        ledger.answer(claim)


def test_a_dry_run_deletes_nothing(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """Without --yes, the plan is shown with reasons, and the exit code says how many things are to go."""
    assert sweep(tmp_path, said) == 1
    assert said == [
        f"delete resource group {OLD.resource_group}: it expired at 2026-01-02T09:00:00Z",
        f"keep resource group {NEW.resource_group}: it may exist until 2026-01-02T13:00:00Z",
        "keep resource group pytest-aci-mine: its name is none that pytest-aci gives",
        "Considered 3 at https://arm.test; 1 to delete.",
        "Nothing was deleted. Delete with: pytest-aci sweep --yes",
    ]
    assert azure.verbs() == ["list_resource_groups"]


def test_the_command_that_deletes_has_what_was_given(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """Whoever copies it deletes what was shown, at the same place."""
    assert sweep(tmp_path, said, "--endpoint", "http://127.0.0.1:9", "--older-than", "30m") == 2
    assert said[-1].endswith("pytest-aci sweep --yes --endpoint http://127.0.0.1:9 --older-than 1800s")


def test_yes_deletes_what_expired(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """With --yes, what has expired is deleted, and nothing else."""
    assert sweep(tmp_path, said, "--yes") == 0
    assert set(azure.resource_groups) == {NEW.resource_group, "production", "pytest-aci-mine"}
    assert said[-1] == "Deleted 1, left 0."


def test_one_failure_does_not_stop_the_rest(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """A locked group is told, with the command that deletes it; the others are deleted, and the exit code counts it."""
    locked = refusal(doing="delete", code="ScopeLocked", message="locked", status=409, deleting=True)
    azure.fail("delete_resource_group", locked, times=99, target=OLD.resource_group)
    assert sweep(tmp_path, said, "--yes", "--older-than", "30m") == 1
    assert NEW.resource_group not in azure.resource_groups
    assert OLD.resource_group in azure.resource_groups
    assert f"    delete it with: az group delete --yes --name {OLD.resource_group}" in said[-2]


def test_a_list_that_fails_is_not_an_empty_one(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """When the groups can not be listed, nothing is deleted, and the exit code is one of its own."""
    azure.fail("list_resource_groups", refusal(doing="list", code="InternalServerError", message="oops", status=500))
    assert sweep(tmp_path, said, "--yes") == COULD_NOT_LOOK
    assert said[0].startswith("Could not look, so nothing was deleted: Could not list: InternalServerError")


def test_no_way_to_azure_is_not_one_thing_left(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can sign in, nothing was looked at, and the exit code says so."""

    def refuse(*_: object, **__: object) -> Connection:
        raise NoCredential(endpoint="https://arm.test", tried=[("AZURE_AUTH_LOCATION", "not set")])

    monkeypatch.setattr(Connection, "discover", refuse)
    assert sweep(tmp_path, said, "--yes") == COULD_NOT_LOOK
    assert said[0].startswith("Could not look, so nothing was deleted: No credential for https://arm.test")


def test_a_group_that_only_the_list_shows(
    azure: FakeControlPlane, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resource group that the list shows and a GET does not find is gone already."""
    monkeypatch.setattr(azure, "get_resource_group", lambda name: None)
    assert sweep(tmp_path, said, "--yes") == 0
    assert "delete_resource_group" not in azure.verbs()


def test_a_run_that_died_here(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """What a dead run of this machine has left goes before it expires, and the run is forgotten."""
    abandon(tmp_path, NEW, NEW.resource_group)
    assert sweep(tmp_path, said, "--yes") == 0
    assert NEW.resource_group not in azure.resource_groups
    assert said[0] == "run new ended without deleting 1 resource group(s) at https://arm.test"
    assert recorded_runs(tmp_path / "pytest-aci") == []


def test_a_dead_run_whose_things_are_gone_is_forgotten(
    azure: FakeControlPlane, tmp_path: Path, said: list[str]
) -> None:
    """When somebody else deleted what a dead run has left, sweeping settles its ledger."""
    abandon(tmp_path, HERE, HERE.resource_group)
    assert sweep(tmp_path, said, "--yes") == 0
    assert recorded_runs(tmp_path / "pytest-aci") == []


def test_what_a_dead_run_still_owes_is_told(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """A claim that the lists do not show, and that can not be looked up either, is left: once, and in the exit code."""
    abandon(tmp_path, HERE, HERE.resource_group)
    forbidden = refusal(doing="look", code="AuthorizationFailed", message="no", status=403)
    azure.fail("get_resource_group", forbidden, times=99, target=HERE.resource_group)
    assert sweep(tmp_path, said, "--yes") == 1
    assert f"left: resource group {HERE.resource_group}: Could not look: AuthorizationFailed" in said[-3]
    assert said[-1] == "Deleted 1, left 1."


def test_what_is_left_is_counted_once(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """What is condemned by its tags and by a ledger is one thing."""
    abandon(tmp_path, NEW, NEW.resource_group)
    locked = refusal(doing="delete", code="ScopeLocked", message="locked", status=409, deleting=True)
    azure.fail("delete_resource_group", locked, times=99)
    assert sweep(tmp_path, said, "--yes") == 2


def test_a_run_at_another_endpoint_is_none_of_ours(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """Emulators share their subscription: what a dead run left at one is not settled by sweeping another."""
    abandon(tmp_path, HERE, HERE.resource_group, endpoint="https://other.test")
    assert sweep(tmp_path, said, "--yes") == 0
    (run,) = recorded_runs(tmp_path / "pytest-aci")
    assert run.account.owed


def test_what_a_dead_run_left_in_a_borrowed_group(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """Container groups in somebody's resource group are found through the ledger; that group is not touched."""
    document = {"location": "x", "tags": tags(HERE, 1), "properties": {"containers": []}}
    azure.put_group("production", HERE.group("web"), document)
    abandon(tmp_path, HERE, "", Claim("container_group", HERE.group("web"), "production", "x"))
    assert sweep(tmp_path, said, "--yes") == 0
    assert ("production", HERE.group("web")) not in azure.groups
    assert ("production", "web") in azure.groups
    assert "production" in azure.resource_groups


def test_a_borrowed_group_can_be_named(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """With --resource-group, expired groups in it are found without any ledger."""
    document = {"location": "x", "tags": tags(OLD, 5), "properties": {"containers": []}}
    azure.put_group("production", OLD.group("web"), document)
    assert sweep(tmp_path, said, "--yes", "--resource-group", "production") == 0
    assert [key for key in azure.groups if key[0] == "production"] == [("production", "web")]


def test_one_run(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """With --run-id, only that run is deleted, before it expires; what other dead runs owe stays."""
    abandon(tmp_path, HERE, HERE.resource_group)
    assert sweep(tmp_path, said, "--yes", "--run-id", NEW.run_id) == 0
    assert OLD.resource_group in azure.resource_groups
    assert NEW.resource_group not in azure.resource_groups
    assert len(recorded_runs(tmp_path / "pytest-aci")) == 1


@pytest.mark.parametrize(("run_id", "used"), [(NEW.run_id, "earlier"), ("later", NEW.run_id)])
def test_a_living_run_is_left_alone_by_whatever_name_its_endpoint_goes(
    azure: FakeControlPlane, tmp_path: Path, said: list[str], run_id: str, used: str
) -> None:
    """What a run that goes on here has made or uses again stays, also if it knows this endpoint by another name."""
    cover = Cover(Process.current(), "https://arm.test.", NOBODY)
    Ledger(tmp_path / "pytest-aci" / "runs" / run_id, cover=lambda: cover).use(used)
    assert sweep(tmp_path, said, "--yes", "--older-than", "1s") == 0
    assert sweep(tmp_path, said, "--yes", "--run-id", NEW.run_id) == 0
    assert NEW.resource_group in azure.resource_groups
    assert OLD.resource_group not in azure.resource_groups


def test_locks_are_never_removed(azure: FakeControlPlane, tmp_path: Path, said: list[str]) -> None:
    """Sweeping knows four requests: two lists, a look and a deletion."""
    sweep(tmp_path, said, "--yes")
    assert set(azure.verbs()) == {
        "list_resource_groups",
        "get_resource_group",
        "list_resources",
        "delete_resource_group",
    }


def test_the_servers_clock_decides(azure: FakeControlPlane) -> None:
    """A clock of this machine that is years ahead makes nothing expire."""
    assert [one.is_to_go for one in look(azure, [], [])] == [True, False, False]


def test_the_endpoint_may_stand_in_the_environment() -> None:
    """Endpoint and subscription come from the same variables as a run's."""
    chosen = module.parser({"PYTEST_ACI_ENDPOINT": "http://127.0.0.1:9"}).parse_args([])
    assert chosen.endpoint == "http://127.0.0.1:9"
    assert chosen.older_than is None

"""The state file: what a killed emulator knew, its successor knows."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.persistence import StateFile, StateFileError, StateFileInUseError

from .running import Running, container, group_document

if TYPE_CHECKING:
    from pathlib import Path


def test_groups_survive(tmp_path: Path) -> None:
    """A successor lists the resource groups and container groups with their tags, for a sweep to find them."""
    path = tmp_path / "state"
    with Running(journal=StateFile(path)) as first:
        client = first.client()
        client.make_rg("rg", tags={"DeleteAfter": "2026-01-01T00:00:00Z"})
        client.poll(client.make_group("rg", "web", group_document(tags={"owner": "me"})))
    with Running(journal=StateFile(path)) as second:
        client = second.client()
        found = client.ask("GET", client.rg("").rstrip("/")).json()["value"]
        groups = client.ask("GET", client.cg("rg", "").rstrip("/")).json()["value"]
        assert [(each["name"], each["tags"]) for each in found] == [("rg", {"DeleteAfter": "2026-01-01T00:00:00Z"})]
        assert [(each["name"], each["tags"]) for each in groups] == [("web", {"owner": "me"})]


def test_what_ran_has_lost_its_host(tmp_path: Path) -> None:
    """A group that ran is shown as after a host failure, since its processes died, too; a start brings it back."""
    path = tmp_path / "state"
    with Running(journal=StateFile(path)) as first:
        client = first.client()
        client.make_rg("rg")
        client.poll(client.make_group("rg", "web"))
    with Running(journal=StateFile(path)) as second:
        client = second.client()
        group = client.get_group("rg", "web")["properties"]
        assert (group["provisioningState"], group["instanceView"]["state"]) == ("Repairing", "Unknown")
        view = group["containers"][0]["properties"]["instanceView"]
        assert view["currentState"]["detailStatus"] == "Infrastructure Error"
        assert view["previousState"]["state"] == "Running"
        client.poll(client.ask("POST", client.cg("rg", "web", "/start")))
        assert client.get_group("rg", "web")["properties"]["instanceView"]["state"] == "Running"


def test_put_brings_back_what_lost_its_host(tmp_path: Path) -> None:
    """The same PUT again is enough to run a group anew that a killed emulator has left behind."""
    path = tmp_path / "state"
    with Running(journal=StateFile(path)) as first:
        client = first.client()
        client.make_rg("rg")
        client.poll(client.make_group("rg", "web"))
    with Running(journal=StateFile(path)) as second:
        client = second.client()
        assert client.poll(client.make_group("rg", "web"))["status"] == "Succeeded"
        group = client.get_group("rg", "web")["properties"]
        assert (group["provisioningState"], group["instanceView"]["state"]) == ("Succeeded", "Running")


def test_what_had_ended_is_as_it_was(tmp_path: Path) -> None:
    """An ended task and a stopped group come back unchanged, to the last event."""
    path = tmp_path / "state"
    with Running(journal=StateFile(path)) as first:
        client = first.client()
        client.make_rg("rg")
        task = group_document(container(command=["exit", "2"]), restartPolicy="Never")
        client.poll(client.make_group("rg", "task", task))
        client.until("rg", "task", lambda group: group["properties"]["instanceView"]["state"] == "Failed")
        client.poll(client.make_group("rg", "web"))
        client.ask("POST", client.cg("rg", "web", "/stop"))
        before = [client.get_group("rg", name) for name in ("task", "web")]
    with Running(journal=StateFile(path)) as second:
        client = second.client()
        assert [client.get_group("rg", name) for name in ("task", "web")] == before
        logs = client.ask("GET", client.cg("rg", "web", "/containers/main/logs")).json()
        assert logs == {"content": "started\n"}


def test_secrets_survive(tmp_path: Path) -> None:
    """A group that is started again has its secure values, though no answer ever shows them."""
    path = tmp_path / "state"
    with Running(journal=StateFile(path)) as first:
        client = first.client()
        client.make_rg("rg")
        env = [{"name": "KEY", "secureValue": "hidden"}]
        client.poll(client.make_group("rg", "web", group_document(container(environmentVariables=env))))
        client.ask("POST", client.cg("rg", "web", "/stop"))
    with Running(journal=StateFile(path)) as second:
        client = second.client()
        client.poll(client.ask("POST", client.cg("rg", "web", "/start")))
        assert second.runtime.opened[0].processes["main"].plan.env == {"KEY": "hidden"}


def test_deleted_things_stay_deleted(tmp_path: Path) -> None:
    """What was deleted, or was being deleted, does not come back."""
    path = tmp_path / "state"
    with Running(journal=StateFile(path)) as first:
        client = first.client()
        for name in ("gone", "going"):
            client.make_rg(name)
            client.poll(client.make_group(name, "web"))
        client.wait_deleted(client.ask("DELETE", client.rg("gone")))
        with first.injected("deletion", outcome="stuck"):
            client.ask("DELETE", client.rg("going"))
    with Running(journal=StateFile(path)) as second:
        client = second.client()
        assert client.ask("GET", client.rg("").rstrip("/")).json() == {"value": []}
        assert second.cloud.store.groups() == []


def test_one_owner(tmp_path: Path) -> None:
    """A second emulator on the same file is refused with a sentence; after the first has closed it may have it."""
    path = tmp_path / "state"
    first = StateFile(path)
    with pytest.raises(StateFileInUseError, match=rf"the state file {path} belongs to another emulator that runs"):
        StateFile(path)
    first.close()
    StateFile(path).close()


def test_what_is_no_state_file(tmp_path: Path) -> None:
    """A directory, and a file with something else in it, are refused with a sentence and left as they are."""
    path = tmp_path / "notes"
    path.write_text("dear diary, " * 100)
    for wrong, reason in ((path, "file is not a database"), (tmp_path, "unable to open database file")):
        mode = wrong.stat().st_mode
        with pytest.raises(StateFileError) as refused:
            StateFile(wrong)
        assert str(refused.value) == (
            f"the state file {wrong} can not be used ({reason}); name another file, or one that does not exist"
        )
        assert wrong.stat().st_mode == mode
    assert path.read_text() == "dear diary, " * 100


def test_database_of_something_else(tmp_path: Path) -> None:
    """A database that is not the emulator's, or of another version of it, is refused and not a byte of it changes."""
    other, newer = tmp_path / "other", tmp_path / "newer"
    _change(other, "CREATE TABLE resources (x INTEGER)")
    StateFile(newer).close()
    _change(newer, "PRAGMA user_version = 2")
    for path, reason in (
        (other, "it is a database of something else"),
        (newer, "it is of version 2, which this emulator, of version 1, can not read"),
    ):
        before = path.read_bytes()
        with pytest.raises(StateFileError) as refused:
            StateFile(path)
        assert str(refused.value) == (
            f"the state file {path} can not be used ({reason}); name another file, or one that does not exist"
        )
        assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            "INSERT INTO resources VALUES ('x', 'resource group', '{\"odd\": 1}')",
            r".*unexpected keyword argument 'odd'",
        ),
        ("INSERT INTO resources VALUES ('x', 'container group', '{}')", "'events'"),
        ("INSERT INTO resources VALUES ('x', 'resource group', 'dear diary')", "Expecting value: .*"),
        ("DROP TABLE resources", "no such table: resources"),
    ],
)
def test_state_that_can_not_be_understood(tmp_path: Path, statement: str, reason: str) -> None:
    """What no emulator of this version has written is refused with a sentence, and the file is given free."""
    path = tmp_path / "state"
    StateFile(path).close()
    _change(path, statement)
    with pytest.raises(StateFileError, match=rf"can not be used \(it holds what can not be understood: {reason}\);"):
        StateFile(path).load()
    StateFile(path).close()


def _change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """The file holds what clients sent, so nobody else may read it."""
    path = tmp_path / "state"
    path.touch(mode=0o644)
    StateFile(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

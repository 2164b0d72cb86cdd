from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_aci.cleanup.abandoned import RecordedRun, recorded_runs
from pytest_aci.cleanup.heir import REPORT
from pytest_aci.cleanup.ledger import Account, Claim, Cover, Ledger
from pytest_aci.cleanup.ownership import iso
from pytest_aci.cleanup.process import Process

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "pytest-aci-0123456789abcdef"
HOME = Claim("resource_group", PLACE, PLACE, "x")
WEB = Claim("container_group", "web-0123456789abcdef", PLACE, "x")
DEAD = Process(2**22 + 1, "1")


def write(state: Path, run_id: str, owner: Process, *claims: Claim, endpoint: str = "https://arm.test") -> Ledger:
    """Write the ledger of a run; the ledger."""
    ledger = Ledger(state / "runs" / run_id, cover=lambda: Cover(owner, endpoint, "sub"))
    for claim in claims:
        ledger.claim(claim)
    return ledger


def test_a_dead_run_that_owes_is_abandoned(tmp_path: Path) -> None:
    """A run whose owner is dead and that has open claims is abandoned, and says what it owes and where."""
    write(tmp_path, "one", DEAD, HOME, WEB)
    (run,) = recorded_runs(tmp_path)
    assert run.is_abandoned
    assert str(run) == (
        "run one ended without deleting 1 resource group(s) and 1 container group(s) at https://arm.test"
    )


def test_an_emulator_that_has_ended_is_out_of_reach(tmp_path: Path) -> None:
    """What was at an emulator on this machine can not be swept once nothing listens there; Azure always listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        tomorrow = iso(datetime.now(UTC) + timedelta(days=1))
        write(tmp_path, "one", DEAD, replace(HOME, expires=tomorrow), endpoint=url)
        write(tmp_path, "two", DEAD, HOME)
        assert [run.is_out_of_reach for run in recorded_runs(tmp_path)] == [False, False]
    assert [run.is_out_of_reach for run in recorded_runs(tmp_path)] == [True, False]
    assert [run.was_local for run in recorded_runs(tmp_path)] == [True, False]


def test_a_living_run_is_not_abandoned(tmp_path: Path) -> None:
    """A run that goes on owes what it has claimed, and nobody speaks of it."""
    write(tmp_path, "one", Process.current(), HOME)
    (run,) = recorded_runs(tmp_path)
    assert run.is_alive
    assert not run.is_abandoned


def test_a_run_that_owes_nothing_is_forgotten(tmp_path: Path) -> None:
    """When a dead run has paid everything, its folder is removed."""
    write(tmp_path, "one", DEAD, HOME).settle(HOME)
    assert recorded_runs(tmp_path) == []
    assert not (tmp_path / "runs" / "one").exists()


def test_a_run_of_another_container_is_left_alone(tmp_path: Path) -> None:
    """A run that shares the state folder and not the machine may be alive: it is neither reported nor forgotten."""
    elsewhere = Process(2**22 + 1, "1", "another/another/another")
    write(tmp_path, "one", elsewhere, HOME)
    write(tmp_path, "two", elsewhere, WEB).settle(WEB)
    one, two = recorded_runs(tmp_path)
    assert not one.is_alive
    assert not one.is_abandoned
    assert two.folder.exists()


def test_a_run_that_begins_is_left_alone(tmp_path: Path) -> None:
    """A folder without a ledger is that of a run that has not claimed anything yet; after a day it is nobody's."""
    folder = tmp_path / "runs" / "one"
    (folder / "shared").mkdir(parents=True)
    (run,) = recorded_runs(tmp_path)
    assert not run.is_abandoned
    os.utime(folder, (0, 0))
    assert recorded_runs(tmp_path) == []
    assert not folder.exists()


def test_a_run_that_ends_just_now_is_over(tmp_path: Path) -> None:
    """Its folder may go while others look at it."""
    assert RecordedRun("one", tmp_path / "gone", Account(), ()).is_settled


@pytest.mark.parametrize(
    ("endpoint", "is_owed"), [("http://127.0.0.1:9", False), ("https://arm.test", True)], ids=["here", "remote"]
)
def test_what_expired_on_this_machine_is_forgotten(tmp_path: Path, endpoint: str, is_owed: bool) -> None:
    """An emulator may have ended long ago, and nobody could ever settle what was claimed there; Azure stays."""
    write(tmp_path, "one", DEAD, replace(HOME, expires="2026-01-02T12:00:00Z"), endpoint=endpoint)
    assert [run.is_abandoned for run in recorded_runs(tmp_path)] == [True] * is_owed


def test_what_is_kept_on_purpose_is_not_abandoned(tmp_path: Path) -> None:
    """A run that kept its groups for inspection owes nothing: it is not reported, and forgotten when it is over."""
    write(tmp_path, "one", Process.current(), HOME).keep(HOME)
    write(tmp_path, "two", DEAD, WEB).keep(WEB)
    (run,) = recorded_runs(tmp_path)
    assert run.run_id == "one"
    assert not run.is_abandoned


def test_an_emulator_of_the_runs_own_takes_everything_along(tmp_path: Path) -> None:
    """What a dead run had in an emulator that ended with it does not exist any more."""
    write(tmp_path, "one", DEAD, HOME, endpoint="")
    assert recorded_runs(tmp_path) == []


def test_what_is_remarkable_is_told(tmp_path: Path) -> None:
    """Lines of a ledger that can not be read are named, and what the watchdog could not do is kept."""
    write(tmp_path, "one", DEAD, HOME)
    folder = tmp_path / "runs" / "one"
    (folder / "7.jsonl").write_text('\n{"event": "cla')
    (folder / REPORT).write_text("it was locked\n")
    assert recorded_runs(tmp_path)[0].remarks == [
        f"7.jsonl:2 in {folder} is no line of a ledger, and is skipped",
        "its watchdog: it was locked",
    ]


@pytest.mark.parametrize(("pid", "is_alive"), [(Process.current().pid, True), (DEAD.pid, False)], ids=["alive", "dead"])
def test_without_a_first_line_the_files_name_tells(tmp_path: Path, pid: int, is_alive: bool) -> None:
    """When the first line of a ledger is lost, the process whose number the file has is who wrote it."""
    line = {"event": "claim", "kind": HOME.kind, "name": PLACE, "resource_group": PLACE, "expires": "x"}
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    (folder / f"{pid}.jsonl").write_text("torn\n" + json.dumps(line) + "\n")
    assert recorded_runs(tmp_path)[0].is_alive is is_alive

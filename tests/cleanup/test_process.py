from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aci.cleanup.process import Process


def test_this_process_is_alive() -> None:
    """The process that asks is current and alive, and keeps both through its text form."""
    process = Process.from_text(Process.current().to_text())
    assert process == Process.current()
    assert process.is_current
    assert process.is_alive


def test_an_ended_process_is_dead() -> None:
    """A process that has been waited for is not alive, whatever its number."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = Process(child.pid)
    child.wait()
    assert not process.is_alive


@pytest.mark.skipif(sys.platform != "linux", reason="start times are read from /proc")
def test_a_zombie_is_dead() -> None:
    """A process that has ended is not alive, even if its parent has not noticed."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.stdin
    fields = Path(f"/proc/{child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    process = Process(child.pid, fields[19])
    assert process.is_alive
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.is_alive
    child.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="start times are read from /proc")
def test_a_reused_number_is_another_process() -> None:
    """A process of the same number that started at another time is not the one that is meant."""
    assert not Process(os.getpid(), "1").is_alive


@pytest.mark.parametrize(
    ("part", "is_dead"), [(0, True), (1, False), (2, False)], ids=["restart", "container", "machine"]
)
def test_nothing_is_known_of_a_process_elsewhere(part: int, is_dead: bool) -> None:
    """One in another container, or on another machine, is neither alive nor dead; one from before a restart is dead."""
    here = Process.current()
    place = here.place.split("/")
    place[part] = "another"
    elsewhere = Process.from_text(replace(here, place="/".join(place)).to_text())
    assert not elsewhere.is_alive
    assert elsewhere.is_dead is is_dead


def test_what_an_older_version_wrote_is_here() -> None:
    """A process without a place is judged by its number, as it always was."""
    here = Process.current()
    assert Process.from_text(f"{here.pid}@{here.started}").is_alive
    assert Process.from_text(f"{here.pid}@1").is_dead


def test_a_process_of_somebody_else_is_alive() -> None:
    """A process that may not be signalled, such as init for most users, is alive."""
    assert Process(1).is_alive


def test_a_wrong_text_is_refused() -> None:
    """What is not a process's text is a ValueError."""
    with pytest.raises(ValueError, match="invalid literal"):
        Process.from_text("soon@noon")

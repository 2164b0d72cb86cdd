from __future__ import annotations

from dataclasses import replace

from pytest_aci.reporting.progress import LiveLine, LogLines, phase_of
from tests.reporting.courses import BEGIN, story

REQUESTED = story("web", state="", requested=0)
WEB = replace(REQUESTED, deployment="Creating")
DATABASE = story("database", state="", requested=2, pulling=5)
READY = story("web", requested=0, ready=16)


def test_the_phase_is_the_latest_thing_known() -> None:
    """What ACI calls a deployment, until its events tell more."""
    assert [phase_of(one) for one in (WEB, DATABASE, READY)] == ["creating", "pulling", "ready"]
    assert phase_of(replace(WEB, deployment="")) == "requested"
    assert phase_of(story("web", requested=0, pulling=3, failed=9)) == "failed"


def test_a_live_line_is_drawn_below_the_results_and_taken_away() -> None:
    """Pytest goes on writing where it stood, as if nothing had been there."""
    line = LiveLine(column=15, width=80)
    assert line.tick([WEB, DATABASE], BEGIN + 12) == "\n\r\x1b[2Kaci: web creating 12 s, database pulling 10 s"
    assert line.tick([READY, DATABASE], BEGIN + 17) == "\r\x1b[2Kaci: database pulling 15 s"
    assert line.close() == "\r\x1b[2K\x1b[1A\x1b[15C"
    assert line.close() == ""


def test_a_live_line_never_wraps() -> None:
    """A line that wrapped could not be taken away."""
    drawn = LiveLine(column=0, width=30).tick([WEB, DATABASE], BEGIN + 12)
    assert drawn == "\n\r\x1b[2Kaci: web creating 12 s, data…"


def test_nothing_is_drawn_while_nothing_is_awaited() -> None:
    """A resource group may be what is waited for, of which there is no story."""
    line = LiveLine(column=3, width=80)
    assert (line.tick([READY], BEGIN + 20), line.close()) == ("", "")


def test_a_log_gets_a_line_per_change() -> None:
    """A CI log keeps everything, so nothing is said twice; the first line does not hang on pytest's dots."""
    log = LogLines({}, column=7)
    assert log.tick([WEB], BEGIN + 2) == "\naci: web: creating after 2.0 s\n"
    assert log.tick([WEB], BEGIN + 3) == ""
    assert log.tick([READY, DATABASE], BEGIN + 17) == (
        "aci: web: ready after 16 s\naci: database: pulling after 15 s\n"
    )
    assert log.close() == ""


def test_a_log_does_not_tell_of_what_nobody_waited_for() -> None:
    """What was ready before the wait began is no news."""
    assert LogLines({}).tick([READY], BEGIN + 20) == ""


def test_a_log_does_not_tell_of_what_is_ready_at_once() -> None:
    """Two lines about half a second would tell nothing."""
    log = LogLines({})
    assert log.tick([WEB], BEGIN + 0.6) == log.tick([story("web", requested=0, ready=0.7)], BEGIN + 1) == ""


def test_what_was_told_once_is_told_to_its_end() -> None:
    """Another wait, later, tells what became of a group that the first one had to leave."""
    told: dict[str, str] = {}
    assert LogLines(told).tick([WEB], BEGIN + 2) == "aci: web: creating after 2.0 s\n"
    assert LogLines(told).tick([READY], BEGIN + 40) == "aci: web: ready after 16 s\n"

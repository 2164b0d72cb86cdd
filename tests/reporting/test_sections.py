from __future__ import annotations

from dataclasses import replace

from pytest_aci.reporting.sections import section, title
from tests.provisioning.builders import container, event, group
from tests.reporting.courses import story

WEB = story("web", requested=0, ready=16.4)
STATE = group(
    container(
        events=(event("pulling image", "Pulling"), event("Back-off restarting", "BackOff", count=4)), restart_count=1
    ),
    container("Terminated", "proxy", exit_code=3),
)


def test_a_section_tells_state_events_and_logs() -> None:
    """All that a reader of a failure would look up in the portal, container by container."""
    assert section(WEB, STATE, {"main": "one\ntwo\nthree\n", "proxy": ""}, lines=2) == (
        "Running (main Running, proxy Terminated with exit code 3), westeurope, ready after 16 s\n"
        "main: mcr.microsoft.com/web:1, 1 restarts\n"
        "  event: Pulling: pulling image\n"
        "  event: BackOff: Back-off restarting (4 times)\n"
        "  log:\n"
        "    two\n"
        "    three\n"
        "proxy: mcr.microsoft.com/web:1\n"
        "  log: empty"
    )


def test_events_of_the_group_itself_are_told() -> None:
    """Such as a lack of capacity, which is no container's."""
    assert "event: InsufficientCapacity.: no room" in section(
        WEB, replace(STATE, events=(event("no room", "InsufficientCapacity."),)), {}, lines=2
    )


def test_a_replay_says_that_it_is_one() -> None:
    """Nothing is asked that was not recorded, and how long a replay took tells nothing."""
    told = section(WEB, STATE, {"main": "ready\n"}, lines=5, is_replay=True)
    assert told.startswith("Running (main Running, proxy Terminated with exit code 3), westeurope, as recorded\n")
    assert "    ready" in told
    assert "  log: not read in this replay; run live to see it" in told


def test_logs_that_could_not_be_read_are_told() -> None:
    """They are missing, not empty."""
    assert "  log: could not be read" in section(WEB, STATE, {}, lines=5)


def test_logs_can_be_left_out() -> None:
    """--aci-log-lines=0."""
    assert "log" not in section(WEB, STATE, {"main": "one\n"}, lines=0)


def test_a_group_that_was_never_seen_tells_what_is_known() -> None:
    """Why it failed, or how far its deployment had come."""
    refused = replace(story("web", requested=0, failure="It was refused."), deployment="")
    assert section(refused, None, {}, lines=5) == "It was refused., westeurope"
    coming = replace(story("web", requested=0), deployment="Creating")
    assert section(coming, None, {}, lines=5) == "Creating, westeurope"
    assert section(replace(coming, deployment=""), None, {}, lines=5) == "requested, and not seen since, westeurope"


def test_a_heading_names_fixture_and_group() -> None:
    """The one is in the test, the other in the portal."""
    assert title(WEB) == "aci: web (web-0123456789abcdef)"
    assert title(replace(WEB, label="")) == "aci: web-0123456789abcdef"

"""Section B: states, events and cases over a group's life."""

# ruff: noqa: E501 # one fact is one row, however long

# one fact is one row, however long

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from .facts import ABSENT, Fact, body, each, facts, status

if TYPE_CHECKING:
    from .scenes import Scenes

P = "properties"
VIEW = (P, "containers", 0, P, "instanceView")
INIT = (P, "initContainers", 0, P, "instanceView")
NOW, BEFORE, EVENTS = (*VIEW, "currentState"), (*VIEW, "previousState"), (*VIEW, "events")
STATE, PROVISIONING = (P, "instanceView", "state"), (P, "provisioningState")
DIGEST = r"[\w./-]+@sha256:[0-9a-f]{64}"


def like(pattern: str) -> Any:
    """Hold for a text that matches as a whole."""
    return lambda seen: re.fullmatch(pattern, seen) is not None


def event(name: str, field: str, *path: str | int) -> Any:
    """A field of the first event of that name."""
    read = body(*(path or EVENTS))
    return lambda answer: next(entry[field] for entry in read(answer) if entry["name"] == name)


def names(answer: Any) -> set[str]:
    """The names of the events."""
    return {entry["name"] for entry in body(*EVENTS)(answer)}


def changed_ip(told: Any) -> bool:
    """Whether the address changed over stop and start."""
    return bool(told["running"][P]["ipAddress"]["ip"] != told["started"][P]["ipAddress"]["ip"])


def kept_ip(told: Any) -> bool:
    """Whether the address is the same before and after the restart."""
    return bool(told["started"][P]["ipAddress"]["ip"] == told["restarted"][P]["ipAddress"]["ip"])


def kept_fqdn(told: Any) -> bool:
    """Whether the name in DNS is the same all the time."""
    return len({told[each][P]["ipAddress"]["fqdn"] for each in ("running", "stopped", "started", "restarted")}) == 1


def later_start(told: Any) -> bool:
    """Whether the start after the stop is a new one."""
    # Not as texts: zeros at the end of a fraction are left out.
    first, second = (datetime.fromisoformat(body(*NOW, "startTime")(told[each])) for each in ("running", "started"))
    return first < second


def counts_of_events(told: Any) -> list[int]:
    """How many events there are in each chapter."""
    return [len(body(*EVENTS)(told[each])) for each in ("running", "stopped", "started", "restarted")]


FACTS = [
    *facts(
        "B1",
        ("PUT answer: Pending", "bare_new", body(*PROVISIONING), "Pending"),
        ("PUT answer: state Pending", "bare_new", body(*STATE), "Pending"),
        ("PUT answer: containers' views absent", "bare_new", body(*VIEW), ABSENT),
        ("while creating: Pending or Creating", "story_starting", body(*PROVISIONING),
         lambda seen: seen in ("Pending", "Creating")),
        ("while creating: state Pending", "story_starting", body(*STATE), "Pending"),
        ("running: Succeeded", "rich", body(*PROVISIONING), "Succeeded"),
        ("running: Running", "rich", body(*STATE), "Running"),
        ("running: containers Running", "rich", body(*NOW, "state"), "Running"),
        ("one of two exited, Never: Succeeded", "half_ended", body(*PROVISIONING), "Succeeded"),
        ("one of two exited, Never: Running", "half_ended", body(*STATE), "Running"),
        ("one of two exited, Never: Terminated", "half_ended", body(*NOW, "state"), "Terminated"),
        ("one of two exited, Never: the other Running", "half_ended",
         body(P, "containers", 1, P, "instanceView", "currentState", "state"), "Running"),
        ("task exit 0: provisioning Succeeded", "task_zero", body(*PROVISIONING), "Succeeded"),
        ("task exit 0: state Succeeded", "task_zero", body(*STATE), "Succeeded"),
        ("task exit 0, OnFailure: state Succeeded", "task_zero_on_failure", body(*STATE), "Succeeded"),
        ("task exit 2: provisioning Succeeded", "task_two", body(*PROVISIONING), "Succeeded"),
        ("task exit 2: state Failed", "task_two", body(*STATE), "Failed"),
        ("task exit 2: the operation Succeeded", "task_two_operation", body("status"), "Succeeded"),
        ("crash loop: provisioning Succeeded", "crash_loop", body(*PROVISIONING), "Succeeded"),
        ("crash loop: state Running", "crash_loop", body(*STATE), "Running"),
        ("crash loop: Waiting", "crash_loop", body(*NOW, "state"), "Waiting"),
        ("stopped: provisioning Succeeded", "story_stopped", body(*PROVISIONING), "Succeeded"),
        ("stopped: state Stopped", "story_stopped", body(*STATE), "Stopped"),
        ("stopped: Terminated", "story_stopped", body(*NOW, "state"), "Terminated"),
        ("stopped: no exitCode", "story_stopped", body(*NOW, "exitCode"), ABSENT),
        ("stopped: no startTime", "story_stopped", body(*NOW, "startTime"), ABSENT),
        ("stopped: detail", "story_stopped", body(*NOW, "detailStatus"), "Container stopped per client request"),
        ("stopped: previousState", "story_stopped", body(*BEFORE), {"state": "Waiting", "detailStatus": "Waiting to run"}),
        ("host failure: Repairing", "host_failure", body(*PROVISIONING), "Repairing"),
        ("host failure: Unknown", "host_failure", body(*STATE), "Unknown"),
        ("host failure: Terminated", "host_failure", body(*NOW), {"state": "Terminated", "detailStatus": "Infrastructure Error"}),
        ("host failure: ip vanishes", "host_failure", body(P, "ipAddress", "ip"), ABSENT),
        ("deploy failed: provisioning Failed", "unstartable", body("group", *PROVISIONING), "Failed"),
        ("deploy failed: state Pending", "unstartable", body("group", *STATE), "Pending"),
        ("deploy failed: Waiting", "unstartable", body("group", *NOW, "state"), "Waiting"),
    ),
    *facts(
        "B2",
        ("Pulling names the digest", "rich", event("Pulling", "message"), like(f'pulling image "{DIGEST}"')),
        ("Pulling does not name the tag", "rich", event("Pulling", "message"), lambda seen: ":latest" not in seen),
        ("Pulling is Normal", "rich", event("Pulling", "type"), "Normal"),
        ("Pulled names the digest", "rich", event("Pulled", "message"),
         like(f'Successfully pulled image "{DIGEST}"')),
        ("Pulled is Normal", "rich", event("Pulled", "type"), "Normal"),
        ("no Created event", "rich", names, {"Pulling", "Pulled", "Started"}),
        ("Started", "rich", event("Started", "message"), "Started container"),
        ("Started is Normal", "rich", event("Started", "type"), "Normal"),
        ("Killing on a natural exit", "task_zero", event("Killing", "message"),
         like(r"Killing container with id [0-9a-f]{64}\.")),
        ("Killing on a stop", "story_stopped", event("Killing", "message"),
         like(r"Killing container with id [0-9a-f]{64}\.")),
        ("Killing is Normal", "task_zero", event("Killing", "type"), "Normal"),
        ("BackOff", "crash_loop", event("BackOff", "message"), "Back-off restarting failed container"),
        ("BackOff is a Warning", "crash_loop", event("BackOff", "type"), "Warning"),
        ("Failed to start is a Warning", "unstartable", event("Failed", "type", "group", *EVENTS), "Warning"),
        ("in-place restarts are counted", "crash_loop", event("Started", "count"), lambda seen: seen >= 3),
        ("in-place restarts keep one entry", "crash_loop",
         lambda answer: [entry["name"] for entry in body(*EVENTS)(answer)].count("Started"), 1),
        ("stop, start and restart append entries", "story", counts_of_events, [3, 4, 7, 11]),
        ("appended entries have count 1", "story_restarted", each("count", *EVENTS), [1] * 11),
        ("init containers: own events", "story_running", each("name", *INIT, "events"),
         ["Pulling", "Pulled", "Started", "Killing"]),
        ("init containers: Terminated", "story_running", body(*INIT, "currentState", "state"), "Terminated"),
        ("init containers: Completed", "story_running", body(*INIT, "currentState", "detailStatus"), "Completed"),
        ("init containers: restartCount 0", "story_running", body(*INIT, "restartCount"), 0),
        ("group events are []", "rich", body(P, "instanceView", "events"), []),
    ),
    *facts(
        "B3",
        ("long-running: only three keys", "rich", body(*NOW, "detailStatus"), ""),
        ("exit 0: code", "task_zero", body(*NOW, "exitCode"), 0),
        ("exit 0: Completed", "task_zero", body(*NOW, "detailStatus"), "Completed"),
        ("exit 0: finishTime", "task_zero", body(*NOW, "finishTime"), like(r"[\d-]+T[\d:.]+Z")),
        ("exit n: code", "task_two", body(*NOW, "exitCode"), 2),
        ("exit n: Error", "task_two", body(*NOW, "detailStatus"), "Error"),
        ("exit n, Never: restartCount 0", "task_two", body(*VIEW, "restartCount"), 0),
        ("crash loop: restartCount grows", "crash_loop", body(*VIEW, "restartCount"), lambda seen: seen >= 2),
        ("crash loop: detail", "crash_loop", body(*NOW, "detailStatus"),
         like(r"CrashLoopBackOff: Back-off \d+s restarting failed")),
        ("crash loop: previousState is the last end", "crash_loop", body(*BEFORE, "state"), "Terminated"),
        ("crash loop: previousState's code", "crash_loop", body(*BEFORE, "exitCode"), 1),
        ("crash loop, Always, exit 0, too", "loop_of_zero", body(*VIEW, "restartCount"), lambda seen: seen >= 1),
        ("crash loop, OnFailure, for a non-zero exit", "loop_on_failure", body(*VIEW, "restartCount"), lambda seen: seen >= 1),
        ("OnFailure does not restart exit 0", "task_zero_on_failure", body(*VIEW, "restartCount"), 0),
        ("container cannot be created: message", "unstartable", body("operation", "error", "message"),
         like(r"Error: Failed to start container main, Error response: to create containerd task: .+")),
        ("stop -> start: ip changes", "story", changed_ip, True),
        ("stop -> start: fqdn stays", "story", kept_fqdn, True),
        ("stop -> start: a new startTime", "story", later_start, True),
        ("stop -> start: init containers run again", "story_started", each("name", *INIT, "events"),
         ["Pulling", "Pulled", "Started", "Killing"] * 2),
        ("stop -> start: restartCount stays 0", "story_started", body(*VIEW, "restartCount"), 0),
        ("stop -> start: Running", "story_started", body(*STATE), "Running"),
        ("stopped: no ip", "story_stopped", body(P, "ipAddress", "ip"), ABSENT),
        ("restart: ip kept", "story", kept_ip, True),
        ("restart: restartCount kept", "story_restarted", body(*VIEW, "restartCount"), 0),
        ("restart: pulls again", "story_restarted", lambda group: [
            entry["name"] for entry in body(*EVENTS)(group)].count("Pulling"), 3),
        ("restart: init containers run again", "story_restarted", lambda group: len(body(*INIT, "events")(group)), 12),
        ("restart of a stopped group: refused", "story_restart_stopped", body("error", "message"),
         "Container Group 'story' in resource group 'plain' is stopped"),
        ("stop while it starts: 409", "story_stop_in_transition", status, 409),
        ("start of a running group: succeeds", "story_start_running_operation", body("status"), "Succeeded"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("fact", FACTS)
def test_fact(scenes: Scenes, fact: Fact) -> None:
    """The emulator answers as the fact sheet says at this place."""
    fact.check(scenes)

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.distributed import is_controller, is_worker
from pytest_aci.plugin.options import SETTINGS

if TYPE_CHECKING:
    from pytest_aci.provisioning.chronicle import Story
    from pytest_aci.reporting.course import Course, Span

SPANS: pytest.StashKey[dict[str, Span]] = pytest.StashKey()
TOLD: pytest.StashKey[list[str]] = pytest.StashKey()
STORIES = "aci_stories"
GROUP = "aci.group"
RANK = {"passed": 0, "skipped": 1, "rerun": 2, "failed": 3}
"""Which of a test's outcomes counts; other plugins may have others, which do not."""


def pytest_configure(config: pytest.Config) -> None:
    """Listen to the tests of this process, or to those of all workers."""
    if not is_worker(config):
        config.pluginmanager.register(Listener(config), "aci-listener")
        if is_controller(config):
            config.pluginmanager.register(WorkersListener(config), "aci-workers-listener")


class Listener:
    """Notes when each test ran, and which groups it used."""

    def __init__(self, config: pytest.Config) -> None:
        self._spans = config.stash.setdefault(SPANS, {})
        self._notes_all = bool(config.stash[SETTINGS].timeline)
        self._under_way: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase of a test."""
        groups = tuple(str(value) for name, value in report.user_properties if name == GROUP)
        if not groups and not self._notes_all:
            return
        from pytest_aci.reporting.course import Span  # noqa: PLC0415 # not loaded by suites without containers

        known = self._spans.get(report.nodeid)
        start, outcome = (known.start, known.outcome) if known else (report.start, "passed")
        worker = getattr(getattr(getattr(report, "node", None), "gateway", None), "id", "")
        outcome = max(outcome, str(report.outcome), key=lambda one: RANK.get(one, 0))
        self._spans[report.nodeid] = Span(report.nodeid, start, report.stop, outcome, worker, groups)
        (self._under_way.discard if report.when == "teardown" else self._under_way.add)(report.nodeid)

    def pytest_keyboard_interrupt(self) -> None:
        """Count what the tests used that were interrupted: no report tells when they ended."""
        for test in self._under_way:
            self._spans[test] = replace(self._spans[test], stop=time.time())


class WorkersListener:
    """Takes what the workers know of their groups. Registered under xdist only: pytest does not know the hook."""

    def __init__(self, config: pytest.Config) -> None:
        self._told = config.stash.setdefault(TOLD, [])

    def pytest_testnodedown(self, node: Any) -> None:
        """Take the stories of a worker that has come to its end; one that crashed has left none."""
        self._told.append(getattr(node, "workeroutput", {}).get(STORIES, "[]"))


@pytest.hookimpl
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker, hand its stories to the controller."""
    from pytest_aci.plugin.wiring import RUN  # noqa: PLC0415 # a cycle otherwise

    output = getattr(session.config, "workeroutput", None)
    if output is not None and RUN in session.config.stash:
        from pytest_aci.reporting.course import to_text  # noqa: PLC0415 # not loaded by suites without containers

        output[STORIES] = to_text(session.config.stash[RUN].chronicle.stories())


def course_of(config: pytest.Config) -> Course:
    """Return the course of the run as far as it is known now, from this process and from all workers."""
    from pytest_aci.plugin.wiring import RUN, SEAT  # noqa: PLC0415 # a cycle otherwise
    from pytest_aci.reporting.course import Course, from_text, merged  # noqa: PLC0415 # see above

    settings = config.stash[SETTINGS]
    stories: list[Story] = [story for text in config.stash.get(TOLD, []) for story in from_text(text)]
    if RUN in config.stash:
        stories += config.stash[RUN].chronicle.stories()
    tests = tuple(sorted(config.stash.get(SPANS, {}).values(), key=lambda span: span.start))
    run_id = config.stash[SEAT].identity.run_id if SEAT in config.stash else ""
    return Course(str(settings.mode), settings.endpoint, merged(stories), tests, run_id)

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_aci.plugin.course import SPANS, TOLD, course_of
from pytest_aci.plugin.options import SETTINGS
from pytest_aci.plugin.wiring import LEFT, RUN

if TYPE_CHECKING:
    import pytest

    from pytest_aci.cleanup.outcome import Leftover


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the groups of the run, once everything is deleted, and last whatever could not be; write the timeline."""
    if not _has_course(config):
        return
    from pytest_aci.reporting.summary import groups, totals  # noqa: PLC0415 # not loaded by suites without containers

    course, path = course_of(config), timeline_of(config)
    if course.stories or path:
        terminalreporter.section("Azure Container Instances")
    if course.stories:
        headings, *rows = groups(course)
        terminalreporter.line(headings, bold=True)
        for story, row in zip(course.stories, rows, strict=True):
            terminalreporter.line(row, red=story.has_failed)
        for line in totals(course, config.stash[SETTINGS].prices):
            terminalreporter.line(line)
    for notice in config.stash[RUN].reach.notices if RUN in config.stash else ():
        terminalreporter.line(f"emulator: {notice}")
    if path:
        from pytest_aci.reporting.timeline import page  # noqa: PLC0415 # few runs want it

        terminalreporter.line(f"timeline: {path}{_write(path, page(course, config.stash[SETTINGS].prices))}")
    left = config.stash.get(LEFT, ())
    if left:
        from pytest_aci.cleanup.advice import has_az, sweep_command  # noqa: PLC0415 # most runs leave nothing

        run = config.stash[RUN]
        place = run.reach.place
        terminalreporter.section("left behind", red=True, bold=True)
        for line in leftover_lines(left, az=has_az(place[0])):
            terminalreporter.line(line)
        command = sweep_command(*place, run_id=run.seat.identity.run_id)
        terminalreporter.line(f"try again with: {command}")


def leftover_lines(left: tuple[Leftover, ...], *, az: bool) -> list[str]:
    """Return what could not be deleted, why, and the command of the az CLI that deletes it, if *az* can go there."""
    lines = []
    for one in left:
        lines += f"{one.claim}: {one.reason}".splitlines()
        lines += [f"  delete it with: {one.command}"] if az else []
    return lines


def timeline_of(config: pytest.Config) -> Path | None:
    """Return where the timeline is to be written, if anywhere."""
    name = config.stash[SETTINGS].timeline
    return config.invocation_params.dir / Path(name) if name else None


def _write(path: Path, text: str) -> str:
    """Write a file; what to say behind its name if that can not be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        return f" could not be written: {problem.strerror}"
    return ""


def _has_course(config: pytest.Config) -> bool:
    """Whether there is anything to tell, so that suites without containers load nothing for it."""
    return RUN in config.stash or bool(config.stash.get(SPANS, {})) or bool(config.stash.get(TOLD, []))

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.course import GROUP
from pytest_aci.plugin.uses import groups_of
from pytest_aci.plugin.wiring import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.run import Run

MODE, SECONDS = "aci.mode", "aci.provision_seconds"
NOT_USERS = tuple(f"{folder}{os.sep}" for folder in (Path(__file__).parents[1], Path(os.__file__).parent))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Tell in each report which groups the test used, and in a failing one what state they are in."""
    __tracebackhide__ = True
    if RUN not in item.config.stash:
        return (yield)
    run = item.config.stash[RUN]
    groups = groups_of(item)
    _add_properties(item, run, groups)
    if call.excinfo is not None and not item.config.getoption("fulltrace", default=False):
        _cut(call.excinfo, item)
    report = yield
    if report.failed:
        for title, text in _sections(run, groups, call.excinfo):
            _add_section(report, title, text)
    return report


def _add_properties(item: pytest.Item, run: Run, groups: list[str]) -> None:
    """Add to a test's properties what it used; strings only, since they cross to the controller and into JUnit XML."""
    known = {value for name, value in item.user_properties if name == GROUP}
    for group in groups:
        story = run.chronicle.story(group)
        if group in known or story is None:
            continue
        ready = story.seconds_to_ready
        item.user_properties += [
            (GROUP, group),
            (MODE, str(run.settings.mode)),
            (SECONDS, "" if ready is None else f"{ready:.3f}"),
        ]


def _sections(
    run: Run, groups: list[str], excinfo: pytest.ExceptionInfo[BaseException] | None
) -> Iterator[tuple[str, str]]:
    from pytest_aci.reporting import sections  # noqa: PLC0415 # for failures only

    told = str(excinfo.value) if excinfo else ""
    for group in groups:
        run.look_again(group)
        story = run.chronicle.story(group)
        if story is None or (story.failure and story.failure in told):  # the error itself says it all
            continue
        state, logs = run.chronicle.last(group)
        text = sections.section(
            story, state, logs, lines=run.settings.log_lines, is_replay=not run.settings.mode.is_live
        )
        yield sections.title(story), text


def _add_section(report: pytest.TestReport, title: str, text: str) -> None:
    """Put a section behind the traceback, from where it gets to the terminal, to the controller and to JUnit XML."""
    add = getattr(report.longrepr, "addsection", None)
    if add:
        add(title, text)
    else:
        report.sections.append((title, text))


def _cut(excinfo: pytest.ExceptionInfo[BaseException], item: pytest.Item) -> None:
    """Let the traceback of an error of ours show the user's code only: the rest is ours, pytest's or Azure's.

    Where there is none of the user's, as in a fixture of ours, it shows the beginning of the test.
    """
    from pytest_aci.errors import AciError  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.plugin.pointing import PointingAt, links  # noqa: PLC0415 # for failures only

    if isinstance(excinfo.value, AciError):
        path, line, _ = item.reportinfo()
        users = [link for link in links(excinfo.tb) if _is_users(link.tb_frame.f_code.co_filename)]
        shown = users or [PointingAt(str(path), (line or 0) + 1).link]
        kept: TracebackType | None = None
        for link in reversed(shown):  # copies: a debugger still wants the whole
            kept = TracebackType(kept, link.tb_frame, link.tb_lasti, link.tb_lineno)
        excinfo.traceback = type(excinfo.traceback)(kept or [])


def _is_users(file: str) -> bool:
    """Whether a file is neither ours nor installed nor Python's own."""
    return Path(file).is_absolute() and not file.startswith(NOT_USERS) and "site-packages" not in file

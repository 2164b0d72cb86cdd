from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.wiring import RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

REPORT_PARTS = "_pytest._code.code"
"""Where the classes come from that a traceback in a report is made of."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Hide known secrets in all that a report shows: message, traceback, locals, and what was captured.

    Reports go to the terminal, to the controller of xdist, and into JUnit XML.
    """
    report = yield
    if RUN in item.config.stash and (report.longrepr or report.sections):
        hide(report, item.config.stash[RUN].secrets)
    return report


def hide(report: pytest.TestReport, secrets: Collection[str]) -> None:
    """Hide *secrets* in a report."""
    from pytest_aci.recording.hiding import hidden  # noqa: PLC0415 # not loaded by suites without containers

    def change(text: str) -> str:
        return hidden(text, secrets)

    report.longrepr = _changed(report.longrepr, change)
    report.sections = _changed(report.sections, change)


def _changed(part: Any, change: Callable[[str], str]) -> Any:
    """Return a part of a report with every text in it changed; pytest's own objects are changed in place."""
    if isinstance(part, str):
        return change(part)
    if isinstance(part, list | tuple):
        return type(part)(_changed(item, change) for item in part)
    if type(part).__module__ == REPORT_PARTS:
        for name, value in vars(part).items():
            object.__setattr__(part, name, _changed(value, change))
    return part

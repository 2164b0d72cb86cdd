from __future__ import annotations

import linecache
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.wiring import RUN

if TYPE_CHECKING:
    import warnings
    from collections.abc import Callable, Collection

REPORT_PARTS = "_pytest._code.code"
"""Where the classes come from that a traceback in a report is made of."""

LOG_HANDLERS = ("log_cli_handler", "log_file_handler")
"""Where pytest's logging plugin writes while tests run."""

SUBTEST_PARTS = ("msg", "kwargs")
"""What describes a subtest in the context of its report."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Hide known secrets in all that a report shows: message, traceback, locals, properties, and what was captured.

    Reports go to the terminal, to the controller of xdist, and into JUnit XML.
    """
    report = yield
    _hide_if_any(report, item.config)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """From the first test on, hide known secrets in warnings, in reports of subtests, and in logs as they are shown."""
    config = session.config
    config.pluginmanager.register(Filter(config))
    plugin = config.pluginmanager.get_plugin("logging-plugin")
    for handler in (getattr(plugin, name, None) for name in LOG_HANDLERS):
        if isinstance(handler, logging.Handler):
            handler.setFormatter(Formatter(handler.formatter or logging.Formatter(), config))


class Filter:
    """Hides secrets in what hooks tell that are given no config, before anybody else hears it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Change a report once more: that of a subtest gets what was captured after `pytest_runtest_makereport`."""
        _hide_if_any(report, self._config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Change what a warning says, and the line of source that is shown with it."""
        secrets = secrets_of(self._config)
        said = str(warning_message.message)
        if (clean := without(said, secrets)) != said:
            warning_message.message = UserWarning(clean)
        line = warning_message.line or linecache.getline(warning_message.filename, warning_message.lineno)
        warning_message.line = without(line, secrets)


class Formatter(logging.Formatter):
    """Formats as another one does, without secrets."""

    def __init__(self, inner: logging.Formatter, config: pytest.Config) -> None:
        super().__init__()
        self._inner = inner
        self._config = config

    def format(self, record: logging.LogRecord) -> str:
        """Return what the other one makes of a record, without secrets."""
        return without(self._inner.format(record), secrets_of(self._config))


def hide(report: pytest.TestReport | pytest.CollectReport, secrets: Collection[str]) -> None:
    """Hide *secrets* in a report."""

    def change(text: str) -> str:
        return without(text, secrets)

    report.longrepr = _changed(report.longrepr, change)
    report.sections = _changed(report.sections, change)
    if isinstance(report, pytest.TestReport):
        report.user_properties = _changed(report.user_properties, change)
    context = getattr(report, "context", None)
    for name in SUBTEST_PARTS:
        if hasattr(context, name):
            object.__setattr__(context, name, _changed(getattr(context, name), change))  # it is frozen


def without(text: str, secrets: Collection[str]) -> str:
    """Return a text without *secrets*."""
    from pytest_aci.recording.hiding import hidden  # noqa: PLC0415 # not loaded by suites without containers

    return hidden(text, secrets)


def secrets_of(config: pytest.Config) -> Collection[str]:
    """Return all that is known to be secret at present."""
    if RUN in config.stash:
        return config.stash[RUN].secrets
    from pytest_aci.run import declared_secrets  # noqa: PLC0415 # see above

    return declared_secrets(os.environ)


def _hide_if_any(report: pytest.TestReport, config: pytest.Config) -> None:
    """Hide what is known in a report that shows anything: most do not, and then nothing has to be looked up."""
    if report.longrepr or report.sections or report.user_properties or hasattr(report, "context"):
        hide(report, secrets_of(config))


def _changed(part: Any, change: Callable[[str], str]) -> Any:
    """Return a part of a report with every text in it changed; pytest's own objects are changed in place."""
    if isinstance(part, str):
        return change(part)
    if isinstance(part, list):
        return [_changed(item, change) for item in part]
    if isinstance(part, tuple):
        return getattr(part, "_make", tuple)(_changed(item, change) for item in part)
    if isinstance(part, dict):
        return {_changed(key, change): _changed(value, change) for key, value in part.items()}
    if type(part).__module__ == REPORT_PARTS:
        for name, value in vars(part).items():
            object.__setattr__(part, name, _changed(value, change))
    return part

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from pytest_aci.plugin.distributed import is_worker
from pytest_aci.plugin.options import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.reporting.progress import LiveLine, LogLines
    from pytest_aci.run import Run

SCREEN: pytest.StashKey[int] = pytest.StashKey()
BETWEEN_TICKS = 0.5
LOGGED: pytest.StashKey[dict[str, str]] = pytest.StashKey()
"""The phase of each group that the log was told last."""
STANDARD_OUTPUT, STANDARD_ERROR = 1, 2


def pytest_configure(config: pytest.Config) -> None:
    """Keep a way to the screen, before pytest captures what tests write to it."""
    output = STANDARD_ERROR if is_worker(config) else STANDARD_OUTPUT  # that of a worker belongs to xdist
    if config.stash[SETTINGS].mode.is_live and config.get_verbosity() >= 0:
        with suppress(OSError):  # there may be none
            config.stash[SCREEN] = os.dup(output)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give it back."""
    if SCREEN in config.stash:
        os.close(config.stash[SCREEN])
        del config.stash[SCREEN]


@contextmanager
def showing_progress(config: pytest.Config, run: Run) -> Iterator[None]:
    """Tell on the screen what is waited for while the block waits, unless it is short or the user wants quiet."""
    if SCREEN not in config.stash or not _is_shown(config):
        yield
        return
    over = Event()
    teller = Thread(target=_tell, args=(config, run, over), name="aci-progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _is_shown(config: pytest.Config) -> bool:
    """Whether anything is told on the screen: pytest may have been told not to."""
    # workers leave the telling to their controller; before the session, nobody can know whether there is a reporter
    return is_worker(config) or config.pluginmanager.has_plugin("terminalreporter")


def _tell(config: pytest.Config, run: Run, over: Event) -> None:
    from pytest_aci.reporting.course import with_short_labels  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.reporting.progress import PATIENCE  # noqa: PLC0415 # see above

    screen = config.stash[SCREEN]
    is_over = over.wait(PATIENCE)
    if is_over and not config.stash.get(LOGGED, {}):  # nothing that was told would stay without an end
        return
    lines = _lines(config, screen)
    while True:
        stories = with_short_labels(run.chronicle.stories())
        _write(screen, lines.tick(stories, time.time()))
        if is_over:
            break
        is_over = over.wait(BETWEEN_TICKS)
    _write(screen, lines.close())


def _lines(config: pytest.Config, screen: int) -> LiveLine | LogLines:
    from pytest_aci.reporting.progress import LiveLine, LogLines  # noqa: PLC0415 # for long waits only

    told = config.stash.setdefault(LOGGED, {})
    if is_worker(config):
        return LogLines(told, column=1)  # somewhere behind the results that the controller writes
    writer = config.get_terminal_writer()
    if os.isatty(screen) and not os.environ.get("CI") and os.environ.get("TERM") != "dumb" and _captures(config):
        return LiveLine(column=writer.width_of_current_line, width=writer.fullwidth)
    return LogLines(told, column=writer.width_of_current_line)


def _captures(config: pytest.Config) -> bool:
    """Whether nothing but pytest writes to the screen, so that a line there stays where it is."""
    return bool(config.getoption("capture", default="fd") != "no")


def _write(screen: int, text: str) -> None:
    with suppress(OSError):  # whoever reads the screen may have gone
        os.write(screen, text.encode())

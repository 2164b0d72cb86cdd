from __future__ import annotations

import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.cleanup.exits import Exits
from pytest_aci.plugin import kept, summary
from pytest_aci.plugin.distributed import is_worker

if TYPE_CHECKING:
    from pytest_aci.run import Run


class Ending:
    """The ways in which a live run ends early, and what has to happen first. Registered as soon as there is a run."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._run = run
        self._has_summary = False
        self._exits = Exits(leave=self._leave, at_end=run.close, say=self._say)
        run.books.cleaning = self._exits.cleaning
        if not is_worker(config):  # a worker's signals would surprise xdist, and its controller deletes
            self._exits.arm()

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Ask for every deletion as soon as the run is interrupted: ten seconds later it may be killed."""
        self._exits.note_interrupt()
        self._run.send_deletions()

    @pytest.hookimpl
    def pytest_terminal_summary(self) -> None:
        """Note that there is a summary."""
        self._has_summary = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Any:
        """Sum up what is ours where pytest does not: it has no summary after a signal, and none after its own errors.

        The outermost wrapper, so that everything is deleted, and the terminal has had its turn.
        """
        try:
            return (yield)
        finally:
            terminal = session.config.pluginmanager.get_plugin("terminalreporter")
            if not self._has_summary and terminal and not terminal.no_summary:
                with suppress(OSError):  # after SIGHUP there may be no terminal
                    summary.pytest_terminal_summary(terminal, session.config)
                    kept.pytest_terminal_summary(terminal, session.config)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Give the signals back."""
        self._exits.disarm()

    def _leave(self, number: int) -> None:
        session = self._config.pluginmanager.getplugin("session")
        reason = f"{signal.Signals(number).name} received"
        if session is not None:  # a test that catches every exception would catch the exit as well
            session.shouldstop = reason
        pytest.exit(reason, returncode=128 + number)

    def _say(self, line: str) -> None:
        print(f"\n{line}", file=sys.__stderr__, flush=True)  # pytest's own output may be captured

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.options import SETTINGS
from pytest_aci.plugin.wiring import conclude_with
from pytest_aci.settings import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_aci.recording.deck import Deck

UNPLAYED = "aci_unplayed"


def pytest_configure(config: pytest.Config) -> None:
    """Look for what was recorded and not asked for, if the user wants to know."""
    settings = config.stash[SETTINGS]
    if settings.mode is Mode.REPLAY and settings.on_unplayed != "ignore":
        conclude_with(config, Unplayed())


class Unplayed:
    """Tells which recorded requests a green run did not ask for: they may stand for something that it tests no more."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._of_workers: list[Mapping[str, Sequence[str]]] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker of xdist did not ask for."""
        self._of_workers.append(getattr(node, "workeroutput", {}).get(UNPLAYED, {}))

    def conclude(self, session: pytest.Session, deck: Deck) -> bool:
        """Collect them once everything is over; after a failure nobody wonders that requests are missing."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:  # the controller decides
            output[UNPLAYED] = deck.unplayed()
            return True
        self._lines = [] if session.testsfailed else lines([deck.unplayed(), *self._of_workers])
        return not self._lines or session.config.stash[SETTINGS].on_unplayed != "fail"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List them by cassette."""
        if self._lines:
            terminalreporter.section("recorded, and not asked for")
            for line in self._lines:
                terminalreporter.line(line)


def lines(unplayed: Sequence[Mapping[str, Sequence[str]]]) -> list[str]:
    """Return a line for each cassette that processes used, and one for each request that none of them asked for."""
    found: list[str] = []
    for owner in dict.fromkeys(owner for process in unplayed for owner in process):
        first, *others = (process[owner] for process in unplayed if owner in process)
        left = [request for request in dict.fromkeys(first) if all(request in other for other in others)]
        found += [f"{owner}:", *(f"    {request}" for request in left)] if left else []
    return found

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.plugin.options import SETTINGS
from pytest_aci.plugin.wiring import conclude_with
from pytest_aci.settings import Mode

if TYPE_CHECKING:
    import pytest

    from pytest_aci.recording.deck import Deck


def pytest_configure(config: pytest.Config) -> None:
    """Look for what was recorded and not asked for, if the user wants to know."""
    settings = config.stash[SETTINGS]
    if settings.mode is Mode.REPLAY and settings.on_unplayed != "ignore":
        conclude_with(config, Unplayed())


class Unplayed:
    """Tells which recorded requests a green run did not ask for: they may stand for something that it tests no more."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def conclude(self, session: pytest.Session, deck: Deck) -> bool:
        """Collect them once everything is over; after a failure nobody wonders that requests are missing."""
        self._lines = [] if session.testsfailed else lines(deck)
        return not self._lines or session.config.stash[SETTINGS].on_unplayed != "fail"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List them by cassette."""
        if self._lines:
            terminalreporter.section("recorded, and not asked for")
            for line in self._lines:
                terminalreporter.line(line)


def lines(deck: Deck) -> list[str]:
    """Return a line for each cassette that was used, and one for each of its requests that was not."""
    found: list[str] = []
    for owner, requests in deck.unplayed().items():
        found += [f"{owner}:", *(f"    {request}" for request in requests)]
    return found

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OUTCOMES_FILE = "_PYTEST_ACI_OUTCOMES"
"""Where a replay is to write what became of its tests; the recording run that has started it asks."""


class Outcomes:
    """Notes what became of the tests with containers: *words* by node id, and those *skipped* before their end."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.skipped: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase of a test, or of the fixtures that end with it."""
        test, is_teardown_error = report.nodeid, report.when == "teardown" and report.failed
        if "aci" not in report.keywords and not is_teardown_error:  # that may be one of a shared fixture
            return
        if report.when == "setup":  # perhaps again
            self.words.pop(test, None)
            self.skipped.discard(test)
        if report.skipped:  # or failed as expected: it may not have asked for all that it needs
            self.skipped.add(test)
        if report.when == "call" or report.failed or hasattr(report, "wasxfail"):
            self.words[test] = _word(report)


class Telling(Outcomes):
    """Writes them into a file at the end, as JSON."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        self._path.write_text(json.dumps(self.words), encoding="utf-8")


def _word(report: pytest.TestReport) -> str:
    """Return how a phase ended, in pytest's words."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return report.outcome

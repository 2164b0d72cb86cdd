from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_aci.cleanup.heir import REPORT
from pytest_aci.cleanup.ledger import read
from pytest_aci.cleanup.process import Process

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aci.cleanup.ledger import Account


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run whose ledgers are on this machine. *report* is what its watchdog could not do, if it tried."""

    run_id: str
    folder: Path
    account: Account
    is_alive: bool
    report: str = ""

    @property
    def is_abandoned(self) -> bool:
        """Whether it died and left something that it should have deleted."""
        return not self.is_alive and bool(self.account.owed)

    @property
    def remarks(self) -> list[str]:
        """What else there is to say about it: lines of its ledgers that are skipped, and what its watchdog says."""
        skipped = [
            f"{place} in {self.folder} is no line of a ledger, and is skipped" for place in self.account.unreadable
        ]
        return [*skipped, *(f"its watchdog: {line}" for line in self.report.splitlines())]

    def __str__(self) -> str:
        kinds = [claim.kind.replace("_", " ") for claim in self.account.owed]
        counts = " and ".join(f"{kinds.count(kind)} {kind}(s)" for kind in dict.fromkeys(kinds))
        places = sorted({cover.endpoint for cover in self.account.covers})
        at = f" at {', '.join(places)}" if places else ""
        return f"run {self.run_id} ended without deleting {counts}{at}"


def recorded_runs(state: Path) -> list[RecordedRun]:
    """Return the runs that have a folder under the state folder, oldest first. Those that owe nothing are forgotten."""
    found = [_recorded(folder) for folder in sorted((state / "runs").glob("*")) if folder.is_dir()]
    for run in found:
        if not run.is_alive and not run.account.open:
            shutil.rmtree(run.folder, ignore_errors=True)
    return [run for run in found if run.is_alive or run.account.open]


def _recorded(folder: Path) -> RecordedRun:
    account = read(folder)
    if account.covers and not any(cover.endpoint for cover in account.covers):
        account = replace(account, open=())
    # Without a readable first line, the number in the file's name is all that is known of who wrote it.
    writers = [Process(int(path.stem)) for path in folder.glob("*.jsonl") if path.stem.isdecimal()]
    owners = [cover.owner for cover in account.covers] or writers
    report = folder / REPORT
    said = report.read_text(encoding="utf-8", errors="replace").strip() if report.exists() else ""
    return RecordedRun(folder.name, folder, account, any(owner.is_alive for owner in owners), said)

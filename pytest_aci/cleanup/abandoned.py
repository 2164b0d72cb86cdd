from __future__ import annotations

import shutil
import socket
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_aci.arm.clouds import is_loopback
from pytest_aci.cleanup.heir import REPORT
from pytest_aci.cleanup.ledger import read
from pytest_aci.cleanup.ownership import DELETE_AFTER, moment_of
from pytest_aci.cleanup.process import Process

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_aci.cleanup.ledger import Account, Claim, Cover

SECONDS_UNTIL_SETTLED = 86400.0
LISTENING_SECONDS = 1.0
"""How long a server on this machine may take to accept a connection."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run whose ledgers can be read here. *owners* are the processes that have to delete what it created.

    *report* is what its watchdog could not do, if it tried.
    """

    run_id: str
    folder: Path
    account: Account
    owners: tuple[Process, ...]
    report: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether it is known to go on."""
        return any(owner.is_alive for owner in self.owners)

    @property
    def is_dead(self) -> bool:
        """Whether it is known to be over. Of a run in another container that shares this folder, neither is known."""
        return bool(self.owners) and all(owner.is_dead for owner in self.owners)

    @property
    def is_abandoned(self) -> bool:
        """Whether it died and left something that it should have deleted."""
        return self.is_dead and bool(self.account.owed)

    @property
    def was_local(self) -> bool:
        """Whether it was at emulators on this machine, where nothing costs."""
        endpoints = {cover.endpoint for cover in self.account.covers}
        return bool(endpoints) and all(map(is_loopback, endpoints))

    @property
    def is_out_of_reach(self) -> bool:
        """Whether it was at emulators on this machine that do not listen any more; most of them take all along."""
        return self.was_local and not any(_listens(cover.endpoint) for cover in self.account.covers)

    @property
    def is_settled(self) -> bool:
        """Whether it owes nothing and nobody will use its folder any more: a run that begins has one before it owes."""
        if self.account.owed or self.is_alive:
            return False
        try:
            written = self.folder.stat().st_mtime
        except FileNotFoundError:  # it has ended just now
            return True
        return self.is_dead or time.time() - written > SECONDS_UNTIL_SETTLED

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
        if run.is_settled:
            shutil.rmtree(run.folder, ignore_errors=True)
    return [run for run in found if run.folder.exists()]


def _recorded(folder: Path) -> RecordedRun:
    account = read(folder)
    account = replace(account, open=tuple(claim for claim in account.open if _may_exist(claim, account.covers)))
    # Without a readable first line, the number in the file's name is all that is known of who wrote it.
    writers = [Process(int(path.stem)) for path in folder.glob("*.jsonl") if path.stem.isdecimal()]
    owners = [cover.owner for cover in account.covers] or writers
    report = folder / REPORT
    said = report.read_text(encoding="utf-8", errors="replace").strip() if report.exists() else ""
    return RecordedRun(folder.name, folder, account, tuple(owners), said)


def _may_exist(claim: Claim, covers: Iterable[Cover]) -> bool:
    """Whether what a claim names can still exist where it was claimed.

    An emulator of the run's own has ended with it, and any other one on this machine may end and take all along.
    """
    endpoints = {cover.endpoint for cover in covers}
    if endpoints == {""}:
        return False
    is_local = bool(endpoints) and all(map(is_loopback, endpoints))
    expires = moment_of({DELETE_AFTER: claim.expires}, DELETE_AFTER)
    return not is_local or expires is None or expires > datetime.now(UTC)


def _listens(endpoint: str) -> bool:
    place = urlsplit(endpoint)
    try:
        with socket.create_connection((place.hostname, place.port or 443), LISTENING_SECONDS):
            return True
    except OSError:
        return False

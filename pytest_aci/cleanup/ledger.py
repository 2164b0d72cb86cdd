from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, get_args

from pytest_aci.errors import Unowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["resource_group", "container_group"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A written promise: the thing of this name may exist until it is settled. *expires* is ISO-8601 in UTC."""

    kind: Kind
    name: str
    resource_group: str
    expires: str

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {self.name}"


@dataclass(frozen=True, slots=True)
class Account:
    """What ledgers say together: the claims that are still open, and the lines that could not be read."""

    open: tuple[Claim, ...]
    unreadable: tuple[str, ...] = ()


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder under which runs keep their ledgers: the user's state directory, by the XDG rules."""
    base = environment.get("XDG_STATE_HOME") or environment.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "state") / "pytest-aci"


class Ledger:
    """The claims of one process, on disk before Azure is asked and settled after deletion is confirmed.

    One file per process, a line of JSON per event, each flushed to the disk itself. Threads may share a ledger.
    Without a *folder* nothing is written: a replayed run owes nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / f"{os.getpid()}.jsonl" if folder else None
        self._lock = Lock()
        self._open: dict[Claim, None] = {}

    @property
    def open(self) -> tuple[Claim, ...]:
        """The claims of this process that are not settled, oldest first."""
        return tuple(self._open)

    def claim(self, claim: Claim) -> None:
        """Write down that *claim* may exist from now on.

        Raises:
            Unowned: It can not be written. Nothing may be created then.
        """
        self._append("claim", claim)
        self._open[claim] = None

    def settle(self, claim: Claim) -> None:
        """Write down that *claim* is known not to exist any more."""
        self._append("settle", claim)
        self._open.pop(claim, None)

    def _append(self, event: str, claim: Claim) -> None:
        if self._path is None:
            return
        line = json.dumps({"event": event, **asdict(claim)}, sort_keys=True) + "\n"
        try:
            with self._lock:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as problem:
            raise Unowned(path=str(self._path), reason=problem.strerror or str(problem)) from problem


def read(folder: Path) -> Account:
    """Return what all ledgers in a run's folder say together, whatever a crash left of them."""
    lines: list[tuple[str, str]] = []
    for path in sorted(folder.glob("*.jsonl")):
        text = path.read_text(encoding="utf-8", errors="replace")
        lines += [(f"{path.name}:{number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return account(lines)


def account(lines: Iterable[tuple[str, str]]) -> Account:
    """Return what ledger lines, each with its place, add up to. Settling wins over claiming, in any order of files."""
    claimed: dict[Claim, None] = {}
    settled: set[Claim] = set()
    unreadable: list[str] = []
    for place, line in lines:
        try:
            entry = json.loads(line)
            claim = Claim(**{key: str(entry[key]) for key in ("kind", "name", "resource_group", "expires")})  # type: ignore[arg-type] # checked below
            event = entry["event"]
        except (ValueError, KeyError, TypeError):
            unreadable.append(place)
            continue
        if claim.kind not in get_args(Kind):
            unreadable.append(place)
        elif event == "claim":
            claimed[claim] = None
        elif event == "settle":
            settled.add(claim)
        else:
            unreadable.append(place)
    return Account(tuple(claim for claim in claimed if claim not in settled), tuple(unreadable))

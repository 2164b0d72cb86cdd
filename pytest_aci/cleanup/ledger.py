from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, get_args

from pytest_aci.cleanup.ownership import GROUP_NAME, RESOURCE_GROUP_NAME, iso, moment_of
from pytest_aci.cleanup.process import Process
from pytest_aci.errors import Unowned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Kind = Literal["resource_group", "container_group"]
Event = Literal["opened", "claim", "answer", "settle", "keep", "use"]

# ARM answers within a minute, and before the PUT the watchdog may take some seconds to witness its claim.
SECONDS_UNDER_WAY = 75.0

# A claim on a name that we would never give is not ours, whatever a file says.
OUR_NAMES = {"resource_group": RESOURCE_GROUP_NAME, "container_group": GROUP_NAME}


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
class Cover:
    """What stands on a ledger's first line: who deletes what it claims, and where that is.

    *endpoint* and *subscription* are the resource manager's URL and the subscription id; the endpoint is empty if it
    is an emulator that ends with the run, and takes along what is claimed there.
    """

    owner: Process
    endpoint: str
    subscription: str


@dataclass(frozen=True, slots=True)
class Account:
    """What ledgers say together: the claims that are open, those of them that are kept, and what could not be read.

    *used* are the ids of earlier runs that have kept what this one uses.
    *asked* says of those open claims whose PUT has not been answered yet when it was sent, if that can be read.
    """

    open: tuple[Claim, ...] = ()
    kept: frozenset[Claim] = frozenset()
    unreadable: tuple[str, ...] = ()
    covers: tuple[Cover, ...] = ()
    used: frozenset[str] = frozenset()
    asked: Mapping[Claim, datetime | None] = field(default_factory=dict)

    def under_way(self, now: datetime) -> frozenset[Claim]:
        """The claims whose PUT may take effect yet: what they name can appear after nobody has found it.

        What is in a resource group that is owed itself can not: it is refused there, or goes with it.
        """
        homes = {claim.name for claim in self.owed if claim.kind == "resource_group"}
        return frozenset(
            claim
            for claim, sent in self.asked.items()
            if (claim.kind == "resource_group" or claim.resource_group not in homes)
            and sent is not None
            and abs((now - sent).total_seconds()) < SECONDS_UNDER_WAY
        )

    @property
    def owed(self) -> tuple[Claim, ...]:
        """The open claims that somebody has to delete."""
        return tuple(claim for claim in self.open if claim not in self.kept)


class Ledger:
    """The claims of one process, on disk before Azure is asked and settled after deletion is confirmed.

    One file per process, a line of JSON per event, each flushed to the disk itself. Threads may share a ledger; a
    forked child has none of its parent's claims. Without a *folder* nothing is written: a replayed run owes nothing.
    *cover* is asked for at the first line, and *witness* is told of each claim after it is on disk. *now* tells the
    time of day.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        cover: Callable[[], Cover] | None = None,
        witness: Callable[[Claim], None] = lambda _: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._process = Process.current()
        self._path = folder / f"{self._process.pid}.jsonl" if folder else None
        self._cover = cover
        self._witness = witness
        self._lock = Lock()
        self._open: dict[Claim, datetime | None] = {}
        self.now = now
        self._is_torn = False

    @property
    def is_ours(self) -> bool:
        """Whether this process has begun the ledger, and is not a child that a test forked."""
        return self._process.is_current

    @property
    def open(self) -> tuple[Claim, ...]:
        """The claims of this process that are not settled, oldest first."""
        with self._lock:
            return tuple(self._open) if self.is_ours else ()

    @property
    def asked(self) -> dict[Claim, datetime]:
        """When those open claims of this process were asked for that have not been answered."""
        with self._lock:
            return {claim: sent for claim, sent in self._open.items() if sent} if self.is_ours else {}

    def claim(self, claim: Claim) -> None:
        """Write down that *claim* may exist from now on, before each PUT; the first time, have it witnessed.

        Raises:
            Unowned: It can not be written. Nothing may be created then.
            Unguarded: The watchdog does not witness it. Nothing may be created then.
            ValueError: The name is none that we give: who reads the ledger would pass over the claim.
        """
        if not OUR_NAMES[claim.kind].fullmatch(claim.name):
            raise ValueError(f"{claim} can not be claimed: who reads a ledger passes over names that are none of ours.")
        is_first, now = claim not in self.open, self.now()
        try:
            self._append("claim", {**asdict(claim), "at": iso(now)}, forced=is_first)
            if is_first:
                self._witness(claim)
        except BaseException:
            if is_first:
                self._note_answer(claim)  # nothing is sent then
            raise
        with self._lock:
            self._open[claim] = now

    def answer(self, claim: Claim) -> None:
        """Write down that no PUT for *claim* is under way, so that one look tells whether the thing exists.

        It is not forced to the disk, and need not be there: without it, somebody looks for longer.
        """
        with self._lock:
            if claim not in self._open:
                return
            self._open[claim] = None
        self._note_answer(claim)

    def adopt(self, claim: Claim) -> None:
        """Remember what another process has claimed, in case that its own ledger gets lost."""
        with self._lock:
            self._open.setdefault(claim, None)

    def settle(self, claim: Claim) -> None:
        """Write down that *claim* is known not to exist any more."""
        self._append("settle", asdict(claim))
        with self._lock:
            self._open.pop(claim, None)

    def keep(self, claim: Claim) -> None:
        """Write down that *claim* is to outlive the run."""
        self._append("keep", asdict(claim))

    def use(self, run_id: str) -> None:
        """Write down that this run uses what an earlier one has kept.

        Raises:
            Unowned: It can not be written.
        """
        self._append("use", {"run_id": run_id})

    def _note_answer(self, claim: Claim) -> None:
        with suppress(Unowned):
            self._append("answer", asdict(claim), forced=False)

    def _append(self, event: Event, facts: Mapping[str, Any], *, forced: bool = True) -> None:
        if self._path is None:
            return
        try:
            with self._lock:
                is_new = not self._path.exists()
                if is_new:
                    self._begin(self._path)
                self._write(self._path, event, facts)
                if is_new:
                    _force_names(self._path.parent)
                    _force_names(self._path.parent.parent)
            if forced or is_new:
                with self._path.open("a", encoding="utf-8") as file:
                    os.fsync(file.fileno())  # outside the lock, so that one turn of the disk serves all who wait
        except OSError as problem:
            self._is_torn = True
            raise Unowned(path=str(self._path), reason=problem.strerror or str(problem)) from problem

    def _begin(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._cover:
            cover = self._cover()
            facts = {"owner": cover.owner.to_text(), "endpoint": cover.endpoint, "subscription": cover.subscription}
            self._write(path, "opened", facts)

    def _write(self, path: Path, event: Event, facts: Mapping[str, Any]) -> None:
        line = json.dumps({"event": event, **facts}, sort_keys=True) + "\n"
        # What a full disk has cut off must not swallow the next line.
        text = "\n" + line if self._is_torn else line
        self._is_torn = True
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
        self._is_torn = False


def _force_names(folder: Path) -> None:
    """Have the disk know what is in a folder, too: a file that is whole and has no name there is lost."""
    with suppress(OSError):  # where a folder can not be opened, or not be forced, the system has to see to it
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read(folder: Path) -> Account:
    """Return what all ledgers in a run's folder say together, whatever a crash left of them."""
    lines: list[tuple[str, str]] = []
    for path in sorted(folder.glob("*.jsonl")):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:  # another process has just paid everything, and forgets the run
            continue
        lines += [(f"{path.name}:{number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return account(lines)


def account(lines: Iterable[tuple[str, str]]) -> Account:
    """Return what ledger lines, each with its place (`file:line`), add up to.

    Within a file the last word on a claim counts, so that a name can be claimed again. A settlement in a file that
    never claimed the name is that of whoever deletes for others, and counts for all files.
    """
    own: dict[tuple[str, Claim], str] = {}
    sent: dict[tuple[str, Claim], datetime | None] = {}
    others: set[Claim] = set()
    kept: set[Claim] = set()
    unreadable: list[str] = []
    covers: dict[Cover, None] = {}
    used: set[str] = set()
    for place, line in lines:
        file = place.rpartition(":")[0]
        try:
            entry = json.loads(line)
            match entry["event"]:
                case "opened":
                    owner = Process.from_text(entry["owner"])
                    covers[Cover(owner, str(entry["endpoint"]), str(entry["subscription"]))] = None
                case "claim":
                    own[file, _claim(entry)] = "claim"
                    sent[file, _claim(entry)] = moment_of(entry, "at")
                case "answer":
                    own[file, _claim(entry)] = "answer"
                case "keep":
                    kept.add(_claim(entry))
                case "use":
                    used.add(str(entry["run_id"]))
                case "settle" if (file, _claim(entry)) in own:
                    own[file, _claim(entry)] = "settle"
                case "settle":
                    others.add(_claim(entry))
                case _:
                    unreadable.append(place)
        except (ValueError, KeyError, TypeError, AttributeError):
            unreadable.append(place)
    still_open = {key: event for key, event in own.items() if event != "settle" and key[1] not in others}
    names = dict.fromkeys(claim for _, claim in still_open)
    asked = {key[1]: sent[key] for key, event in still_open.items() if event == "claim"}
    return Account(tuple(names), frozenset(kept), tuple(unreadable), tuple(covers), frozenset(used), asked)


def is_under_way(folder: Path, claim: Claim) -> bool:
    """Whether a PUT may take effect yet, as the ledgers in a run's folder and the clock of this machine have it."""
    return claim in read(folder).under_way(datetime.now(UTC))


def _claim(entry: Mapping[str, Any]) -> Claim:
    """Return the claim on a line; KeyError or ValueError if it is none of ours."""
    if entry["kind"] not in get_args(Kind) or not OUR_NAMES[entry["kind"]].fullmatch(entry["name"]):
        raise ValueError(entry["name"])
    return Claim(entry["kind"], entry["name"], str(entry["resource_group"]), str(entry["expires"]))

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pytest_aci.cleanup.ledger import OUR_NAMES, Claim
from pytest_aci.cleanup.ownership import CREATED, DELETE_AFTER, RUN, Whose, iso, moment_of, tag, whose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pytest_aci.arm.control_plane import GroupState, ResourceGroup
    from pytest_aci.cleanup.ledger import Kind

SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Find:
    """Something in Azure that may be ours."""

    kind: Kind
    name: str
    resource_group: str
    tags: Mapping[str, str] = field(default_factory=dict)
    managed_by: str | None = None
    state: str | None = None

    @classmethod
    def of_resource_group(cls, group: ResourceGroup) -> Find:
        """A resource group."""
        return cls("resource_group", group.name, group.name, group.tags, group.managed_by, group.provisioning_state)

    @classmethod
    def of_group(cls, group: GroupState, resource_group: str) -> Find:
        """A container group in a resource group that belongs to somebody."""
        return cls("container_group", group.name, resource_group, group.tags, None, group.provisioning_state)

    @property
    def concerns_us(self) -> bool:
        """Whether its name or its tags look like ours at all."""
        return bool(OUR_NAMES[self.kind].fullmatch(self.name)) or tag(self.tags, RUN) is not None

    @property
    def claim(self) -> Claim:
        """The claim that deleting it pays."""
        return Claim(self.kind, self.name, self.resource_group, tag(self.tags, DELETE_AFTER) or "")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides about a find besides itself.

    *now* is the server's time; *older_than* is in seconds; *alive* and *dead* are the ids of runs on this machine.
    *used* are those of runs that have kept what a living one uses again.
    """

    now: datetime
    older_than: float | None = None
    run_id: str | None = None
    alive: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to do with a find, and why."""

    find: Find
    is_to_go: bool
    reason: str

    def __str__(self) -> str:
        kind = self.find.kind.replace("_", " ")
        return f"{'delete' if self.is_to_go else 'keep'} {kind} {self.find.name}: {self.reason}"


def judge(find: Find, circumstances: Circumstances) -> Judgement:
    """Say whether something is to be deleted. Only what proves itself ours ever is."""
    obstacle = _obstacle(find, circumstances)
    if obstacle:
        return Judgement(find, is_to_go=False, reason=obstacle)
    occasion = _occasion(find, circumstances)
    if occasion:
        return Judgement(find, is_to_go=True, reason=occasion)
    expires = moment_of(find.tags, DELETE_AFTER)
    reason = f"it may exist until {iso(expires)}" if expires else f"its tag {DELETE_AFTER} can not be read as a time"
    return Judgement(find, is_to_go=False, reason=reason)


def _obstacle(find: Find, circumstances: Circumstances) -> str | None:
    """Return why it must not be touched, whatever its age: the first that applies."""
    run = tag(find.tags, RUN)
    owner = whose(find.name, find.tags, run or "")
    obstacles = (
        (not OUR_NAMES[find.kind].fullmatch(find.name), "its name is none that pytest-aci gives"),
        (find.managed_by, f"it is managed by {find.managed_by}"),
        (find.state == "Deleting", "it is being deleted already"),
        (owner is Whose.NOBODYS, "it has no proof tags; if a policy took them off, delete it by hand"),
        (owner is Whose.ANOTHERS, "its proof tags are not valid"),
        (run in circumstances.alive, "its run is still going on, on this machine"),
        (run in circumstances.used, "a later run, which is still going on, on this machine, uses it again"),
        (circumstances.run_id and run != circumstances.run_id, f"it belongs to run {run}"),
    )
    return next((reason for applies, reason in obstacles if applies), None)


def _occasion(find: Find, circumstances: Circumstances) -> str | None:
    """Return why it is to be deleted, if there is a reason."""
    run = tag(find.tags, RUN)
    expires, created = moment_of(find.tags, DELETE_AFTER), moment_of(find.tags, CREATED)
    if circumstances.run_id:
        return f"it belongs to run {run}"
    if run in circumstances.dead:
        return f"its run {run} died on this machine"
    if expires and expires + SKEW < circumstances.now:
        return f"it expired at {iso(expires)}"
    if circumstances.older_than is not None and created:
        age = (circumstances.now - created).total_seconds()
        if age > circumstances.older_than:
            return f"it is {age / 60:.0f} minutes old"
    return None

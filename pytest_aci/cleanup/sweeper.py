from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError, ControlPlaneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_aci.arm.control_plane import ControlPlane, Resource
    from pytest_aci.cleanup.ledger import Claim

PARALLEL_DELETIONS = 16
OUR_TYPE = "microsoft.containerinstance/containergroups"
SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_TRIES = 5.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that could not be deleted, why, and the command that deletes it."""

    claim: Claim
    reason: str

    @property
    def command(self) -> str:
        """The az command line that removes it."""
        if self.claim.kind == "resource_group":
            return f"az group delete --yes --name {self.claim.name}"
        return f"az container delete --yes --resource-group {self.claim.resource_group} --name {self.claim.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sweep came to."""

    gone: tuple[Claim, ...] = ()
    left: tuple[Leftover, ...] = ()


def plan(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Return what to delete, in waves: container groups first, then the resource groups that held them."""
    waves: dict[str, list[Claim]] = {"container_group": [], "resource_group": []}
    for claim in claims:
        waves[claim.kind].append(claim)
    return [wave for wave in waves.values() if wave]


def foreign(resources: Iterable[Resource]) -> list[str]:
    """Return the ids of those resources that are no container groups, which pytest-aci never makes."""
    return [resource.id for resource in resources if resource.type.lower() != OUR_TYPE]


class Sweeper:
    """Pays what is owed: deletes the things that claims name, exactly by name, and looks whether they are gone.

    Every deletion of a wave is sent before the first is waited for. *settle* is told of each claim whose thing is
    known not to exist any more. *using* opens the tape on which a claim's requests belong.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        settle: Callable[[Claim], None],
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        using: Callable[[Claim], AbstractContextManager[None]] = lambda _: nullcontext(),
    ) -> None:
        self._control_plane = control_plane
        self._settle = settle
        self._monotonic = monotonic
        self._sleep = sleep
        self._using = using

    def pay(self, claims: Sequence[Claim], *, seconds: float, wait: bool = True) -> Outcome:
        """Delete what *claims* name within *seconds*; without *wait*, an accepted deletion counts as done."""
        deadline = self._monotonic() + seconds
        gone: list[Claim] = []
        left: list[Leftover] = []
        for wave in plan(claims):
            with ThreadPoolExecutor(min(PARALLEL_DELETIONS, len(wave))) as pool:
                problems = dict(zip(wave, pool.map(partial(self._attempt, self._send), wave), strict=True))
                sent = [claim for claim, problem in problems.items() if problem is None] if wait else []
                seen = pool.map(partial(self._attempt, partial(self._see, deadline)), sent)
                problems.update(zip(sent, seen, strict=True))
            for claim, problem in problems.items():
                if problem is None:
                    self._settle(claim)
                    gone.append(claim)
                else:
                    left.append(Leftover(claim, problem))
        return Outcome(tuple(gone), tuple(left))

    def _attempt(self, action: Callable[[Claim], str | None], claim: Claim) -> str | None:
        """Return why the action failed for the claim, or None; one failure never stops the others."""
        try:
            with self._using(claim):
                return action(claim)
        except AciError as problem:
            return str(problem)

    def _send(self, claim: Claim) -> str | None:
        deadline = self._monotonic() + 60
        while True:
            try:
                return self._send_once(claim)
            except ControlPlaneError as problem:
                if problem.policy not in ("RETRY", "WAIT") or self._monotonic() > deadline:
                    raise
                self._sleep(problem.retry_after or SECONDS_BETWEEN_TRIES)

    def _send_once(self, claim: Claim) -> str | None:
        if claim.kind == "container_group":
            self._control_plane.delete_group(claim.resource_group, claim.name)
            return None
        if not self._control_plane.resource_group_exists(claim.name):
            return None
        others = foreign(self._control_plane.list_resources(claim.name))
        if others:
            return f"it holds what pytest-aci did not create: {', '.join(others)}"
        self._control_plane.delete_resource_group(claim.name)
        return None

    def _see(self, deadline: float, claim: Claim) -> str | None:
        while self._exists(claim):
            if self._monotonic() > deadline:
                return "its deletion was accepted, and it still exists"
            self._sleep(SECONDS_BETWEEN_LOOKS)
        return None

    def _exists(self, claim: Claim) -> bool:
        if claim.kind == "container_group":
            return self._control_plane.get_group(claim.resource_group, claim.name) is not None
        return self._control_plane.resource_group_exists(claim.name)

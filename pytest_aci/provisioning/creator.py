from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pytest_aci.arm.control_plane import PutAnswer
from pytest_aci.cleanup.ownership import Whose, whose
from pytest_aci.errors import ControlPlaneError, NotOurs
from pytest_aci.provisioning.persistence import Persistence, is_uncertain, persistently

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.arm.control_plane import GroupState, ResourceGroup
    from pytest_aci.cleanup.ledger import Claim, Ledger
    from pytest_aci.provisioning.clock import Clock
    from pytest_aci.provisioning.gate import Gate
    from pytest_aci.provisioning.limit import CreationLimit

T = TypeVar("T", "GroupState", "ResourceGroup")


@dataclass(frozen=True, slots=True)
class Creator:
    """Creates what has a new name: claims it on disk, puts it, and looks it up where the answer got lost.

    What exists already and carries the proof of this very run is taken over: a process of the run has created it and
    died, or its answer got lost. What exists and does not carry it is somebody else's.
    """

    ledger: Ledger
    gate: Gate
    clock: Clock
    run_id: str
    limit: CreationLimit | None = None

    @property
    def held(self) -> int:
        """How many container groups this process has claimed and not settled."""
        return sum(claim.kind == "container_group" for claim in self.ledger.open)

    def create(
        self, claim: Claim, put: Callable[[], PutAnswer[T]], get: Callable[[], T | None], *, deadline: float
    ) -> PutAnswer[T]:
        """Return what was put or taken over. *deadline* is on the monotonic clock.

        Raises:
            NotOurs: The name is taken by somebody else.
            Unowned: The claim could not be written.
            RunEnded: The run is being closed.
            TooManyCreations: ACI takes no more container groups until after the deadline.
            ControlPlaneError: ARM refused, for good or for longer than the deadline.
        """
        found = persistently(get, self.clock, deadline)
        if found is not None:
            self.ledger.claim(self._must_be_ours(claim, found))
            self.ledger.answer(claim)
            return PutAnswer(created=True, operation_url=None, resource=found)
        persistence = Persistence(self.clock, deadline)
        may_exist = False
        while True:
            if self.limit and claim.kind == "container_group":
                self.limit.take(claim.name, deadline)
            try:
                with self.gate.passing():
                    answer = self._put(claim, put, may_exist=may_exist)
            except ControlPlaneError as problem:
                if is_uncertain(problem):
                    may_exist = True
                    found = persistently(get, self.clock, deadline)
                    if found is not None:
                        self.ledger.answer(self._must_be_ours(claim, found))
                        return PutAnswer(created=True, operation_url=None, resource=found)
                try:
                    persistence.pause(problem)
                except ControlPlaneError:
                    if not may_exist:
                        self.ledger.settle(claim)
                    raise
                continue
            # After a lost answer, the first PUT may have arrived just before this one, which then overwrote it.
            if not answer.created and not may_exist:
                self.ledger.settle(claim)
                raise _taken(claim)
            return answer

    def _put(self, claim: Claim, put: Callable[[], PutAnswer[T]], *, may_exist: bool) -> PutAnswer[T]:
        """Claim and put; once Azure has said yes or no, the ledger has it that nothing is under way.

        Where the answer got lost, now or before, or a signal's handler raises while it is waited for, a PUT may take
        effect later.
        """
        self.ledger.claim(claim)
        try:
            answer = put()
        except ControlPlaneError as problem:
            if not (may_exist or is_uncertain(problem)):
                self.ledger.answer(claim)
            raise
        self.ledger.answer(claim)
        return answer

    def _must_be_ours(self, claim: Claim, found: GroupState | ResourceGroup) -> Claim:
        if whose(claim.name, found.tags, self.run_id) is not Whose.OURS:
            raise _taken(claim)
        return claim


def _taken(claim: Claim) -> NotOurs:
    place = claim.resource_group if claim.kind == "container_group" else None
    return NotOurs(kind=claim.kind.replace("_", " "), name=claim.name, resource_group=place)

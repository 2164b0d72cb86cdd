from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pytest_aci.arm.documents import group_document
from pytest_aci.cleanup.ledger import Claim
from pytest_aci.cleanup.ownership import STEM_LENGTH, iso, proof_tags
from pytest_aci.errors import AciError, BorrowedGroupMissing, ControlPlaneError, NoRoom, Policy, ProvisioningFailed
from pytest_aci.provisioning.chronicle import FAILED, READY, sizes_of
from pytest_aci.provisioning.conditions import running, terminated
from pytest_aci.provisioning.creator import Creator
from pytest_aci.provisioning.handle import ContainerGroup
from pytest_aci.provisioning.persistence import persistently
from pytest_aci.provisioning.waiting import GroupView, wait_until
from pytest_aci.recording.tape import polling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_aci.arm.control_plane import GroupState, ResourceGroup
    from pytest_aci.cleanup.ledger import Ledger
    from pytest_aci.cleanup.ownership import Identity
    from pytest_aci.provisioning.budget import Budget
    from pytest_aci.provisioning.gate import Gate
    from pytest_aci.provisioning.handle import Surroundings
    from pytest_aci.provisioning.limit import CreationLimit
    from pytest_aci.provisioning.readiness import Condition
    from pytest_aci.provisioning.roll import Roll
    from pytest_aci.spec import Spec

NAMES_FOR_A_RESOURCE_GROUP = 3
SECONDS_UNTIL_GONE, SECONDS_BETWEEN_LOOKS = 60.0, 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A container group that somebody asked for.

    *stem* is the part of its name that says what it is; *until* is what to wait for, *timeout* for how many seconds.
    *label* is what people call it, such as the fixture's name.
    """

    spec: Spec
    stem: str
    until: Condition
    timeout: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for everything that a run creates. *lifetime* is in seconds, *tags* are the user's.

    *fallback_locations* are the regions to try, in this order, when one has no room. With *keeps_failed*, a group that
    does not become ready stays, to be looked at. *tags_for* gives more tags to a group, by its name and spec.
    """

    location: str
    lifetime: float
    tags: tuple[tuple[str, str], ...] = ()
    fallback_locations: tuple[str, ...] = ()
    keeps_failed: bool = False
    tags_for: Callable[[str, Spec], Mapping[str, str]] = lambda _name, _spec: {}


def default_condition(spec: Spec) -> Condition:
    """Return what to wait for if nobody says: the end of a task, and that everything else runs."""
    return terminated if spec.kind == "task" else running


def stems(stem: str, regions: int) -> list[str]:
    """Return the readable parts of a group's name in the *regions* that are tried, one after the other."""
    endings = [f"-r{number}" for number in range(2, regions + 1)]
    return [stem, *(stem[: STEM_LENGTH - len(ending)].rstrip("-") + ending for ending in endings)]


class Provisioner:
    """Turns wishes into container groups: claims each name on disk, asks ARM, and waits until the group is ready.

    *terms* are the same for all of them.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        ledger: Ledger,
        identity: Identity,
        terms: Terms,
        gate: Gate,
        *,
        budget: Budget | None = None,
        limit: CreationLimit | None = None,
        roll: Roll | None = None,
    ) -> None:
        self._around = surroundings
        self._identity = identity
        self.terms = terms
        self._budget = budget
        self._roll = roll
        self._creator = Creator(ledger, gate, surroundings.clock, identity.run_id, limit)

    def create_resource_group(self) -> ResourceGroup:
        """Create the run's own resource group; under another name if the first one is on its way out.

        Raises:
            NotOurs: One of that name exists, and another run or a person made it.
            Unowned: The claim could not be written.
            ControlPlaneError: ARM refused.
        """
        identity = self._identity
        for _ in range(NAMES_FOR_A_RESOURCE_GROUP - 1):
            try:
                return self._create_resource_group(identity)
            except ControlPlaneError as problem:
                if problem.policy is not Policy.RENAME:
                    raise
                identity = identity.renamed()
        return self._create_resource_group(identity)

    def _create_resource_group(self, identity: Identity) -> ResourceGroup:
        name, control_plane = identity.resource_group, self._around.control_plane
        return self._creator.create(
            Claim("resource_group", name, name, self._expires()),
            lambda: control_plane.put_resource_group(name, self.terms.location, self._tags(identity)),
            lambda: control_plane.get_resource_group(name),
            deadline=self._deadline(self._around.timeout),
        ).resource

    def borrow_resource_group(self, name: str) -> ResourceGroup:
        """Return a resource group that belongs to somebody else. No claim is written, so nothing can delete it.

        Raises:
            BorrowedGroupMissing: There is none of that name.
            ControlPlaneError: ARM refused.
        """
        get = partial(self._around.control_plane.get_resource_group, name)
        found = persistently(get, self._around.clock, self._deadline(self._around.timeout))
        if found is None:
            raise BorrowedGroupMissing(name=name)
        return found

    def up(self, wish: Wish, resource_group: ResourceGroup) -> ContainerGroup:
        """Create a container group in the resource group and wait until it is ready.

        Without room in a region, the next one is tried: one after the other and under a new name, since Azure takes
        one name in many regions for fraud. A spec that names its region is tried there only. A group that does not
        become ready is deleted at once: it would cost money and quota.

        Raises:
            NotOurs: One of that name exists.
            OverBudget: It could cost more than the run may.
            TooManyCreations: ACI takes no more in time.
            Unowned: The claim could not be written.
            NoRoom: No region that may be tried has room for it.
            ControlPlaneError: ARM refused.
            ProvisioningFailed: Azure could not bring it up.
            NotReady: What was awaited did not come in time, or never can.
        """
        tried: dict[str, ControlPlaneError] = {}
        first = wish.spec.location or resource_group.location
        others = () if wish.spec.location else self.terms.fallback_locations
        locations = tuple(dict.fromkeys((first, *others)))
        for stem, location in zip(stems(wish.stem, len(locations)), locations, strict=True):
            try:
                return self._up(wish, resource_group, self._identity.group(stem), location)
            except (ControlPlaneError, ProvisioningFailed) as problem:
                reason = problem.reason if isinstance(problem, ProvisioningFailed) else problem
                if reason is None or not reason.lacks_room:
                    raise
                tried[location] = reason
                if isinstance(problem, ProvisioningFailed) and not self.terms.keeps_failed:
                    self._await_gone(resource_group.name, problem.group)
                    if self._budget:
                        self._budget.settle(problem.group, (), 0.0)  # nothing of it has run
        raise NoRoom(group=wish.stem, tried=tried, held=self._creator.held)

    def _up(self, wish: Wish, resource_group: ResourceGroup, name: str, location: str) -> ContainerGroup:
        control_plane = self._around.control_plane
        tags = self._tags(self._identity, self.terms.tags_for(name, wish.spec))
        document = group_document(wish.spec, location=location, tags=tags, suffix=self._identity.nonce)
        chronicle = self._around.chronicle
        if self._budget:
            self._budget.reserve(name, sizes_of(document))
        chronicle.requested(name, wish.label, document)
        claim = Claim("container_group", name, resource_group.name, self._expires())
        ready = created = False
        try:
            answer = self._creator.create(
                claim,
                lambda: control_plane.put_group(resource_group.name, name, document),
                lambda: self._existing(resource_group.name, name),
                deadline=self._deadline(wish.timeout),
            )
            created, url = True, answer.operation_url
            state = wait_until(
                wish.until,
                GroupView(answer.resource, resource_group.name, wish.spec.restart_policy, self._around),
                self._around.clock,
                wish.timeout,
                operation=(lambda: control_plane.operation(url)) if url else None,
                correlation_id=answer.correlation_id,
            )
            ready = True
            chronicle.mark(name, READY)
        except Exception as problem:
            chronicle.mark(name, FAILED, str(problem))
            if self._budget and claim not in self._creator.ledger.open:
                self._budget.settle(name, sizes_of(document), 0.0)  # it was never there
            raise
        finally:
            if created and not ready and not self.terms.keeps_failed:
                self._remove(resource_group.name, name)
        return self.handle(state, wish, resource_group.name)

    def _existing(self, resource_group: str, name: str) -> GroupState | None:
        if self._roll and not self._roll.may_hold(resource_group, name):
            return None
        return self._around.control_plane.get_group(resource_group, name)

    def _remove(self, resource_group: str, name: str) -> None:
        """Delete a group that is of no use; what does not succeed here is still claimed, and paid at the end."""
        with suppress(AciError):
            self._around.control_plane.delete_group(resource_group, name)

    def _await_gone(self, resource_group: str, name: str) -> None:
        """Wait until a group that failed for lack of room is gone: until then it counts against the quota."""
        deadline = self._deadline(SECONDS_UNTIL_GONE)
        with suppress(AciError), polling():
            while self._around.control_plane.get_group(resource_group, name):
                if self._around.clock.monotonic() > deadline:
                    return
                self._around.clock.sleep(SECONDS_BETWEEN_LOOKS)

    def handle(self, state: GroupState, wish: Wish, resource_group: str) -> ContainerGroup:
        """Return a handle on a group that exists."""
        return ContainerGroup(
            state,
            resource_group,
            restart_policy=wish.spec.restart_policy,
            until=wish.until,
            surroundings=self._around,
        )

    def _tags(self, identity: Identity, more: Mapping[str, str] | None = None) -> dict[str, str]:
        now = self._around.control_plane.server_time() or self._around.clock.now()
        extra = (*self.terms.tags, *(more or {}).items())
        return proof_tags(identity, now=now, lifetime=self.terms.lifetime, extra=extra)

    def _expires(self) -> str:
        # By this machine's clock, which is the one that ledgers are held against.
        return iso(self._around.clock.now() + timedelta(seconds=self.terms.lifetime))

    def _deadline(self, seconds: float) -> float:
        return self._around.clock.monotonic() + seconds

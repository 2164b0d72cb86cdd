from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from pytest_aci.arm.documents import group_document
from pytest_aci.cleanup.ledger import Claim
from pytest_aci.cleanup.ownership import Whose, iso, proof_tags, whose
from pytest_aci.errors import BorrowedGroupMissing, ControlPlaneError, NotOurs
from pytest_aci.provisioning.handle import ContainerGroup
from pytest_aci.provisioning.readiness import Condition, running, terminated
from pytest_aci.provisioning.waiting import GroupView, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.arm.control_plane import GroupState, PutAnswer, ResourceGroup
    from pytest_aci.cleanup.ledger import Ledger
    from pytest_aci.cleanup.ownership import Identity
    from pytest_aci.provisioning.gate import Gate
    from pytest_aci.provisioning.handle import Surroundings
    from pytest_aci.spec import Spec

T = TypeVar("T", "GroupState", "ResourceGroup")


@dataclass(frozen=True, slots=True)
class Wish:
    """A container group that somebody asked for.

    *stem* is the part of its name that says what it is; *until* is what to wait for, *timeout* for how many seconds.
    """

    spec: Spec
    stem: str
    until: Condition
    timeout: float


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for everything that a run creates. *lifetime* is in seconds, *tags* are the user's."""

    location: str
    lifetime: float
    tags: tuple[tuple[str, str], ...] = field(default=())


def default_condition(spec: Spec) -> Condition:
    """Return what to wait for if nobody says: the end of a task, and that everything else runs."""
    return terminated if spec.kind == "task" else running


class Provisioner:
    """Turns wishes into container groups: claims each name on disk, asks ARM, and waits until the group is ready."""

    def __init__(
        self, surroundings: Surroundings, ledger: Ledger, identity: Identity, terms: Terms, gate: Gate
    ) -> None:
        self._around = surroundings
        self._ledger = ledger
        self._identity = identity
        self._terms = terms
        self._gate = gate

    def create_resource_group(self) -> ResourceGroup:
        """Create the run's own resource group.

        Raises:
            NotOurs: One of that name exists.
            Unowned: The claim could not be written.
            ControlPlaneError: ARM refused.
        """
        name = self._identity.resource_group
        control_plane = self._around.control_plane
        if control_plane.resource_group_exists(name):
            raise NotOurs(kind="resource group", name=name)
        tags = self._tags(self._terms.tags)
        return self._put(
            Claim("resource_group", name, name, self._expires()),
            lambda: control_plane.put_resource_group(name, self._terms.location, tags),
            lambda: control_plane.get_resource_group(name),
        )

    def borrow_resource_group(self, name: str) -> ResourceGroup:
        """Return a resource group that belongs to somebody else. No claim is written, so nothing can delete it.

        Raises:
            BorrowedGroupMissing: There is none of that name.
        """
        found = self._around.control_plane.get_resource_group(name)
        if found is None:
            raise BorrowedGroupMissing(name=name)
        return found

    def up(self, wish: Wish, resource_group: ResourceGroup) -> ContainerGroup:
        """Create a container group in the resource group and wait until it is ready.

        A group that does not become ready is deleted at once: it would cost money and quota.

        Raises:
            NotOurs: One of that name exists.
            Unowned: The claim could not be written.
            ControlPlaneError: ARM refused.
            ProvisioningFailed: Azure could not bring it up.
            NotReady: What was awaited did not come in time, or never can.
        """
        name = self._identity.group(wish.stem)
        control_plane = self._around.control_plane
        document = group_document(
            wish.spec,
            location=wish.spec.location or resource_group.location,
            tags=self._tags(self._terms.tags),
            suffix=self._identity.nonce,
        )
        operation_url = ""

        def put() -> PutAnswer[GroupState]:
            nonlocal operation_url
            answer = control_plane.put_group(resource_group.name, name, document)
            operation_url = answer.operation_url or ""
            return answer

        state = self._put(
            Claim("container_group", name, resource_group.name, self._expires()),
            put,
            lambda: control_plane.get_group(resource_group.name, name),
            place=resource_group.name,
        )
        view = GroupView(state, resource_group.name, wish.spec.restart_policy, self._around)
        ready = False
        try:
            state = wait_until(
                wish.until,
                view,
                self._around.clock,
                wish.timeout,
                operation=(lambda: control_plane.operation(operation_url)) if operation_url else None,
            )
            ready = True
        finally:
            if not ready:
                control_plane.delete_group(resource_group.name, name)
        return self.handle(state, wish, resource_group.name)

    def handle(self, state: GroupState, wish: Wish, resource_group: str) -> ContainerGroup:
        """Return a handle on a group that exists."""
        return ContainerGroup(
            state,
            resource_group,
            restart_policy=wish.spec.restart_policy,
            until=wish.until,
            surroundings=self._around,
        )

    def _put(
        self, claim: Claim, put: Callable[[], PutAnswer[T]], get: Callable[[], T | None], *, place: str | None = None
    ) -> T:
        """Claim, put, and settle again if what was put turns out to be somebody else's."""
        try:
            with self._gate.passing():
                self._ledger.claim(claim)
                answer = put()
        except ControlPlaneError as problem:
            if problem.status is not None:
                self._ledger.settle(claim)  # ARM refused: nothing of that name was created
                raise
            # The reply was lost, perhaps after the request was obeyed. The name was free and is random,
            # so if it exists now with our proof on it, it is ours.
            found = get()
            if found is None or whose(claim.name, found.tags, self._identity.run_id) is not Whose.OURS:
                raise
            return found
        if not answer.created:
            self._ledger.settle(claim)
            raise NotOurs(kind=claim.kind.replace("_", " "), name=claim.name, resource_group=place)
        return answer.resource

    def _tags(self, extra: tuple[tuple[str, str], ...]) -> dict[str, str]:
        return proof_tags(self._identity, now=self._around.clock.now(), lifetime=self._terms.lifetime, extra=extra)

    def _expires(self) -> str:
        return iso(self._around.clock.now() + timedelta(seconds=self._terms.lifetime))

from __future__ import annotations

from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

from pytest_aci.errors import Vanished
from pytest_aci.provisioning.gate import Gate
from pytest_aci.provisioning.handle import Surroundings
from pytest_aci.provisioning.watcher import Watcher
from pytest_aci.run.part import part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_aci.arm.control_plane import ResourceGroup
    from pytest_aci.provisioning.chronicle import Chronicle
    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.limit import CreationLimit
    from pytest_aci.provisioning.provisioner import Provisioner, Wish
    from pytest_aci.run.books import Books
    from pytest_aci.run.reach import Reach
    from pytest_aci.run.tapes import Tapes
    from pytest_aci.spec import Spec


class Workshop:
    """Where the resource group and the groups of a run are made, or attached to if another process has made them.

    Each is made on its own tape. `gate` can be closed, after which nothing more is made; `tags_for` gives more tags
    to a group by its name and spec, and `tell_ready` is told each group that was made, with the seconds it took.
    """

    def __init__(self, reach: Reach, tapes: Tapes, books: Books, chronicle: Chronicle) -> None:
        self.making = RLock()
        self.gate = Gate()
        self.tags_for: Callable[[str, Spec], Mapping[str, str]] = lambda _name, _spec: {}
        self.tell_ready: Callable[[ContainerGroup, float], None] = lambda _group, _seconds: None
        self._reach = reach
        self._settings = reach.settings
        self._identity = reach.seat.identity
        self._tapes = tapes
        self._books = books
        self._chronicle = chronicle

    @part
    def surroundings(self) -> Surroundings:
        """What every handle of this run looks through."""
        watcher = None
        if self._settings.mode.is_live:
            saw = self._chronicle.saw_deployments
            watcher = Watcher(self._reach.unseen, self._reach.clock, saw=saw, watchers=self._reach.processes)
        return Surroundings(
            self._reach.control_plane,
            self._reach.network,
            self._reach.clock,
            self._settings.timeout,
            watcher,
            self._chronicle,
            self._settings.log_lines,
        )

    @part
    def provisioner(self) -> Provisioner:
        """What turns wishes into groups."""
        from pytest_aci.provisioning.provisioner import Provisioner, Terms  # noqa: PLC0415 # loads the SDK
        from pytest_aci.provisioning.roll import Roll  # noqa: PLC0415 # for live runs only

        terms = Terms(
            self._settings.location,
            self._settings.lifetime,
            self._settings.tags,
            self._settings.fallback_locations,
            keeps_failed=self._settings.keeps != "never",
            tags_for=self.tags_for,
        )
        return Provisioner(
            self.surroundings,
            self._books.debts.ledger,
            self._identity,
            terms,
            self.gate,
            budget=self._books.budget,
            limit=self._limit,
            roll=None if self._reach.deck else Roll(self._reach.control_plane),
        )

    @property
    def _limit(self) -> CreationLimit | None:
        """How fast Azure lets groups be created; a control plane on this machine sets no limit."""
        if not self._settings.mode.is_live or self._reach.is_loopback:
            return None
        from pytest_aci.provisioning.limit import CreationLimit  # noqa: PLC0415 # most runs have none

        return CreationLimit(
            self._reach.clock, self._books.shared_file("creations.json"), self._reach.control_plane.creations_left
        )

    def make_resource_group(self) -> ResourceGroup:
        """Create the resource group of the run, or borrow the one that is named."""
        if self._settings.mode.is_live:
            from pytest_aci.provisioning.preflight import check_deletion, check_registration  # noqa: PLC0415 # not needed in replay

            if not self._reach.is_loopback:
                check_registration(self._reach.unseen)
            check_deletion(self._reach.unseen, self._settings.resource_group if self._settings.borrows else None)
        with self._tapes.creating(self._identity.resource_group, self._tapes.of_resource_group()):
            if self._settings.borrows:
                return self.provisioner.borrow_resource_group(self._settings.resource_group)
            return self.provisioner.create_resource_group()

    def attach_resource_group(self, facts: Mapping[str, Any]) -> ResourceGroup:
        """Return the resource group that another process has created or borrowed."""
        found = self._reach.ask(partial(self._reach.control_plane.get_resource_group, facts["name"]))
        if found is None:
            raise Vanished(resource_group=facts["name"])
        return found

    def make(self, wish: Wish, resource_group: ResourceGroup, owner: str | None) -> ContainerGroup:
        """Create a group, on the tape of *owner* or else on the current one."""
        with self._tapes.creating(self.name_of(wish), self._tapes.of_group(owner, wish)):
            group = self.provisioner.up(wish, resource_group)
        story = self._chronicle.story(group.name)
        self.tell_ready(group, (story.seconds_to_ready if story else None) or 0.0)
        return group

    def attach(self, facts: Mapping[str, Any], wish: Wish) -> ContainerGroup:
        """Return a handle on a group that another process has made."""
        state = self._reach.ask(partial(self._reach.control_plane.get_group, facts["resource_group"], facts["name"]))
        if state is None:
            raise Vanished(group=facts["name"], resource_group=facts["resource_group"])
        self._chronicle.attached(state.name, wish.label, facts.get("moments", {}))
        self._chronicle.saw(state)
        return self.provisioner.handle(state, wish, facts["resource_group"])

    def facts(self, made: ContainerGroup) -> dict[str, Any]:
        """What another process has to know in order to attach."""
        story = self._chronicle.story(made.name)
        moments = dict(story.moments) if story else {}
        return {"name": made.name, "resource_group": made.resource_group, "moments": moments}

    def name_of(self, wish: Wish) -> str:
        """The name that a group of this run gets, unless another region has to take it."""
        return self._identity.group(wish.stem)

    def names_of(self, wish: Wish) -> set[str]:
        """The names that it can get, in all regions that may be tried."""
        from pytest_aci.provisioning.provisioner import stems  # noqa: PLC0415 # loads the SDK

        return set(map(self._identity.group, stems(wish.stem, 1 + len(self._settings.fallback_locations))))

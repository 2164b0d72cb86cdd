from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_aci.cleanup.kept import Card, Cards, set_expiry, usable
from pytest_aci.cleanup.ownership import Identity
from pytest_aci.errors import AciError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_aci.provisioning.chronicle import Chronicle
    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.provisioner import Provisioner, Wish
    from pytest_aci.run.books import Books
    from pytest_aci.run.reach import Reach


class Reuse:
    """Groups that `--aci-keep=always` leaves for the next run, found again by what was wished for, and where."""

    def __init__(
        self,
        reach: Reach,
        provisioner: Provisioner,
        books: Books,
        chronicle: Chronicle,
        environment: Mapping[str, str],
    ) -> None:
        self._reach = reach
        self._provisioner = provisioner
        self._ledger = books.ledger
        self._chronicle = chronicle
        self._environment = environment
        self._cards = Cards(books.state / "kept")
        self.found: list[Card] = []
        """What this run uses of what earlier ones have kept."""

    def offer(self, group: ContainerGroup, wish: Wish) -> None:
        """Let later runs find a group."""
        card = Card(group.name, group.resource_group, self._reach.seat.identity.run_id)
        self._cards.put(self._wanted(wish), card)

    def find(self, wish: Wish) -> ContainerGroup | None:
        """Return a group that an earlier run has kept for the same wish, if it may be used and still is what it was."""
        if not self._reach.settings.reuses(self._environment):
            return None
        wanted = self._wanted(wish)
        card = self._cards.find(wanted)
        if card is None:
            return None
        self._ledger.use(card.run_id)  # before it is looked at, so that no sweep deletes what was found
        state = self._reach.ask(partial(usable, self._reach.control_plane, card))
        if state is None:
            return None
        group = self._provisioner.handle(state, wish, card.resource_group)
        try:
            group.wait(wish.until, timeout=wish.timeout)
            lifetime = self._provisioner.terms.lifetime
            self._reach.ask(partial(set_expiry, self._reach.control_plane, card.resource_group, card.run_id, lifetime))
        except AciError:  # it is ill or on its way out, and would be found by each run until it expires
            self._cards.remove(wanted)
            return None
        self._chronicle.attached(group.name, wish.label, {})
        self._chronicle.saw(state)
        self.found.append(card)
        return group

    def _wanted(self, wish: Wish) -> str:
        """What has to be the same for a group to be used again, as one text."""
        place, terms = self._reach.connection, self._provisioner.terms
        # The names that two runs give differ in their random bits: as in replay, the hook is told zeros.
        tags = {**dict(terms.tags), **terms.tags_for(Identity.replay().group(wish.stem), wish.spec)}
        same = (
            place.base_url,
            place.subscription_id,
            self._reach.settings.resource_group.lower(),
            terms.location,
            terms.fallback_locations,
            sorted(tags.items()),
            wish.stem,
            wish.spec.key,
            str(wish.until),
        )
        return repr(same)

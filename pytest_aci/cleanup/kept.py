from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from pytest_aci.cleanup.ownership import DELETE_AFTER, Whose, iso, moment_of, whose
from pytest_aci.errors import AciError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_aci.arm.control_plane import ControlPlane, GroupState

KEPT_SECONDS = 3600.0
LEAST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Card:
    """What has to be known to use a kept group again: where it is, and whose it was."""

    name: str
    resource_group: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A container group that outlives the run, as it is now, where, and until when."""

    state: GroupState
    resource_group: str
    until: datetime | None


class Cards:
    """The cards of kept groups on this machine, by what was asked for and where."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, wanted: str) -> Card | None:
        """Return the card for something that is wanted, if there is a readable one."""
        try:
            return Card(**json.loads(self._path(wanted).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def put(self, wanted: str, card: Card) -> None:
        """Write a card, over an older one."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f"{card.name}.new"  # no other run has a group of this name
        draft.write_text(json.dumps(asdict(card)), encoding="utf-8")
        draft.replace(self._path(wanted))

    def remove(self, wanted: str) -> None:
        """Forget a card."""
        self._path(wanted).unlink(missing_ok=True)

    def _path(self, wanted: str) -> Path:
        return self._folder / f"{sha256(wanted.encode()).hexdigest()[:24]}.json"


def usable(control_plane: ControlPlane, card: Card) -> GroupState | None:
    """Return a kept group if it still is what its card says, is well where it is, and has some minutes left."""
    home = control_plane.get_resource_group(card.resource_group)
    state = control_plane.get_group(card.resource_group, card.name) if home else None
    if home is None or state is None or {home.provisioning_state, state.provisioning_state} != {"Succeeded"}:
        return None
    if whose(card.name, state.tags, card.run_id) is not Whose.OURS:
        return None
    expires = moment_of(home.tags, DELETE_AFTER) or moment_of(state.tags, DELETE_AFTER)
    return state if expires and expires > _now(control_plane) + timedelta(seconds=LEAST_SECONDS) else None


def set_expiry(
    control_plane: ControlPlane, resource_group: str, run_id: str, seconds: float, *, only_earlier: bool = False
) -> datetime | None:
    """Let a resource group expire in *seconds* if it is one of that run: a borrowed one is not touched, and does not.

    Returns the expiry that it has from now on, by the server's clock.

    Raises:
        ControlPlaneError: ARM refused, because it is being deleted or has just gone, for example.
    """
    found = control_plane.get_resource_group(resource_group)
    if found is None or whose(found.name, found.tags, run_id) is not Whose.OURS:
        return None
    moment = (_now(control_plane) + timedelta(seconds=seconds)).replace(microsecond=0)
    current = moment_of(found.tags, DELETE_AFTER)
    if only_earlier and current and current <= moment:
        return current
    control_plane.tag_resource_group(found.name, {**found.tags, DELETE_AFTER: iso(moment)})
    return moment


def keep_for(control_plane: ControlPlane, cards: Iterable[Card]) -> list[Kept]:
    """Let what is kept expire in an hour at the latest, and return what it is: for the user, who wants to look at it.

    In a borrowed resource group each container group keeps the expiry that it was created with.
    """
    kept = list(cards)
    places: dict[str, datetime | None] = {}
    for place, run_id in dict.fromkeys((card.resource_group, card.run_id) for card in kept):
        with suppress(AciError):  # then it keeps the expiry that it has
            places[place] = set_expiry(control_plane, place, run_id, KEPT_SECONDS, only_earlier=True)
    found = []
    for card in (one for one in kept if one.name != one.resource_group):
        with suppress(AciError):
            if state := control_plane.get_group(card.resource_group, card.name):
                until = places.get(card.resource_group) or moment_of(state.tags, DELETE_AFTER)
                found.append(Kept(state, card.resource_group, until))
    return found


def _now(control_plane: ControlPlane) -> datetime:
    return control_plane.server_time() or datetime.now(UTC)

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aci.cleanup.kept import Card, Cards, keep_for, set_expiry, usable
from pytest_aci.cleanup.ownership import DELETE_AFTER, Identity, iso, proof_tags
from pytest_aci.errors import ControlPlaneError
from tests.arm.fake_control_plane import FakeControlPlane

if TYPE_CHECKING:
    from collections.abc import Mapping

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
IDENTITY = Identity("run", "a" * 16)
PLACE = IDENTITY.resource_group


def azure(lifetime: float) -> FakeControlPlane:
    """An Azure at noon, by its own clock, with a resource group that a run has just created."""
    plane = FakeControlPlane(now=lambda: NOON)
    plane.put_resource_group(PLACE, "westeurope", proof_tags(IDENTITY, now=NOON, lifetime=lifetime, extra=()))
    return plane


@pytest.mark.parametrize(("lifetime", "left"), [(7200, 3600), (600, 600)], ids=["shortened", "short already"])
def test_what_is_kept_lives_no_longer_than_it_would_have(lifetime: float, left: float) -> None:
    """It expires after an hour, or when it would have expired anyway, whichever comes first."""
    plane = azure(lifetime)
    keep_for(plane, [Card(PLACE, PLACE, IDENTITY.run_id)])
    assert plane.resource_groups[PLACE].tags[DELETE_AFTER] == iso(NOON + timedelta(seconds=left))


@pytest.mark.parametrize(
    ("home", "group", "is_usable"),
    [
        (timedelta(hours=1), timedelta(minutes=-1), True),
        (timedelta(minutes=-1), timedelta(hours=1), False),
        (timedelta(minutes=5), timedelta(hours=1), False),
        (timedelta(minutes=5, seconds=1), timedelta(hours=1), True),
        (None, timedelta(hours=1), True),
        (None, timedelta(minutes=5), False),
        (None, None, False),
    ],
    ids=str,
)
def test_what_is_used_again_has_some_minutes_left(
    home: timedelta | None, group: timedelta | None, is_usable: bool
) -> None:
    """More than five, by the tag of its resource group, which each run that uses it renews; a borrowed one has none."""
    plane = azure(600)
    name, own = IDENTITY.group("web"), proof_tags(IDENTITY, now=NOON, lifetime=600, extra=())
    plane.put_group(PLACE, name, {"location": "westeurope", "tags": expiring(own, group), "properties": {}})
    plane.tag_resource_group(PLACE, expiring(own, home))
    found = usable(plane, Card(name, PLACE, IDENTITY.run_id))
    assert (found is not None) == is_usable


def expiring(tags: Mapping[str, str], left: timedelta | None) -> dict[str, str]:
    """Tags that say so much is left at noon, or do not say."""
    told = {DELETE_AFTER: iso(NOON + left)} if left else {}
    return {key: value for key, value in tags.items() if key != DELETE_AFTER} | told


def test_what_is_used_again_lives_longer() -> None:
    """A run that takes over a kept group gives it a lifetime of its own."""
    plane = azure(600)
    set_expiry(plane, PLACE, IDENTITY.run_id, 7200.0)
    assert plane.resource_groups[PLACE].tags[DELETE_AFTER] == iso(NOON + timedelta(hours=2))


def test_what_is_gone_stays_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resource group that somebody deletes while its expiry is changed is not created again."""
    plane = azure(600)
    found = plane.resource_groups.pop(PLACE)
    monkeypatch.setattr(plane, "get_resource_group", lambda _: found)
    with pytest.raises(ControlPlaneError, match=f"Resource group '{PLACE}' could not be found"):
        set_expiry(plane, PLACE, IDENTITY.run_id, 7200.0)
    assert plane.resource_groups == {}


def test_two_runs_that_keep_the_same_do_not_collide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each card is whole, and the last one counts."""
    first, second = (Card(f"web-{nonce * 16}", "home", "run") for nonce in "ab")
    cards, replace = Cards(tmp_path), Path.replace

    def meet(draft: Path, target: Path) -> Path:
        monkeypatch.undo()
        cards.put("web", second)
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", meet)
    cards.put("web", first)
    assert cards.find("web") == first
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]

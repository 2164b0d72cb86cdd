from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.cleanup.ledger import read
from pytest_aci.cleanup.ownership import DELETE_AFTER, moment_of
from pytest_aci.errors import ControlPlaneError
from tests.run.builders import House, order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.arm.fake_control_plane import FakeControlPlane


def keep(folder: Path, azure: FakeControlPlane | None = None, **spec: Any) -> House:
    """A run that keeps a group for the next one."""
    house = House(folder, keep="always", azure=azure)
    house.run.shared(order(**spec))
    house.run.close()
    return house


def test_the_next_run_uses_what_was_kept(tmp_path: Path) -> None:
    """The same wish finds the same group, and nothing is created."""
    first = keep(tmp_path)
    second = keep(tmp_path, first.azure)
    assert [group.name for group in second.run.groups] == [group.name for group in first.run.groups]
    assert first.puts() == 1


def test_what_is_used_again_is_told_and_outlives_the_run_by_an_hour(tmp_path: Path) -> None:
    """While it is used it has the lifetime of the run, and at the end an hour, as after the first run."""
    first = keep(tmp_path)
    second = House(tmp_path, keep="always", azure=first.azure)
    group = second.run.shared(order())
    now, home = second.clock.now(), first.azure.resource_groups[group.resource_group]
    assert moment_of(home.tags, DELETE_AFTER) == now + timedelta(seconds=second.run.settings.lifetime)
    second.run.close()
    ((state, until),) = [(one.state, one.until) for one in second.run.kept]
    home = first.azure.resource_groups[group.resource_group]
    assert state.name == group.name
    assert until == moment_of(home.tags, DELETE_AFTER) == second.clock.now() + timedelta(hours=1)
    (story,) = second.run.chronicle.stories()
    assert story.was_reused


def test_whose_things_are_used_again_is_on_disk(tmp_path: Path) -> None:
    """While a run goes on, its ledger names the one that has kept what it uses; at its end there is none."""
    first = keep(tmp_path)
    second = House(tmp_path, keep="always", azure=first.azure)
    second.run.shared(order())
    assert read(second.run.books.folder).used == {first.run.seat.identity.run_id}
    second.run.close()
    assert not second.run.books.folder.exists()


def test_throttling_does_not_keep_from_what_was_kept(tmp_path: Path) -> None:
    """Looking at a kept group, and giving it more time, is tried again when ARM asks to wait."""
    first = keep(tmp_path)
    second = House(tmp_path, keep="always", azure=first.azure)
    busy = refusal(doing="get", code="TooManyRequests", message="", status=429, headers={"Retry-After": "3"})
    first.azure.fail("get_group", busy, target="web")
    first.azure.fail("tag_resource_group", busy)
    second.run.shared(order())
    assert first.puts() == 1
    assert second.clock.slept.count(3) == 2


def test_another_wish_finds_nothing(tmp_path: Path) -> None:
    """Groups are found by what they are, not by their name."""
    first = keep(tmp_path)
    keep(tmp_path, first.azure, ports=[80])
    assert first.puts() == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"location": "eastus"},
        {"fallback_locations": ("eastus",)},
        {"tags": (("team", "blue"),)},
        {"resource_group": "lent"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_other_terms_find_nothing(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Who asks for another region, other tags or another resource group does not get what an earlier run had."""
    first = keep(tmp_path)
    first.azure.foreign("lent")
    second = House(tmp_path, keep="always", azure=first.azure, **changed)
    second.run.shared(order())
    assert first.puts() == 2


@pytest.mark.parametrize(("team", "puts"), [("red", 1), ("blue", 2)])
def test_the_tags_of_the_hook_count(tmp_path: Path, team: str, puts: int) -> None:
    """A kept group has to have the tags that the hook gives now; that their names are new does not matter."""
    first = House(tmp_path, keep="always")
    first.run.workshop.tags_for = lambda name, _: {"name": name, "team": "red"}
    first.run.shared(order())
    first.run.close()
    second = House(tmp_path, keep="always", azure=first.azure)
    second.run.workshop.tags_for = lambda name, _: {"name": name, "team": team}
    second.run.shared(order())
    assert first.puts() == puts


def test_what_is_gone_or_nobodys_is_not_used(tmp_path: Path) -> None:
    """A card alone proves nothing: the group has to be there, with its tags."""
    first = keep(tmp_path)
    for document in first.azure.groups.values():
        document["tags"] = {}
    second = keep(tmp_path, first.azure)
    assert first.puts() == 2
    first.azure.groups.clear()
    keep(tmp_path, second.azure)
    assert first.puts() == 3


def test_what_is_on_its_way_out_is_not_used(tmp_path: Path) -> None:
    """A group in a resource group that is being deleted is replaced, although it still looks well itself."""
    first = keep(tmp_path)
    for name, home in first.azure.resource_groups.items():
        first.azure.resource_groups[name] = replace(home, provisioning_state="Deleting")
    keep(tmp_path, first.azure)
    assert first.puts() == 2


def test_what_can_not_live_longer_is_not_used(tmp_path: Path) -> None:
    """Where Azure refuses another expiry, as in a deletion that has just begun, the run makes a group of its own."""
    first = keep(tmp_path)
    going = refusal(doing="tag", code="ResourceGroupBeingDeleted", message="deprovisioning", status=409)
    first.azure.fail("tag_resource_group", going)
    second = keep(tmp_path, first.azure)
    assert first.puts() == 2
    third = keep(tmp_path, first.azure)
    assert [group.name for group in third.run.groups] == [group.name for group in second.run.groups]


def test_what_is_ill_is_not_used_and_not_looked_at_again(tmp_path: Path) -> None:
    """A kept group that does not become ready is replaced, and its life is not prolonged."""
    first = keep(tmp_path)
    ((place, name),) = first.azure.groups
    first.azure.stop_group(place, name)
    expires = first.azure.resource_groups[place].tags[DELETE_AFTER]
    first.azure.fail("put_group", refusal(doing="create", code="InvalidOsType", message="", status=400))
    second = House(tmp_path, keep="always", azure=first.azure)
    with pytest.raises(ControlPlaneError, match="InvalidOsType"):  # so that it leaves no card of its own
        second.run.shared(order())
    second.run.close()
    looks = len(first.azure.verbs(name))
    third = keep(tmp_path, first.azure)
    assert [group.name for group in third.run.groups] != [name]
    assert len(first.azure.verbs(name)) == looks
    assert first.azure.resource_groups[place].tags[DELETE_AFTER] == expires

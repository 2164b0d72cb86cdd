from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.cleanup.outcome import Outcome
from pytest_aci.cleanup.ownership import Identity
from pytest_aci.errors import ControlPlaneError, NoRoom, OverBudget, RunEnded, TwinSpecs, Vanished
from pytest_aci.prices import prices
from pytest_aci.run import Seat
from tests.arm.fake_control_plane import failed, pending
from tests.run.builders import House, order, wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A run that has not done anything yet."""
    return House(tmp_path)


def test_a_run_that_nobody_asks_does_nothing(house: House) -> None:
    """Nothing is contacted or written, not even at its end."""
    assert house.run.close().left == ()
    assert house.azure.calls == []
    assert not house.run.books.folder.exists()


def test_askers_of_the_same_share_a_group(house: House) -> None:
    """One container group and one resource group, whoever asks and however often."""
    assert house.run.shared(order()) is house.run.shared(order())
    house.run.shared(order("job"))
    assert house.puts() == 2
    assert house.azure.verbs().count("put_resource_group") == 1
    assert [group.name.partition("-")[0] for group in house.run.groups] == ["web", "job"]


def test_one_name_for_two_specs_is_refused(house: House) -> None:
    """Two declarations of one name that ask for different things can not share a group."""
    house.run.shared(order())
    with pytest.raises(TwinSpecs):
        house.run.shared(order(ports=[80]))


def test_what_is_ordered_ahead_is_not_made_again(house: House) -> None:
    """Whoever asks later gets what threads have begun to create."""
    orders = [order(f"web{number}") for number in range(8)]
    house.run.order(orders)
    groups = [house.run.shared(one) for one in orders]
    assert len({group.name for group in groups}) == 8
    assert house.puts() == 8


def test_a_failure_ahead_is_told_to_whoever_asks(house: House) -> None:
    """Nobody is there to see it when it happens, and nobody tries again what has just failed."""
    house.azure.fail("put_group", refusal(doing="create", code="InvalidOsType", message="no", status=400), times=9)
    house.run.order([order()])
    for _ in range(2):
        with pytest.raises(Exception, match="InvalidOsType"):
            house.run.shared(order())
    assert house.puts() == 1


def test_what_is_released_goes_and_can_be_had_anew(house: House) -> None:
    """A group that nobody needs any more is deleted while the run goes on; who asks all the same gets a new one."""
    first = house.run.shared(order())
    assert house.run.release(order())
    second = house.run.shared(order())
    assert second is not first
    assert house.azure.verbs().count("delete_group") == 1
    assert [group.name for group in house.run.groups] == [first.name, second.name]
    assert not house.run.release(order("never"))


def test_room_that_the_run_itself_makes_is_used(house: House) -> None:
    """Who is refused for lack of quota asks again when a group of the run has gone meanwhile, and only then."""
    full = refusal(doing="create", code="ContainerGroupQuotaReached", message="full", status=403)
    house.azure.fail("put_group", full, target="/job")
    house.run.shared(order())
    for _ in range(3):
        with pytest.raises(NoRoom):
            house.run.shared(order("job"))
    assert house.puts() == 2
    assert house.run.release(order())
    assert house.run.shared(order("job")).state == "Running"


@pytest.mark.parametrize("fails", [False, True])
def test_a_group_of_ones_own_ends_with_the_block(house: House, fails: bool) -> None:
    """Whatever happens in the block, the group is gone behind it, and what is shared stays."""

    def use() -> None:
        with house.run.own(wish("own")) as group:
            assert group.name in house.left()
            if fails:
                raise KeyboardInterrupt

    house.run.shared(order())
    if fails:
        with pytest.raises(KeyboardInterrupt):
            use()
    else:
        use()
    assert [name.partition("-")[0] for name in house.left()] == ["pytest", "web"]


@pytest.mark.parametrize(("keep", "left"), [("never", 0), ("on-failure", 2), ("always", 2)])
def test_a_group_of_ones_own_that_is_never_ready_is_gone_when_that_is_told(
    tmp_path: Path, keep: str, left: int
) -> None:
    """Whoever expects it goes on, and nothing is owed: not in any region either. Where groups are kept, it stays."""
    house = House(tmp_path, keep=keep, fallback_locations=("eastus",))
    house.azure.script(pending, failed())
    with pytest.raises(NoRoom), house.run.own(wish("own")):
        pytest.fail("it is ready")
    assert len(house.azure.groups) == left
    assert len([claim for claim in house.run.books.debts.ledger.open if claim.kind == "container_group"]) == left
    assert len(house.run.books.debts.kept) == (3 if keep == "always" else 0)


def test_what_azure_refuses_costs_nothing(tmp_path: Path) -> None:
    """A budget for one group is still there for the next one if the first was never created."""
    house = House(tmp_path, budget=0.1, prices=prices("0.04,0.004,EUR"))
    house.azure.fail("put_group", refusal(doing="create", code="InvalidOsType", message="no", status=400))
    with pytest.raises(ControlPlaneError):
        house.run.shared(order())
    assert house.run.shared(order("job")).state == "Running"
    with pytest.raises(OverBudget):
        house.run.shared(order("third"))


def test_a_resource_group_that_went_is_told_by_its_name(tmp_path: Path) -> None:
    """A worker that comes later finds out, and is not told of an option that nobody gave."""
    seat = Seat(Identity.new(), shares=True)
    first = House(tmp_path, seat=seat)
    first.run.resource_group()
    first.azure.resource_groups.clear()
    with pytest.raises(Vanished, match=f"The resource group '{seat.identity.resource_group}', which this run has used"):
        House(tmp_path, seat=seat, azure=first.azure).run.resource_group()


@pytest.mark.parametrize("verb", ["get_resource_group", "get_group"])
def test_throttling_does_not_keep_a_worker_from_what_another_has_made(tmp_path: Path, verb: str) -> None:
    """What is shared is looked at once, and the failure would be kept: it is looked at again when ARM asks to wait."""
    seat = Seat(Identity.new(), shares=True)
    first = House(tmp_path, seat=seat)
    name = first.run.shared(order()).name
    second = House(tmp_path, seat=seat, azure=first.azure)
    busy = refusal(doing="get", code="TooManyRequests", message="", status=429, headers={"Retry-After": "3"})
    first.azure.fail(verb, busy, times=2)
    assert second.run.resource_group().name == seat.identity.resource_group
    assert second.run.shared(order()).name == name
    assert second.clock.slept.count(3) == 2


def test_the_end_deletes_everything_once(house: House) -> None:
    """Everything is gone, closing again does nothing, and nothing can be created any more."""
    house.run.shared(order())
    assert len(house.run.close().gone) == 2
    assert house.left() == []
    asked = len(house.azure.calls)
    assert len(house.run.close().gone) == 2
    assert len(house.azure.calls) == asked
    with pytest.raises(RunEnded):
        house.run.shared(order("late"))


def test_an_interrupted_run_sends_all_deletions_and_confirms_later(house: House) -> None:
    """There may be no time for more than the first phase; the second one sends nothing again."""
    house.run.shared(order())
    house.run.send_deletions()
    sent = [verb for verb in house.azure.verbs() if verb.startswith("delete")]
    assert sent == ["delete_group", "delete_resource_group"]
    with pytest.raises(RunEnded):
        house.run.shared(order("late"))
    assert len(house.run.close().gone) == 2
    assert [verb for verb in house.azure.verbs() if verb.startswith("delete")] == sent


def test_an_end_that_was_cut_short_is_made_up_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever interrupts the end of a run, whoever closes it again deletes the rest."""
    house.run.shared(order())
    with monkeypatch.context() as patched:
        patched.setattr(house.run.books.debts, "pay", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            house.run.close()
    assert len(house.run.close().gone) == 2
    assert house.left() == []


def test_the_whole_end_is_one_block_that_signals_do_not_cut_short(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for what is on its way is part of it, and every deletion is sent before that."""
    happened: list[str] = []

    @contextmanager
    def cleaning() -> Iterator[Callable[[], bool]]:
        happened.append("begin")
        yield lambda: False
        happened.append("end")

    def await_all(hurried: Callable[[], bool]) -> Outcome:
        happened.extend(verb for verb in house.azure.verbs() if verb.startswith("delete"))
        assert not hurried()
        return Outcome()

    house.run.shared(order())
    house.run.books.cleaning = cleaning
    monkeypatch.setattr(house.run._departures, "await_all", await_all)
    house.run.close()
    assert happened[:3] == ["begin", "delete_group", "delete_resource_group"]
    assert happened[-1] == "end"
    assert happened.count("begin") == 1


def test_an_interrupted_run_keeps_what_is_to_be_kept(tmp_path: Path) -> None:
    """With --aci-keep=always, the deletions that an interrupt sends at once leave the same things alone as the end."""
    house = House(tmp_path, keep="always")
    house.run.shared(order())
    house.run.send_deletions()
    house.run.close()
    assert len(house.left()) == 2


def test_kept_groups_stay_with_their_home(tmp_path: Path) -> None:
    """With --aci-keep=always nothing is deleted, and what stays is told."""
    house = House(tmp_path, keep="always")
    group = house.run.shared(order())
    assert house.run.close().left == ()
    assert [one.state.name for one in house.run.kept] == [group.name]
    assert len(house.left()) == 2


def test_a_failing_test_shows_what_its_groups_do_now(house: House) -> None:
    """State and logs are read again, unless the group is gone."""
    group = house.run.shared(order())
    house.azure.printed[group.name, "main"] = "last words\n"
    house.run.look_again(group.name)
    assert house.run.chronicle.last(group.name)[1] == {"main": "last words\n"}
    house.run.close()
    asked = len(house.azure.calls)
    house.run.look_again(group.name)
    house.run.look_again("unknown")
    assert len(house.azure.calls) == asked


def test_secrets_of_specs_are_known(house: House) -> None:
    """What is asked for as a secret is kept out of reports from then on."""
    house.run.shared(order(secure_env={"PASSWORD": "c4nary"}))
    assert "c4nary" in house.run.secrets


def _interrupted() -> None:
    raise KeyboardInterrupt

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.cleanup.ownership import Identity
from pytest_aci.cleanup.process import Process
from pytest_aci.run import Seat
from pytest_aci.settings import Mode
from tests.run.builders import House, order

if TYPE_CHECKING:
    from pathlib import Path

DEAD = Process(2**22 + 1, "1")


def worker(owner: Process) -> Seat:
    """The seat of an xdist worker whose controller is *owner*."""
    return Seat(Identity.new(), owner=owner, shares=True)


def test_claims_are_on_disk_in_a_folder_of_the_run(tmp_path: Path) -> None:
    """One folder for each run, under the user's state directory."""
    house = House(tmp_path)
    house.run.shared(order())
    assert house.run.books.folder == tmp_path / "pytest-aci" / "runs" / house.run.seat.identity.run_id
    assert len(list(house.run.books.folder.glob("*.jsonl"))) == 1


def test_a_replay_has_no_books_on_disk(tmp_path: Path) -> None:
    """Nothing exists that could be owed."""
    books = House(tmp_path, mode=Mode.REPLAY).run.books
    assert books.debts.folder is None
    assert books.debts.watchdog is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "is_watched"),
    [
        ({"watchdog": "on"}, True),
        ({"watchdog": "off"}, False),
        ({"watchdog": "on", "endpoint": "emulator"}, False),  # it ends with the run, and takes all along
    ],
)
def test_who_is_watched(settings: dict[str, Any], is_watched: bool, tmp_path: Path) -> None:
    """A watchdog stands by wherever something could outlive the run; it starts with the first claim."""
    books = House(tmp_path, **settings).run.books
    assert (books.debts.watchdog is not None) is is_watched
    assert books.debts.watchdog is None or books.debts.watchdog.pid is None


def test_a_worker_leaves_deletion_to_its_controller(tmp_path: Path) -> None:
    """As long as that is alive."""
    house = House(tmp_path, seat=worker(Process.current()))
    house.run.shared(order())
    assert house.run.books.are_ours_to_pay  # the owner is this very process
    other = House(tmp_path, seat=worker(_parent()))
    other.run.shared(order())
    assert not other.run.books.are_ours_to_pay
    assert other.run.close().gone == ()
    assert len(other.left()) == 2


def test_a_worker_whose_controller_is_dead_pays_for_all(tmp_path: Path) -> None:
    """Whoever is left deletes, also what other processes of the run have claimed."""
    seat = worker(DEAD)
    first = House(tmp_path, seat=seat)
    first.run.shared(order())
    second = House(tmp_path, seat=seat, azure=first.azure)
    assert len(second.run.close().gone) == 2
    assert second.left() == []


def _parent() -> Process:
    """A process that is alive and not this one."""
    return Process(1)

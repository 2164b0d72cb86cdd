from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.core.credentials import AccessToken

from pytest_aci.arm.connection import NOBODY, Connection
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


def test_an_heir_is_told_where_the_run_really_is(tmp_path: Path) -> None:
    """An auth file may have chosen another cloud than the settings name, and the token is for that one."""
    books = House(tmp_path, watchdog="on", endpoint="azure").run.books
    assert books._estate().endpoint == "https://arm.test"


def test_an_heir_is_told_no_test(tmp_path: Path) -> None:
    """What pytest sets for each test comes and goes while it is read, and would make every will a new one."""
    books = House(tmp_path, watchdog="on").run.books
    books._environment = {"HOME": "/home", "PYTEST_CURRENT_TEST": "test_it (call)"}
    assert books._estate().environment == {"HOME": "/home"}


def test_an_heir_gets_a_token_that_lasts(tmp_path: Path) -> None:
    """A token is asked for once, and again five minutes before it expires."""
    house = House(tmp_path, watchdog="on")
    credential = Dispenser(house)
    house.run.reach.connection = Connection("https://arm.test", NOBODY, credential=credential)
    told = []
    for _ in range(3):
        told += [house.run.books._estate().token, house.run.books._estate().token]
        house.clock.sleep(1700)
    assert [token and token[0] for token in told] == ["1", "1", "1", "1", "2", "2"]


class Dispenser:
    """A credential whose tokens live for an hour."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._given = 0

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Return the next token."""
        self._given += 1
        return AccessToken(str(self._given), int(self._house.clock.now().timestamp()) + 3600)


def _parent() -> Process:
    """A process that is alive and not this one."""
    return Process(1)

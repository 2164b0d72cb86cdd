from __future__ import annotations

from threading import Event

from pytest_aci.cleanup.ledger import Claim
from pytest_aci.cleanup.outcome import Leftover, Outcome
from pytest_aci.run.departures import Departures

WEB, JOB = (Claim("container_group", f"{stem}-0123456789abcdef", "home", "x") for stem in ("web", "job"))


def test_only_what_is_gone_counts() -> None:
    """What could not be deleted now is owed at the end, so it is not told yet."""
    departures = Departures()
    departures.begin("web", lambda: Outcome(gone=(WEB,)))
    departures.begin("job", lambda: Outcome(left=(Leftover(JOB, "it was locked"),)))
    assert departures.await_all() == Outcome(gone=(WEB,))


def test_who_needs_a_name_again_waits_until_it_is_free() -> None:
    """And for nothing else."""
    departures, may_go = Departures(), Event()
    departures.begin("job", lambda: Outcome(gone=(JOB,)) if may_go.wait(30) else Outcome())
    departures.begin("web", lambda: Outcome(gone=(WEB,)))
    departures.await_one("web")
    departures.await_one("unknown")
    may_go.set()
    assert set(departures.await_all().gone) == {WEB, JOB}


def test_each_departure_makes_room_once() -> None:
    """Whoever had no room asks again once for what has gone since, and not for ever."""
    departures = Departures()
    assert not departures.make_room()
    departures.begin("web", lambda: Outcome(gone=(WEB,)))
    departures.begin("job", lambda: Outcome(gone=(JOB,)))
    assert departures.make_room()
    assert not departures.make_room()


def test_nobody_in_a_hurry_waits() -> None:
    """What is still going is owed all the same, and left to the end of the run."""
    departures, may_go = Departures(), Event()
    departures.begin("job", lambda: Outcome(gone=(JOB,)) if may_go.wait(30) else Outcome())
    assert departures.await_all(lambda: True) == Outcome()
    may_go.set()

from __future__ import annotations

from threading import Event, Semaphore, Thread

import pytest

from pytest_aci.arm.pools import POOL_SIZE
from pytest_aci.errors import RunEnded
from pytest_aci.provisioning.gate import CREATIONS_IN_FLIGHT, Gate


def test_no_more_than_the_permitted_number_passes_at_once() -> None:
    """The third of three creations waits until one of the first two is through."""
    gate, entered, leave = Gate(permits=2), Semaphore(0), Semaphore(0)

    def create() -> None:
        with gate.passing():
            entered.release()
            leave.acquire()

    threads = [Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert entered.acquire()
    assert entered.acquire()
    assert not entered.acquire(blocking=False)
    leave.release()
    assert entered.acquire()
    leave.release(2)
    for thread in threads:
        thread.join()


def test_nothing_passes_a_closed_gate() -> None:
    """Once a run is ending, a creation is refused before it is sent."""
    gate = Gate()
    assert gate.close()
    with pytest.raises(RunEnded), gate.passing():
        pytest.fail("it was let through")


def test_closing_waits_for_what_is_on_its_way() -> None:
    """Closing returns after the answer to a creation has come, so that it is known what has to be deleted."""
    gate, inside, leave = Gate(), Event(), Event()
    told: list[str] = []

    def create() -> None:
        with gate.passing():
            inside.set()
            leave.wait()
            told.append("created")

    thread = Thread(target=create)
    thread.start()
    inside.wait()
    assert not gate.close(seconds=0)
    assert not gate.close(hurried=lambda: True)
    leave.set()
    assert gate.close()
    assert told == ["created"]
    thread.join()


def test_connections_are_enough_for_all_creations() -> None:
    """Every creation in flight has a connection of its own, so that none is thrown away after one request."""
    assert POOL_SIZE >= CREATIONS_IN_FLIGHT

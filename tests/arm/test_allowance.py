from __future__ import annotations

from itertools import pairwise
from threading import Thread

import pytest

from pytest_aci.arm.allowance import READS_AT_ONCE, Allowance
from tests.provisioning.clocks import ManualClock

ARM_BUCKET = 250.0
ARM_REFILL = 25.0


def lowest_level(moments: list[float]) -> float:
    """How empty ARM's bucket of reads gets when it is asked at these moments."""
    level = lowest = ARM_BUCKET
    for before, now in pairwise([0.0, *sorted(moments)]):
        level = min(ARM_BUCKET, level + (now - before) * ARM_REFILL) - 1
        lowest = min(lowest, level)
    return lowest


def allowance_by(clock: ManualClock, *, processes: int = 1) -> Allowance:
    """An allowance that lives on a clock of the test's."""
    return Allowance(processes=processes, monotonic=clock.monotonic, sleep=clock.sleep)


@pytest.mark.parametrize("processes", [1, 8])
def test_reading_as_fast_as_allowed_never_empties_the_bucket_of_arm(processes: int) -> None:
    """A thousand reads in each process, without any pause of their own, leave a fifth of ARM's bucket to others."""
    moments = []
    for _ in range(processes):
        clock = ManualClock()
        allowance = allowance_by(clock, processes=processes)
        for _ in range(1000):
            allowance.take()
            moments.append(clock.monotonic())
    assert lowest_level(moments) >= ARM_BUCKET / 5 - 1


def test_a_few_reads_wait_for_nothing() -> None:
    """As many reads as an ordinary run needs at once are made at once."""
    clock = ManualClock()
    allowance = allowance_by(clock)
    for _ in range(int(READS_AT_ONCE)):
        allowance.take()
    assert clock.slept == []
    allowance.take()
    assert clock.slept == [pytest.approx(0.05)]


def test_what_was_not_used_comes_back_and_is_not_saved_up() -> None:
    """After a pause there are as many reads as at the beginning, and not more."""
    clock = ManualClock()
    allowance = allowance_by(clock)
    clock.sleep(3600)
    clock.slept.clear()
    for _ in range(int(READS_AT_ONCE) + 1):
        allowance.take()
    assert len(clock.slept) == 1


def test_threads_share_one_allowance() -> None:
    """Eight threads together are let through as often as one would be."""
    clock = ManualClock()
    allowance = allowance_by(clock)

    def read() -> None:
        for _ in range(50):
            allowance.take()

    threads = [Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.monotonic() >= 400 / 20 - READS_AT_ONCE / 20

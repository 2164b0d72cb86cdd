from __future__ import annotations

from datetime import UTC

from pytest_aci.provisioning.clock import ReplayClock, SystemClock


def test_in_replay_sleeping_takes_no_time() -> None:
    """An hour that was slept in replay is an hour later on the clock, and no time on the machine's."""
    clock, machine = ReplayClock(), SystemClock()
    begun, before = clock.monotonic(), machine.monotonic()
    clock.sleep(3600)
    assert clock.monotonic() - begun >= 3600
    assert machine.monotonic() - before < 3600


def test_times_of_day_are_in_utc() -> None:
    """Every time of day says that it is in UTC."""
    assert SystemClock().now().tzinfo is UTC
    assert ReplayClock().now().tzinfo is UTC

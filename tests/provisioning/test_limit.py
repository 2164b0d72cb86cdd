from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import TooManyCreations
from pytest_aci.provisioning.limit import CreationLimit
from tests.provisioning.builders import IDENTITY, Workshop
from tests.provisioning.clocks import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

NEVER = float("inf")


def created(limit: CreationLimit, clock: ManualClock, count: int) -> list[float]:
    """The moments at which so many groups may be created, one right after the other."""
    moments = []
    for number in range(count):
        limit.take(f"web-{number}", NEVER)
        moments.append(clock.monotonic())
    return moments


def test_no_window_of_time_holds_more_than_aci_takes() -> None:
    """However fast a run would create 700 groups: never more than 100 in any 5 min, or 300 in any hour."""
    clock = ManualClock()
    moments = created(CreationLimit(clock), clock, 700)
    for most, seconds in ((100, 300), (300, 3600)):
        for first, next_one in zip(moments, moments[most:], strict=False):
            assert next_one - first >= seconds


def test_an_ordinary_run_waits_for_nothing() -> None:
    """A hundred groups are created at once, and after an hour's pause a hundred more."""
    clock = ManualClock()
    limit = CreationLimit(clock)
    created(limit, clock, 100)
    clock.sleep(3600)
    created(limit, clock, 100)
    assert clock.slept == [3600]


def test_who_could_not_be_ready_in_time_is_told_at_once() -> None:
    """Nobody sleeps until a deadline that is sure to be missed, and the place in the row stays free."""
    clock = ManualClock()
    limit = CreationLimit(clock)
    created(limit, clock, 100)
    with pytest.raises(TooManyCreations) as told:
        limit.take("web-100", clock.monotonic() + 60)
    assert str(told.value) == (
        "The container group 'web-100' was not created: this run has created 100 within an hour, "
        "ACI takes 100 in 5 min and 300 in an hour, and the next one in 300 s. "
        "Share groups between tests, or give them more time with --aci-timeout."
    )
    limit.take("web-101", NEVER)
    assert clock.slept == [300]


def test_the_processes_of_a_run_share_the_limit(tmp_path: Path) -> None:
    """What one xdist worker has created, another one counts."""
    clock, file = ManualClock(), tmp_path / "shared" / "creations.json"
    created(CreationLimit(clock, file), clock, 60)
    created(CreationLimit(clock, file), clock, 41)
    assert clock.slept == [300]


def test_nobody_waits_while_aci_says_that_it_takes_more() -> None:
    """Newer subscriptions count down from 1,500: that is believed until the rest could be on its way already."""
    clock, left = ManualClock(), 1499
    limit = CreationLimit(clock, left=lambda: left)
    created(limit, clock, 500)
    assert clock.slept == []
    left = 200
    created(limit, clock, 1)
    assert clock.slept == [3600]


def test_a_wait_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever wonders why nothing happens finds the reason in the log."""
    clock = ManualClock()
    created(CreationLimit(clock), clock, 101)
    assert caplog.messages == ["Creating web-100 in 300 s: ACI takes no more container groups until then."]


def test_the_provisioner_keeps_to_it() -> None:
    """The 101st group is put five minutes after the first; the resource group does not count."""
    workshop = Workshop(limited=True)
    home = workshop.provisioner.create_resource_group()
    for number in range(101):
        workshop.provisioner.up(workshop.wish(f"web-{number}"), home)
    assert workshop.azure.verbs().count("put_group") == 101
    assert workshop.clock.monotonic() >= 300
    assert max(workshop.clock.slept) > 200


def test_what_was_refused_here_is_not_claimed() -> None:
    """A group that comes too late was not asked for, so nothing is owed for it."""
    workshop = Workshop(limited=True)
    home = workshop.provisioner.create_resource_group()
    for number in range(100):
        workshop.provisioner.up(workshop.wish(f"web-{number}"), home)
    with pytest.raises(TooManyCreations):
        workshop.provisioner.up(workshop.wish("late", timeout=60.0), home)
    assert IDENTITY.group("late") not in [claim.name for claim in workshop.ledger.open]

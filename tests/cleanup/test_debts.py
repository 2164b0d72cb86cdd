from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.cleanup.debts import Debts
from pytest_aci.cleanup.ledger import Claim, Ledger
from pytest_aci.cleanup.process import Process
from pytest_aci.cleanup.sweeper import Sweeper
from pytest_aci.cleanup.watchdog import Estate, Watchdog
from tests.arm.fake_control_plane import FakeControlPlane
from tests.provisioning.clocks import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

NONCE = "0123456789abcdef"
PLACE = f"pytest-aci-{NONCE}"
HOME = Claim("resource_group", PLACE, PLACE, "x")


class Unneeded(Watchdog):
    """A watchdog that only remembers whether it was dismissed."""

    is_dismissed = False

    def dismiss(self) -> None:
        """Remember it."""
        self.is_dismissed = True


@pytest.mark.parametrize(
    ("code", "is_dismissed"),
    [("", True), ("ScopeLocked", True), ("AuthorizationFailed", True), ("Novel", False), ("TooManyRequests", False)],
)
def test_a_watchdog_stays_with_what_it_may_delete_yet(tmp_path: Path, code: str, is_dismissed: bool) -> None:
    """It goes when everything is deleted or refused for good; whatever else is left, it tries once the run is over."""
    azure, clock = FakeControlPlane(), ManualClock()
    azure.put_resource_group(PLACE, "westeurope", {})
    if code:
        azure.fail("delete_resource_group", refusal(doing="delete", code=code, message="", deleting=True), times=999)
    ledger = Ledger(tmp_path)
    ledger.claim(HOME)
    sweeper = Sweeper(azure, ledger.settle, run_id="", monotonic=clock.monotonic, sleep=clock.sleep)
    watchdog = Unneeded(Process.current(), lambda: Estate("", "", "", "", {}), lifetime=60)
    outcome = Debts(ledger, sweeper, tmp_path, watchdog).pay()
    assert watchdog.is_dismissed is is_dismissed
    assert len(outcome.left) == bool(code)
    assert tmp_path.exists() is bool(code)

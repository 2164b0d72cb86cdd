from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator.running import Running
from tests.plugin.on_running import asked, run

if TYPE_CHECKING:
    from pathlib import Path

PRICES = "--aci-prices=0.04,0.004,EUR"  # a group of one core and 1.5 GB costs 0.046 EUR an hour, 0.092 until it expires


def test_what_could_cost_too_much_is_never_asked_for(tmp_path: Path) -> None:
    """One of two groups fits; the test of the other fails with the sum, before Azure has heard of it."""
    with Running() as running:
        result = run(running, tmp_path, PRICES, "--aci-budget=0.1", "-p", "no:randomly")
        assert "1 failed" not in result.stdout
        assert "1 passed, 1 error" in result.stdout
        assert len(asked(running, "ContainerGroups_CreateOrUpdate")) == 1
    assert "OverBudget: The container group" in result.stdout
    assert "it could cost 0.0920 EUR until it expires after 120 min, 0.0920 EUR is promised already" in result.stdout


def test_workers_share_a_budget(tmp_path: Path) -> None:
    """Two workers with a group each promise no more than one process."""
    with Running() as running:
        result = run(running, tmp_path, PRICES, "--aci-budget=0.1", "-n", "2")
        assert "1 passed, 1 error" in result.stdout
        assert len(asked(running, "ContainerGroups_CreateOrUpdate")) == 1


def test_a_budget_needs_prices(tmp_path: Path) -> None:
    """Nothing can be refused for its price without one."""
    with Running() as running:
        result = run(running, tmp_path, "--aci-budget=0.1")
    assert result.returncode == 4
    assert "ERROR: --aci-budget: '0.1' is not valid: it needs --aci-prices." in result.stderr

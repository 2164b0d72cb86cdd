from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import OverBudget
from pytest_aci.prices import Prices
from pytest_aci.provisioning.budget import Budget
from pytest_aci.provisioning.chronicle import Size

if TYPE_CHECKING:
    from pathlib import Path

PRICES = Prices(0.04, 0.004, "EUR")
HOUR = 3600.0
ONE = (Size("main", "web:1", 1.0, 1.5),)  # costs 0.046 EUR an hour
PAIR = (*ONE, Size("proxy", "proxy:1", 1.0, 1.5))


def test_a_group_is_counted_as_if_it_lived_until_it_expires() -> None:
    """The promise is the worst case, so that a forgotten group can not break it; the message does the sum."""
    budget = Budget(0.1, PRICES, HOUR)
    budget.reserve("web-1", ONE)
    with pytest.raises(OverBudget) as told:
        budget.reserve("pair-1", PAIR)
    assert str(told.value) == (
        "The container group 'pair-1' was not created: it could cost 0.0920 EUR until it expires after 60 min, "
        "0.0460 EUR is promised already, and --aci-budget is 0.1000 EUR. "
        "Give groups less time with --aci-lifetime, share groups between tests, or raise the budget."
    )


def test_what_is_refused_promises_nothing() -> None:
    """After a refusal, something smaller still fits."""
    budget = Budget(0.1, PRICES, HOUR)
    with pytest.raises(OverBudget):
        budget.reserve("big", PAIR * 2)
    budget.reserve("web-1", ONE)


def test_asking_again_for_the_same_costs_nothing() -> None:
    """A group that is tried again, or that two workers ask for, is promised once."""
    budget = Budget(0.05, PRICES, HOUR)
    budget.reserve("web-1", ONE)
    budget.reserve("web-1", ONE)


def test_what_is_gone_is_counted_for_what_it_lived() -> None:
    """Ten groups of half a minute fit where two that live for an hour would not."""
    budget = Budget(0.05, PRICES, HOUR)
    for number in range(10):
        budget.reserve(f"web-{number}", ONE)
        budget.settle(f"web-{number}", ONE, 30.0)
    budget.settle("unknown", ONE, 30.0)


def test_every_life_of_a_name_is_counted() -> None:
    """A test that is run again gets a group of the same name: what the others before it cost is spent all the same."""
    budget = Budget(0.1, PRICES, HOUR)
    for _ in range(2):
        budget.reserve("web-1", ONE)
        budget.settle("web-1", ONE, HOUR)
        budget.settle("web-1", ONE, HOUR)
    with pytest.raises(OverBudget, match=r"0\.0920 EUR is promised already"):
        budget.reserve("web-1", ONE)


def test_what_fits_exactly_fits() -> None:
    """Three tenths are not more than 0.3, although the sum of floats is."""
    budget = Budget(0.3, Prices(0.1, 0.0), HOUR)
    for number in range(3):
        budget.reserve(f"web-{number}", ONE)
    with pytest.raises(OverBudget):
        budget.reserve("web-3", ONE)


def test_the_processes_of_a_run_share_a_budget(tmp_path: Path) -> None:
    """What one xdist worker has promised, another can not promise again."""
    file = tmp_path / "shared" / "budget.json"
    Budget(0.1, PRICES, HOUR, file).reserve("web-1", ONE)
    with pytest.raises(OverBudget, match=r"0\.0460 EUR is promised already"):
        Budget(0.1, PRICES, HOUR, file).reserve("pair-1", PAIR)

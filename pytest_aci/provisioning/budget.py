from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pytest_aci.errors import OverBudget
from pytest_aci.provisioning.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_aci.prices import Prices
    from pytest_aci.provisioning.chronicle import Size

ROUNDING = 1 + 1e-9
"""By how much a sum may be beyond the limit, because 0.1 three times is more than 0.3 here."""


class _Promises(TypedDict):
    living: dict[str, float]
    spent: float


class Budget:
    """Keeps a run from promising more than a limit: each group is counted as if it lived until it expires.

    With a *file*, the processes of one run share the budget. *lifetime* is in seconds.
    """

    def __init__(self, limit: float, prices: Prices, lifetime: float, file: Path | None = None) -> None:
        self._limit = limit
        self._prices = prices
        self._lifetime = lifetime
        self._sheet = Sheet[_Promises](file, {"living": {}, "spent": 0.0})

    def reserve(self, name: str, sizes: Iterable[Size]) -> None:
        """Promise the price of a group that is about to be created; asking again for the same costs nothing.

        Raises:
            OverBudget: It does not fit any more. Nothing was promised.
        """
        sizes = list(sizes)
        price = self.price(sizes, self._lifetime)
        with self._sheet.changing() as promises:
            others = promises["spent"] + sum(one for group, one in promises["living"].items() if group != name)
            if others + price > self._limit * ROUNDING:
                raise OverBudget(
                    group=name,
                    price=self._prices.shown(price),
                    promised=self._prices.shown(others),
                    budget=self._prices.shown(self._limit),
                    lifetime=self._lifetime,
                )
            promises["living"][name] = price

    def settle(self, name: str, sizes: Iterable[Size], seconds: float) -> None:
        """Count a group that is gone for what it has really lived; another one of that name is counted anew."""
        with self._sheet.changing() as promises:
            promise = promises["living"].pop(name, 0.0)
            promises["spent"] += min(promise, self.price(sizes, seconds))

    def price(self, sizes: Iterable[Size], seconds: float) -> float:
        """Return what containers of such sizes cost in some seconds."""
        sizes = list(sizes)
        return self._prices.of(sum(one.cores for one in sizes) * seconds, sum(one.gb for one in sizes) * seconds)

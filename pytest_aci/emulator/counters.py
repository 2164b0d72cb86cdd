"""How much a caller may still do: ARM's token buckets and the container group limits, as response headers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Allowance:
    """One counter: its header's last words, how much it holds, and how much comes back per second."""

    header: str
    size: int
    refill: float


# ARM since 2024: reads 250 + 25/s, writes and deletes 200 + 10/s, and fifteen times that over all callers.
READS = (Allowance("subscription-reads", 250, 25), Allowance("subscription-global-reads", 3750, 375))
WRITES = (Allowance("subscription-writes", 200, 10), Allowance("subscription-global-writes", 3000, 150))
DELETES = (Allowance("subscription-deletes", 200, 10), Allowance("subscription-global-deletes", 3000, 150))
# Container group creates and deletes, as seen since 2024.
GROUP_CHANGES = (
    Allowance("subscription-resource-requests-pt1h", 15_000, 15_000 / 3600),
    Allowance("subscription-resource-requests-pt5m", 1_500, 1_500 / 300),
)
VERBS = {
    "GET": READS,
    "HEAD": READS,
    "PUT": WRITES,
    "PATCH": WRITES,
    "POST": WRITES,
    "DELETE": DELETES,
}


class Counters:
    """The counters of all subscriptions. They count and never refuse: a 429 is a fault that a test asks for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[tuple[str, Allowance], tuple[float, float]] = {}

    def spend(self, method: str, subscription: str | None, *, changes_group: bool) -> list[tuple[str, str]]:
        """The headers of one request, which it also counts. None for a request outside any subscription."""
        if subscription is None:
            return []
        allowances = (*VERBS.get(method, READS), *(GROUP_CHANGES if changes_group else ()))
        return [(f"x-ms-ratelimit-remaining-{each.header}", self._take(subscription, each)) for each in allowances]

    def _take(self, subscription: str, allowance: Allowance) -> str:
        moment = self._clock()
        left, seen = self._left.get((subscription, allowance), (float(allowance.size), moment))
        left = max(min(left + (moment - seen) * allowance.refill, allowance.size) - 1, 0)
        self._left[subscription, allowance] = (left, moment)
        return str(int(left))

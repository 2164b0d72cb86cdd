from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READS_AT_ONCE = 200.0
READS_PER_SECOND = 20.0


class Allowance:
    """How many reads of ARM may be made: a number at once, and then as many as come back each second.

    ARM lets one sign-in read 250 times at once in a region, and 25 times a second after that (Microsoft's "request
    limits and throttling"). A fifth of it is left to others, and the *processes* of a run share the rest.
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._most = READS_AT_ONCE / processes
        self._per_second = READS_PER_SECOND / processes
        self._left = self._most
        self._counted = monotonic()
        self._lock = Lock()

    def take(self) -> None:
        """Return when one read may be made; those who come first are served first."""
        with self._lock:
            now = self._monotonic()
            self._left = min(self._most, self._left + (now - self._counted) * self._per_second) - 1
            self._counted = now
            missing = -self._left
        if missing > 0:
            self._sleep(missing / self._per_second)

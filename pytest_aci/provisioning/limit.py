from __future__ import annotations

import logging
from bisect import insort
from typing import TYPE_CHECKING

from pytest_aci.errors import TooManyCreations
from pytest_aci.provisioning.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_aci.provisioning.clock import Clock

CREATIONS = ((100, 300.0), (300, 3600.0))
"""So many container groups may be created in so many seconds where ACI does not say that it takes more."""
PLENTY = 256
"""More than all workers of a run together have on their way."""
LONGEST = max(seconds for _, seconds in CREATIONS)

_log = logging.getLogger(__name__)


class CreationLimit:
    """Spreads the creations of a run over time, so that ACI takes all of them: 100 in 5 min and 300 in an hour.

    Many subscriptions may do more: while ACI itself says that plenty are *left*, nobody waits. With a *file*, the
    processes of one run share the limit.
    """

    def __init__(self, clock: Clock, file: Path | None = None, left: Callable[[], int | None] = lambda: None) -> None:
        self._clock = clock
        self._left = left
        self._moments = Sheet[list[float]](file, [])

    def take(self, name: str, deadline: float) -> None:
        """Return when a container group may be created; those who come first are served first.

        Raises:
            TooManyCreations: That is later than *deadline*, which is on the monotonic clock. Nothing was taken.
        """
        with self._moments.changing() as moments:
            now = self._clock.monotonic()
            moments[:] = [one for one in moments if one > now - LONGEST]
            due = now
            if (self._left() or 0) < PLENTY:
                due = max([now, *(moments[-most] + seconds for most, seconds in CREATIONS if len(moments) >= most)])
            if due > deadline:
                raise TooManyCreations(group=name, created=len(moments), seconds=due - now)
            insort(moments, due)
        if due > now:
            _log.warning("Creating %s in %.0f s: ACI takes no more container groups until then.", name, due - now)
            self._clock.sleep(due - now)

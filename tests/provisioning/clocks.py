from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


class ManualClock:
    """A clock that only sleeping moves; *slept* remembers every pause."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._time = 0.0
        self._lock = Lock()

    def monotonic(self) -> float:
        """The seconds that were slept so far."""
        with self._lock:
            return self._time

    def now(self) -> datetime:
        """The time of day that belongs to it."""
        return START + timedelta(seconds=self.monotonic())

    def sleep(self, seconds: float) -> None:
        """Move on."""
        with self._lock:
            self.slept.append(seconds)
            self._time += seconds

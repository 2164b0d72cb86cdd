from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where waiting code gets its time from, so that replay and tests need not wait."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""

    def now(self) -> datetime:
        """The current time in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        time.sleep(seconds)


class ReplayClock(SystemClock):
    """A clock on which waiting takes no time: what is slept is added to the time that it shows."""

    def __init__(self) -> None:
        self._slept = 0.0

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, sleeps included."""
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        """Pretend that *seconds* passed."""
        self._slept += seconds

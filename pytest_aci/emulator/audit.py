"""What was asked of the emulator, and what it answered: for tests that assert on it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from .timestamps import ticks

if TYPE_CHECKING:
    from datetime import datetime


class Entry(NamedTuple):
    """One request. *seconds* is how long the answer took; *status* is 0 for a reply that was dropped on purpose."""

    number: int
    time: datetime
    method: str
    path: str
    api_version: str
    operation: str
    status: int
    seconds: float
    client_request_id: str


class Audit:
    """The last requests, oldest first."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._number = 0

    def add(self, **facts: Any) -> None:
        """Write one request down."""
        self._number += 1
        self._entries.append(Entry(self._number, **facts))

    def documents(self, since: int = 0) -> list[dict[str, Any]]:
        """The entries with a number above *since*."""
        return [each._asdict() | {"time": ticks(each.time)} for each in self._entries if each.number > since]

    def clear(self) -> None:
        """Forget the entries; numbers go on."""
        self._entries.clear()

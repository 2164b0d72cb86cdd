from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Who answers a test: the cassettes, a control plane that is being recorded, or a control plane alone."""

    REPLAY = "replay"
    RECORD = "record"
    LIVE = "live"

    @property
    def is_live(self) -> bool:
        """Whether containers really start, so that something has to be paid for and deleted."""
        return self is not Mode.REPLAY

    @property
    def uses_cassettes(self) -> bool:
        """Whether conversations are read from or written to disk."""
        return self is not Mode.LIVE

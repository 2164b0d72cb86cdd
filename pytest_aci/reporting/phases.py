from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_aci.provisioning.chronicle import (
    DELETED,
    DELETING,
    ENDED,
    FAILED,
    PULLING,
    READY,
    REQUESTED,
    STARTING,
)

if TYPE_CHECKING:
    from pytest_aci.provisioning.chronicle import Story

PHASES = (REQUESTED, PULLING, STARTING, READY, ENDED, FAILED, DELETING)
"""What a group goes through, in this order; each lasts until the next one begins, and the last until it is deleted."""


STEPS = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30, 60)),
)
"""Seconds between two marks on a time axis."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase of a group, in seconds since the epoch."""

    phase: str
    start: float
    stop: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.stop - self.start


def bars(story: Story, end: float) -> list[Bar]:
    """Return the phases of a group that are known, without those of no length; *end* is the end of the run."""
    found: list[Bar] = []
    for phase in PHASES:
        if phase in story.moments:
            # A task has ended before it is seen to have, which is when it is ready.
            start = max(story.moments[phase], found[-1].start if found else 0.0)
            found[-1:] = [replace(bar, stop=start) for bar in found[-1:]]
            found.append(Bar(phase, start, max(story.moments.get(DELETED, end), start)))
    return [bar for bar in found if bar.seconds > 0]


def ticks(span: float, most: int = 9) -> list[float]:
    """Return round numbers of seconds from 0 up to *span*, at most *most* of them."""
    step = next((step for step in STEPS if span / step < most), STEPS[-1])
    return [number * step for number in range(int(span / step) + 1)]


def lanes(spans: list[tuple[float, float]]) -> list[int]:
    """Return for each span, in the order of their starts, the first row in which it overlaps with none before it."""
    ends: list[float] = []
    rows: list[int] = []
    for start, stop in spans:
        row = next((number for number, end in enumerate(ends) if end <= start), len(ends))
        ends[row : row + 1] = [stop]
        rows.append(row)
    return rows

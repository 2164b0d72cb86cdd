"""How Azure writes a moment: four spellings, one per place."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

# .NET counts time in ticks of 100 ns since the year 1.
TICKS_AT_EPOCH = 621_355_968_000_000_000
# Writing a moment takes long, and every look at a group writes the same ones again.
_remembered = lru_cache(maxsize=4096)


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


@_remembered
def whole_seconds(moment: datetime) -> str:
    """`2023-05-01T16:52:17Z`: the times of events."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@_remembered
def milliseconds(moment: datetime) -> str:
    """`2023-05-01T16:52:05.78Z`: container states since 2021, trailing zeros trimmed."""
    return _trimmed(moment, f"{moment.microsecond // 1000:03d}")


@_remembered
def ticks(moment: datetime) -> str:
    """`2023-05-01T16:52:17.6964869Z`: the start of an operation, up to seven digits, trailing zeros trimmed."""
    return _trimmed(moment, f"{moment.microsecond:06d}0")


@_remembered
def compact(moment: datetime) -> str:
    """`20230501T165217Z`: inside `x-ms-routing-request-id`."""
    return moment.strftime("%Y%m%dT%H%M%SZ")


@_remembered
def http_date(moment: datetime) -> str:
    """`Mon, 01 May 2023 16:52:17 GMT`: the header `Date`."""
    return format_datetime(moment, usegmt=True)


def tick_count(moment: datetime) -> int:
    """Ticks of 100 ns since the year 1: the `t` of a signed operation URL."""
    return TICKS_AT_EPOCH + int(moment.timestamp() * 10_000_000)


def _trimmed(moment: datetime, digits: str) -> str:
    fraction = digits.rstrip("0")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}Z" if fraction else "Z")

from __future__ import annotations

MINUTE, HOUR = 60, 3600


def seconds(value: float | None) -> str:
    """Return a length of time as people say it: `0.4 s`, `16 s`, `2 min 05 s`, `1 h 02 min`; a hyphen for None."""
    if value is None:
        return "-"
    if value < 10:  # noqa: PLR2004 # a tenth matters below ten seconds
        return f"{value:.1f} s"
    whole = round(value)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"


def rounded(value: float) -> str:
    """Return a number as exact as people want to know it: `4.2`, `28`."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 # a tenth matters below ten


def count(number: int, thing: str) -> str:
    """Return `1 group`, `2 groups`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def covered(spans: list[tuple[float, float]]) -> float:
    """Return how many seconds are covered by at least one of the spans."""
    total, reached = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, reached))
        reached = max(reached, stop)
    return total

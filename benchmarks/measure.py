"""Measuring on a machine that is never quiet: contestants take turns, and only what ran side by side is compared."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Series:
    """What one contestant took in each round, in whatever unit."""

    name: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def noise(self) -> str:
        """Half the distance between the quartiles (of few rounds: between the extremes), as a part of the median."""
        low, high = min(self.values), max(self.values)
        if len(self.values) > 3:
            low, _, high = statistics.quantiles(self.values, n=4)
        return f"±{(high - low) / 2 / self.median:.0%}"


def interleaved(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Series]:
    """Let every contestant run once a round, each round beginning with another one."""
    series = {name: Series(name) for name in contestants}
    names = list(contestants)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            series[name].values.append(contestants[name]())
    return series


def ratio(one: Series, other: Series) -> float:
    """How many times as much the first took: the median of the ratios of all rounds."""
    return statistics.median(a / b for a, b in zip(one.values, other.values, strict=True))


def seconds(action: Callable[[], object]) -> float:
    """How long something took."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took: seconds on the clock, and seconds of processors."""

    wall: float
    cpu: float


def spent(command: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None) -> Spent:
    """Run a process to its end.

    Raises:
        RuntimeError: It did not succeed; what it said is in the message.
    """
    begin = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begin
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return Spent(wall, used.ru_utime + used.ru_stime)


def asked(about: str | None, rounds: int, sizes: tuple[int, ...] = ()) -> tuple[int, tuple[int, ...]]:
    """How often each contestant runs, and at which sizes, from the command line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=rounds, help="of each contestant (default: %(default)s)")
    if sizes:
        parser.add_argument("--only", type=int, nargs="+", default=sizes, help="these sizes (default: %(default)s)")
    found = parser.parse_args()
    return found.rounds, tuple(found.only) if sizes else ()


def table(*rows: Sequence[object]) -> None:
    """Print rows with aligned columns; the first one is the head."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(flush=True)

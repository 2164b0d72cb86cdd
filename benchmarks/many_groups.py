"""1, 4, 16 and 64 groups that are ready a second after their PUT: how much longer than a single one?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.cloud import serving
from benchmarks.measure import asked, interleaved, ratio, table
from benchmarks.runs import orders, provisioned, running_against

if TYPE_CHECKING:
    from benchmarks.cloud import Served

COUNTS = (1, 4, 16, 64)
READY_SECONDS = 1.0
REQUEST_SECONDS = 0.05
PUT_SECONDS = 0.1
TARGET = 1.2


def wall(cloud: Served, count: int, *, ahead: bool = True) -> float:
    """The seconds that so many groups take in a run of their own."""
    cloud.reset()
    with running_against(cloud) as run:
        _ = run.reach.connection  # signing in is not what is measured
        return provisioned(run, orders(count), ahead=ahead)


def report(counts: tuple[int, ...], rounds: int, one_after_another: tuple[int, ...]) -> None:
    """Print a row for each number of groups."""
    with serving(ready=READY_SECONDS, latency=REQUEST_SECONDS, put_latency=PUT_SECONDS) as cloud:
        wall(cloud, 1)  # loads the SDK
        found = interleaved({str(count): partial(wall, cloud, count) for count in counts}, rounds)
        serial = {str(count): wall(cloud, count, ahead=False) for count in one_after_another}
    rows: list[list[object]] = [["groups", "seconds", "times a single one", "target", "one after another"]]
    for name, series in found.items():
        alone = f"{serial[name]:.1f} s" if name in serial else "-"
        times = f"{ratio(series, found[str(counts[0])]):.2f}"
        rows.append([name, f"{series.median:.2f} s {series.noise}", times, TARGET, alone])
    table(*rows)


if __name__ == "__main__":
    report(COUNTS, asked(__doc__, 9)[0], (4, 16))

"""A suite with eight shared groups on four xdist workers: how many are created, and how long does it take?"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.cloud import SUBSCRIPTION, serving
from benchmarks.measure import Series, asked, table
from benchmarks.suites import GROUPS_OF_ONES_OWN, GROUPS_WITH_PYTEST_ACI, Suite, using

if TYPE_CHECKING:
    from benchmarks.measure import Spent

GROUPS, WORKERS = 8, 4


def report(rounds: int, *, ready: float = 1.0) -> None:
    """Print a row for each way."""
    taken: dict[str, list[tuple[Spent, int]]] = {"per worker": [], "pytest-aci": []}
    with tempfile.TemporaryDirectory() as place, serving(ready=ready, latency=0.05) as cloud:
        tests = {"test_groups.py": using(GROUPS, times=2 * WORKERS)}
        own = {**tests, "conftest.py": GROUPS_OF_ONES_OWN.format(count=GROUPS)}
        shared = {**tests, "conftest.py": GROUPS_WITH_PYTEST_ACI.format(count=GROUPS)}
        live = ("--aci-mode=live", f"--aci-endpoint={cloud.url}", f"--aci-subscription={SUBSCRIPTION}")
        ways = {
            "per worker": (Suite(Path(place, "own"), own, "xdist", cloud=cloud.url), ()),
            "pytest-aci": (Suite(Path(place, "ours"), shared, "xdist", "pytest_aci.plugin"), live),
        }
        for _ in range(rounds):
            for name, (suite, options) in ways.items():
                cloud.reset()
                took = suite.run("-n", str(WORKERS), *options)
                taken[name].append((took, cloud.facts()["counts"]["PUT name"]))
    rows: list[list[object]] = [["way", "creations", "seconds"]]
    for name, found in taken.items():
        creations = Series(name, [float(count) for _, count in found])
        wall = Series(name, [took.wall for took, _ in found])
        rows.append([name, f"{creations.median:.0f}", f"{wall.median:.1f} s {wall.noise}"])
    table(*rows)


if __name__ == "__main__":
    report(asked(__doc__, 3)[0])

"""A suite of 200 tests that does not use the plugin: pytest with the plugin installed and loaded, and with -p no:aci.

All other installed plugins are switched off, so that ours has nothing to hide behind.
"""

from __future__ import annotations

import tempfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Series, asked, ratio, table
from benchmarks.suites import Suite

if TYPE_CHECKING:
    from benchmarks.measure import Spent

FILES = 10
TESTS = 20
TARGET = 1.05


def report(rounds: int) -> None:
    """Print a row for wall-clock and for processor time."""
    module = "\n".join(f"def test_{number}():\n    assert True\n" for number in range(TESTS))
    files = {f"test_{number}.py": module for number in range(FILES)}
    taken: dict[str, list[Spent]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as place:
        others = [f"no:{one.name}" for one in entry_points(group="pytest11") if one.name != "aci"]
        suites = {
            "without": Suite(Path(place, "without"), files, *others, "no:aci", autoload=True),
            "with": Suite(Path(place, "with"), files, *others, autoload=True),
        }
        for suite in suites.values():
            suite.run()  # compiles what has to be compiled
            suite.run()
        for number in range(rounds):
            for name in sorted(suites, reverse=bool(number % 2)):
                taken[name].append(suites[name].run())
    rows: list[list[object]] = [["", "without", "with", "ratio", "target"]]
    for what in ("wall", "cpu"):
        off, on = (Series(name, [getattr(one, what) for one in taken[name]]) for name in ("without", "with"))
        cells = [f"{one.median * 1000:.0f} ms {one.noise}" for one in (off, on)]
        rows.append([what, *cells, f"{ratio(on, off):.3f}", TARGET])
    table(*rows)


if __name__ == "__main__":
    report(asked(__doc__, 40)[0])

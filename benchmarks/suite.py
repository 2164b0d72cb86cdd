"""A suite of 20 tests without containers (0.2 s each) and four groups (3 s each): ahead, and created when asked for.

The tests that need groups come first, which is the harder case for us; then last, by an option.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.cloud import SUBSCRIPTION, serving
from benchmarks.measure import asked, interleaved, ratio, table
from benchmarks.suites import GROUPS_OF_ONES_OWN, GROUPS_WITH_PYTEST_ACI, PLAIN_TESTS, Suite, using

GROUPS = 4
TARGET = 1.9


def report(rounds: int, *, ready: float = 3.0, seconds: float = 0.2) -> None:
    """Print a row for each way."""
    with tempfile.TemporaryDirectory() as place, serving(ready=ready, latency=0.05) as cloud:
        tests = {
            "test_groups.py": using(GROUPS),
            "test_plain.py": PLAIN_TESTS.format(count=20, seconds=seconds),
        }
        lazy = Suite(
            Path(place, "lazy"), {**tests, "conftest.py": GROUPS_OF_ONES_OWN.format(count=GROUPS)}, cloud=cloud.url
        )
        declared = {**tests, "conftest.py": GROUPS_WITH_PYTEST_ACI.format(count=GROUPS)}
        ours = Suite(Path(place, "ours"), declared, "pytest_aci.plugin")
        live = ("--aci-mode=live", f"--aci-endpoint={cloud.url}", f"--aci-subscription={SUBSCRIPTION}")
        ways = {
            "lazily": lambda: lazy.run().wall,
            "pytest-aci": lambda: ours.run(*live).wall,
            "pytest-aci, containers last": lambda: ours.run(*live, "--aci-order=containers-last").wall,
        }
        found = interleaved(ways, rounds)
    rows: list[list[object]] = [["way", "seconds", "times faster", "target"]]
    for name, series in found.items():
        faster = "" if name == "lazily" else f"{ratio(found['lazily'], series):.2f}"
        rows.append([name, f"{series.median:.1f} s {series.noise}", faster, TARGET if faster else ""])
    table(*rows)


if __name__ == "__main__":
    report(asked(__doc__, 3)[0])

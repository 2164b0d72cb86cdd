"""Replay of one lifecycle of three groups: ours, pytest-recording's, and the floor that both stand on.

Each contestant runs as a suite in a process of its own; measured is the processor time of all that pytest does for one
test, from loading the cassette to the last teardown: nothing waits in a replay. The first test of a process is left
out, because it loads the SDK. The floor has all answers prepared in memory; the folded one is asked as often as
pytest-aci is, whose cassettes hold the last poll only.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.cloud import SUBSCRIPTION, serving
from benchmarks.measure import Series, asked, interleaved, ratio, table
from benchmarks.suites import FLOOR, REPLAY_WITH_PYTEST_ACI, REPLAY_WITH_PYTEST_RECORDING, TIMING, Suite

TARGETS = {5: 5, 20: 12, 100: 80}
FLOOR_TARGET = 1.3


def milliseconds(suite: Suite) -> float:
    """The median of one test."""
    suite.run()
    _, *times = json.loads(suite.times.read_text())
    median: float = statistics.median(times)
    return median * 1000


def measured(polls: int, rounds: int, tests: int) -> dict[str, Series]:
    """The contestants at so many polls of each group."""
    with tempfile.TemporaryDirectory() as place, serving(polls=polls) as cloud:

        def suite(name: str, module: str, *plugins: str) -> Suite:
            files = {"conftest.py": TIMING, "test_benchmark.py": module.format(tests=tests, polls=polls)}
            return Suite(Path(place, name), files, *plugins, cloud=cloud.url)

        theirs = suite("theirs", REPLAY_WITH_PYTEST_RECORDING, "pytest_recording.plugin")
        theirs.run("--record-mode=once")
        ours = suite("ours", REPLAY_WITH_PYTEST_ACI, "pytest_aci.plugin")
        ours.run("--aci-mode=record", f"--aci-endpoint={cloud.url}", f"--aci-subscription={SUBSCRIPTION}")
        suites = {
            "pytest-recording": theirs,
            "pytest-aci": ours,
            "folded floor": suite("folded", FLOOR.replace("{polls}", "0")),
            "floor": suite("floor", FLOOR),
        }
        return interleaved({name: partial(milliseconds, one) for name, one in suites.items()}, rounds)


def report(polls: tuple[int, ...], rounds: int, tests: int) -> None:
    """Print two rows for each number of polls: the milliseconds, and what they mean."""
    head: list[object] = [
        "polls",
        "pytest-recording",
        "pytest-aci",
        "folded floor",
        "floor",
        "times faster",
        "times the folded floor",
    ]
    rows: list[list[object]] = [head]
    for number in polls:
        found = measured(number, rounds, tests)
        theirs, ours, folded, _ = found.values()
        times = [f"{one.median:.1f} ms {one.noise}" for one in found.values()]
        faster = f"{ratio(theirs, ours):.1f} (target {TARGETS[number]})"
        rows.append([number, *times, faster, f"{ratio(ours, folded):.2f} (target {FLOOR_TARGET})"])
    table(*rows)


if __name__ == "__main__":
    rounds, polls = asked(__doc__, 7, tuple(TARGETS))
    report(polls, rounds, 6)

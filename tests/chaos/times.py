# ruff: noqa: T201 # a script that tells figures
"""From a signal to the last DELETE: `python -m tests.chaos.times [--groups 20] [--repeats 5]`."""

from __future__ import annotations

import argparse
import signal
import statistics
import tempfile
import time
from pathlib import Path

from tests.chaos.azure import emulated_azure
from tests.chaos.victim import Victims

TESTS = """
for n in range({groups}):
    globals()[f'g{{n}}'] = container_group(single(f'mcr.microsoft.com/g:{{n}}'))

def test_it({names}):
    mark('test')
    rest()
"""


def seconds(number: signal.Signals, groups: int) -> float:
    """The seconds between a signal to a run that has so many groups and the last DELETE that reaches Azure."""
    with tempfile.TemporaryDirectory() as folder, emulated_azure() as azure:
        azure.plant_decoys()
        victims = Victims(Path(folder), azure)
        with victims.caring():
            victims.write(TESTS.format(groups=groups, names=", ".join(f"g{n}" for n in range(groups))))
            victim = victims.start()
            victim.reached("test")
            sent = time.time()
            victim.hit(number)
            assert azure.wait(lambda: not azure.left())
            deletions = azure.requests("DELETE")
            assert len(deletions) == groups + 1
            return max(one.moment for one in deletions) - sent


def main() -> None:
    """Measure all signals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        taken = sorted(seconds(number, chosen.groups) for _ in range(chosen.repeats))
        figures = f"median {statistics.median(taken):.2f} s, slowest {taken[-1]:.2f} s"
        print(f"{number.name}: {figures} ({chosen.groups} groups)")


if __name__ == "__main__":
    main()

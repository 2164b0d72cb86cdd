# ruff: noqa: T201 # a script that tells how it goes
"""Every crash at every point: `python -m tests.chaos.crash_points [--jobs N] [--only TEXT]`; exit code 1 if one leaks.

Each case is one pytest run against an emulated Azure of its own. It crashes before or after one call that has an
effect; then its watchdog may do what it can, then `pytest-aci sweep` what that can not; then nothing may be left.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pytest_aci.cleanup.ledger import SECONDS_UNDER_WAY
from tests.chaos.azure import emulated_azure
from tests.chaos.victim import Victims

SIDES = ("before", "after")
HOWS = ("SIGINT", "SIGTERM", "SIGKILL", "exception", "lost")
WATCHDOG_SECONDS = 15.0
PROGRESS = 50

TESTS = """
for n in range({groups}):
    globals()[f'g{{n}}'] = container_group(single(f'mcr.microsoft.com/g:{{n}}'))

@pytest.mark.parametrize('n', range({groups}))
def test_it(request, n):
    assert request.getfixturevalue(f'g{{n}}').state == 'Running'

def test_own(aci):
    assert aci.up(single('mcr.microsoft.com/own:1')).state == 'Running'
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One crash: at which point, on which side of it, and how."""

    point: int
    side: str
    how: str

    def __str__(self) -> str:
        return f"{self.how} {self.side} point {self.point}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case. *rescued* says who deleted what the run itself had left; *leaks* is what is left."""

    struck: bool
    rescued: str
    leaks: tuple[str, ...]
    decoys: bool
    said: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing is left and nothing foreign was touched."""
        return not self.leaks and self.decoys


def points(groups: int) -> int:
    """How many points an undisturbed run passes."""
    with tempfile.TemporaryDirectory() as folder, emulated_azure() as azure:
        azure.plant_decoys()
        victims = Victims(Path(folder), azure, bare=True)
        with victims.caring():
            victims.finish(TESTS.format(groups=groups), "-p", "tests.chaos.crashing")
            return int((Path(folder) / "points").read_text())


def cases(count: int) -> list[Case]:
    """All crashes of a run with so many points."""
    return [Case(point, side, how) for point in range(1, count + 1) for side in SIDES for how in HOWS]


def sample(count: int, size: int, seed: int) -> list[Case]:
    """A few crashes, always the same for a seed, with each way of crashing about as often as the others."""
    dice = random.Random(seed)
    return [Case(dice.randint(1, count), dice.choice(SIDES), HOWS[number % len(HOWS)]) for number in range(size)]


def play(case: Case, groups: int) -> Result:
    """Run one case to its end."""
    environment = {"CRASH_POINT": str(case.point), "CRASH_SIDE": case.side, "CRASH_HOW": case.how}
    with tempfile.TemporaryDirectory() as name, emulated_azure() as azure:
        folder = Path(name)
        azure.plant_decoys()
        victims = Victims(folder, azure, bare=True)
        with victims.caring():
            victims.write(TESTS.format(groups=groups))
            victim = victims.start("-p", "tests.chaos.crashing", environment=environment)
            victim.ends()
            rescued = "nobody"
            if azure.left():
                rescued = "watchdog"
                if not azure.wait(lambda: not azure.left(), WATCHDOG_SECONDS):
                    rescued = "sweep"
                    victims.sweep("--yes").ends(2 * SECONDS_UNDER_WAY)
            struck = (folder / "struck").exists()
            return Result(struck, rescued, tuple(azure.left()), azure.decoys_are_untouched(), victim.said)


def main() -> int:
    """Play all cases and tell how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="how many cases at once")
    parser.add_argument("--groups", type=int, default=8, help="how many shared groups each run has")
    parser.add_argument("--only", default="", help="only cases whose name has this text")
    chosen = parser.parse_args()
    begun = time.monotonic()
    wanted = [case for case in cases(points(chosen.groups)) if chosen.only in str(case)]
    print(f"{len(wanted)} cases", flush=True)
    rescuers: Counter[str] = Counter()
    bad = 0
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for case, result in zip(wanted, pool.map(lambda case: play(case, chosen.groups), wanted), strict=True):
            played = sum(rescuers.values())
            if (played + 1) % PROGRESS == 0:
                print(f"{played + 1} played", flush=True)
            rescuers[result.rescued if result.struck else "no crash"] += 1
            if not result.is_good:
                bad += 1
                print(f"LEAK {case}: {result.leaks}, decoys untouched: {result.decoys}\n{result.said}", flush=True)
    figures = ", ".join(f"{who}: {count}" for who, count in sorted(rescuers.items()))
    print(f"{len(wanted)} cases in {time.monotonic() - begun:.0f} s; {bad} leaked. Rescued by {figures}.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

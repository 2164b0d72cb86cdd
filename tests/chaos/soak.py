# ruff: noqa: T201 # a script that tells how it goes
"""Many runs killed at random moments: `python -m tests.chaos.soak [--runs 500] [--jobs 2] [--seed N]`.

Each run has an emulated Azure of its own and is killed by SIGKILL, every other one with four xdist workers (then the
controller is killed). A moment is told by how much the run has created and deleted until then, and not by a clock:
what a run does in a second depends on the machine. In one half the watchdogs live, and everything has to be gone 20 s
later; in the other half they are killed together with the run, and everything has to be gone after `pytest-aci sweep`.
Exit code 1 if a run leaks, or if so few runs had something to leak that nothing is proven.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_aci.cleanup.ledger import SECONDS_UNDER_WAY
from tests.chaos.azure import emulated_azure
from tests.chaos.victim import Victims, family_of

if TYPE_CHECKING:
    from tests.chaos.azure import Azure

CHANGES = 36  # what a run sends that has an effect, about
MOST_SECONDS_MORE = 0.3
SECONDS_BETWEEN_LOOKS = 0.2
START_SECONDS = 60.0
LEAST_SHARE = 0.5  # of the runs must have something when they are killed
WATCHDOG_SECONDS = 20.0
TESTS = """
for n in range(6):
    globals()[f'g{n}'] = container_group(single(f'mcr.microsoft.com/g:{n}'))

@pytest.mark.parametrize('n', range(12))
def test_it(request, aci, n):
    request.getfixturevalue(f'g{n % 6}')
    aci.up(single('mcr.microsoft.com/own:1'))
    rest(0.2)
"""


@dataclass(frozen=True, slots=True)
class Death:
    """How one run dies: so many seconds after so many PUTs and DELETEs, and whether its watchdogs die too."""

    number: int
    changes: int
    seconds: float
    has_workers: bool
    takes_watchdogs: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What was there when the run died, how long it took until it was gone, and what is left."""

    death: Death
    had: int
    seconds: float
    left: tuple[str, ...]


def deaths(runs: int, seed: int) -> list[Death]:
    """All four kinds of death, evenly, at random moments."""
    dice = random.Random(seed)
    return [
        Death(number, dice.randint(0, CHANGES), dice.uniform(0, MOST_SECONDS_MORE), bool(number & 1), bool(number & 2))
        for number in range(runs)
    ]


def die(death: Death) -> Result:
    """Start a run, kill it, and see what becomes of what it had created."""
    # what has paid all its debts may still be tidying its folder up
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, emulated_azure() as azure:
        azure.plant_decoys()
        victims = Victims(Path(folder), azure, bare=True)
        before = _changes(azure)
        with victims.caring():
            victims.write(TESTS)
            victim = victims.start("-n4" if death.has_workers else "-n0")
            azure.wait(
                lambda: _changes(azure) - before >= death.changes or victim.process.poll() is not None,
                START_SECONDS,
                pause=SECONDS_BETWEEN_LOOKS,
            )
            time.sleep(death.seconds)
            family = family_of(victim.process.pid) if death.takes_watchdogs else []
            victim.hit(signal.SIGKILL)
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            victim.ends()
            had, begun = len(azure.left()), time.monotonic()
            if death.takes_watchdogs:
                victims.sweep("--yes").ends(2 * SECONDS_UNDER_WAY)
            else:
                azure.wait(lambda: not azure.left(), WATCHDOG_SECONDS)
            assert azure.decoys_are_untouched()
            return Result(death, had, time.monotonic() - begun, tuple(azure.left()))


def _changes(azure: Azure) -> int:
    return sum(one.method in ("PUT", "DELETE") for one in azure.requests())


def main() -> int:
    """Kill them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    results: list[Result] = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for result in pool.map(die, deaths(chosen.runs, chosen.seed)):
            results.append(result)
            if result.left:
                print(f"LEAK {result}", flush=True)
    for takes_watchdogs, who in ((False, "watchdog"), (True, "sweep")):
        some = [one for one in results if one.death.takes_watchdogs is takes_watchdogs]
        had = sum(one.had for one in some)
        slowest = max((one.seconds for one in some if one.had), default=0.0)
        owing = sum(bool(one.had) for one in some)
        print(f"{who}: {len(some)} runs, {owing} of them with {had} things to delete, slowest {slowest:.1f} s")
    leaks = sum(bool(one.left) for one in results)
    owing = sum(bool(one.had) for one in results)
    print(f"{len(results)} runs killed, {owing} of them with something to leak, {leaks} leaked.")
    return 1 if leaks or owing < LEAST_SHARE * len(results) else 0


if __name__ == "__main__":
    sys.exit(main())

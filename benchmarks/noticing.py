"""A group that is ready 9 s after its PUT: when is that noticed, and at the price of how many requests?

Nothing is scaled: the SDK's default waiting really sleeps 30 s. Each group has to be read once when it is ready, by
everybody; what is beyond that was asked in vain. The bucket is what ARM would have left of its 250 reads, 25 more a
second, at the worst moment.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.cloud import serving
from benchmarks.lifecycle import PLACE, clients, wanted
from benchmarks.measure import Series, asked, table
from benchmarks.runs import orders, provisioned, running_against

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.cloud import Served

READY_SECONDS = 9.0
ARM_BUCKET, ARM_REFILL = 250.0, 25.0
REQUEST_SECONDS = 0.05


def lowest(reads: list[float]) -> float:
    """How empty ARM's bucket gets when it is read at these moments."""
    level = least = ARM_BUCKET
    for before, now in pairwise([0.0, *sorted(reads)]):
        level = min(ARM_BUCKET, level + (now - before) * ARM_REFILL) - 1
        least = min(least, level)
    return least


def all_at_once(count: int, create: Callable[[str], object]) -> None:
    """Create so many groups, each in a thread of its own."""
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(create, [f"group-{number}" for number in range(count)]))


def with_the_sdk(cloud: Served, count: int) -> None:
    """The SDK's own way: begin, and wait for the result."""
    resources, containers = clients(cloud.url)
    resources.resource_groups.create_or_update(PLACE, {"location": "westeurope"})
    groups = containers.container_groups
    all_at_once(count, lambda name: groups.begin_create_or_update(PLACE, name, wanted()).result())


def with_polling(cloud: Served, count: int) -> None:
    """The way of testcontainers: look at each one every second."""
    resources, containers = clients(cloud.url)
    resources.resource_groups.create_or_update(PLACE, {"location": "westeurope"})
    groups = containers.container_groups

    def create(name: str) -> None:
        groups.begin_create_or_update(PLACE, name, wanted(), polling=False)
        while groups.get(PLACE, name).provisioning_state != "Succeeded":
            time.sleep(1)

    all_at_once(count, create)


def with_pytest_aci(cloud: Served, count: int) -> None:
    """Ours."""
    with running_against(cloud) as run:
        provisioned(run, orders(count))


WAYS = {"SDK": with_the_sdk, "1 s polling": with_polling, "pytest-aci": with_pytest_aci}


def measured(cloud: Served, way: Callable[[Served, int], None], count: int) -> tuple[float, int, int, float]:
    """The longest time from PUT to seen ready in seconds, the reads, those in vain, and the lowest level of the bucket.

    The reads are all that were made until then, those before the PUTs included; the bucket is that of the whole run,
    which in our case looks after its deletions, too.
    """
    cloud.reset()
    way(cloud, count)
    facts = cloud.facts()
    noticed = max(seen - created for created, seen in facts["noticed"])
    until = max(seen for _, seen in facts["noticed"])
    reads = [moment for moment in facts["reads"] if moment <= until]
    return noticed, len(reads), len(reads) - count, lowest(facts["reads"])


def report(ready: float, counts: tuple[int, ...], rounds: int, ways: tuple[str, ...] = tuple(WAYS)) -> None:
    """Print a row for each way and number of groups."""
    rows: list[list[object]] = [["groups", "way", "ready after", "noticed after", "reads", "beyond one each", "bucket"]]
    with serving(ready=ready, latency=REQUEST_SECONDS) as cloud:
        for count in counts:
            for name in ways:
                found = [measured(cloud, WAYS[name], count) for _ in range(rounds)]
                noticed = Series(name, [one[0] for one in found])
                reads, beyond, bucket = (Series(name, [float(one[place]) for one in found]) for place in (1, 2, 3))
                cells = [f"{noticed.median:.1f} s {noticed.noise}", f"{reads.median:.0f}", f"{beyond.median:.0f}"]
                rows.append([count, name, f"{ready:g} s", *cells, f"{bucket.median:.0f}"])
    table(*rows)


if __name__ == "__main__":
    rounds, counts = asked(__doc__, 3, (1, 64))
    report(READY_SECONDS, counts, rounds)

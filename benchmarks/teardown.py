"""Deletion of 64 groups: when is the last DELETE sent, in times of one request?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.cloud import serving
from benchmarks.lifecycle import PLACE, clients, wanted
from benchmarks.measure import Series, asked, interleaved, seconds, table
from benchmarks.runs import orders, provisioned, running_against

if TYPE_CHECKING:
    from benchmarks.cloud import Served

GROUPS = 64
AT_ONCE = 16
FACTOR = 1.5
REQUEST_SECONDS = 0.2


def one_request(cloud: Served) -> float:
    """The seconds that the SDK takes for one DELETE."""
    resources, containers = clients(cloud.url)
    resources.resource_groups.create_or_update(PLACE, {"location": "westeurope"})
    groups = containers.container_groups
    groups.begin_create_or_update(PLACE, "warm", wanted(), polling=False)
    groups.begin_delete(PLACE, "warm", polling=False)
    groups.begin_create_or_update(PLACE, "one", wanted(), polling=False)
    return seconds(lambda: groups.begin_delete(PLACE, "one", polling=False))


def last_sent(cloud: Served, count: int) -> float:
    """The seconds from the end of the tests until the last DELETE has arrived."""
    cloud.reset()
    with running_against(cloud) as run:
        provisioned(run, orders(count))
        begin = time.monotonic()
        run.close()
    last: float = max(cloud.facts()["deletes"])
    return last - begin


def one_after_another(cloud: Served, count: int) -> float:
    """The same without any concurrency."""
    resources, containers = clients(cloud.url)
    resources.resource_groups.create_or_update(PLACE, {"location": "westeurope"})
    names = [f"group-{number}" for number in range(count)]
    for name in names:
        containers.container_groups.begin_create_or_update(PLACE, name, wanted(), polling=False)
    return seconds(lambda: [containers.container_groups.begin_delete(PLACE, name).result() for name in names])


def report(rounds: int, *, count: int = GROUPS, serial: int = AT_ONCE) -> None:
    """Print one row."""
    with serving(latency=REQUEST_SECONDS) as cloud:
        last_sent(cloud, 1)  # loads the SDK
        ways = {"request": lambda: one_request(cloud), "last": lambda: last_sent(cloud, count)}
        found: dict[str, Series] = interleaved(ways, rounds)
        slow = one_after_another(cloud, serial) * count / serial
    request, last = found["request"], found["last"]
    target = FACTOR * request.median * count / AT_ONCE
    head = ["groups", "one request", "last DELETE sent after", "target", "one after another"]
    cells = [f"{request.median:.2f} s {request.noise}", f"{last.median:.2f} s {last.noise}", f"{target:.2f} s"]
    table(head, [count, *cells, f"{slow:.1f} s"])


if __name__ == "__main__":
    report(asked(__doc__, 5)[0])

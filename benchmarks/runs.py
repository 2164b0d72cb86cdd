"""Runs of the plugin without pytest around them, against the cloud of these benchmarks."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_aci import single
from pytest_aci.provisioning.conditions import running
from pytest_aci.provisioning.provisioner import Wish
from pytest_aci.run import Order, Run, Seat
from pytest_aci.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cloud import Served

IMAGE = "mcr.microsoft.com/azuredocs/aci-helloworld"


@contextmanager
def running_against(cloud: Served) -> Iterator[Run]:
    """A live run, closed at the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        settings = resolve({"mode": "live", "endpoint": cloud.url, "watchdog": "off"}, {}, {})
        run = Run(settings, environment={"XDG_STATE_HOME": folder}, seat=Seat.alone(settings))
        try:
            yield run
        finally:
            run.close()


def orders(count: int) -> list[Order]:
    """So many different groups."""
    return [
        Order(Wish(single(IMAGE), f"group-{number}", running, 600.0), f"groups/{number}") for number in range(count)
    ]


def provisioned(run: Run, wanted: list[Order], *, ahead: bool = True) -> float:
    """The seconds until all groups are ready: at once, or one after the other."""
    begin = time.perf_counter()
    if ahead:
        run.order(wanted)
    for one in wanted:
        run.shared(one)
    return time.perf_counter() - begin

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from _pytest.skipping import evaluate_skip_marks, evaluate_xfail_marks

from pytest_aci.plugin.marker import KINDS, RUN_FIXTURE, wished_spec
from pytest_aci.plugin.options import SETTINGS
from pytest_aci.plugin.progress import showing_progress
from pytest_aci.plugin.uses import declared, definitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_aci.run import Order, Run

OVERRIDABLE = ("aci_credential", "aci_settings")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Start every group that the selected tests will ask for, all at once, while tests that need none run already."""
    config = session.config
    if (
        not config.stash[SETTINGS].mode.is_live
        or config.option.collectonly
        or getattr(config.option, "setupplan", False)
    ):
        return
    items = [item for item in session.items if RUN_FIXTURE in getattr(item, "fixturenames", ())]
    if items and not any(_overridden(item) for item in items):
        from pytest_aci.plugin.wiring import run_of  # noqa: PLC0415 # a cycle otherwise

        run = run_of(config)
        with showing_progress(config, run):  # recording waits for all of them
            start_ahead(run, items)


def start_ahead(run: Run, items: Sequence[pytest.Item]) -> None:
    """Order the groups of *items* from the run; each xdist worker begins at another one, to share the work."""
    orders = list(dict.fromkeys(order for item in items for order in orders_of(item, run)))
    if orders:
        first = _worker_number() % len(orders)
        run.order(orders[first:] + orders[:first])


def orders_of(item: pytest.Item, run: Run) -> Iterable[Order]:
    """Return the shared groups that one test will ask for, as far as that is known before it runs."""
    from pytest_aci.plugin.leases import declared_order, marked_order  # noqa: PLC0415 # loads the SDK

    if not _will_run(item):
        return
    for name in getattr(item, "fixturenames", ()):
        if name in KINDS:
            spec, switches = wished_spec(item, KINDS[name])
            if not switches["fresh"]:
                yield marked_order(run, spec)
        if found := declared(item, name):
            yield declared_order(run, name, found[1], item.config.rootpath)


def _will_run(item: pytest.Item) -> bool:
    """Whether the markers of a test let it run; with a condition that can not be evaluated, its set-up fails."""
    try:
        expected = None if item.config.option.runxfail else evaluate_xfail_marks(item)
        return evaluate_skip_marks(item) is None and (expected is None or expected.run)
    except pytest.fail.Exception:
        return False


def _overridden(item: pytest.Item) -> bool:
    """Whether credential or settings come from a fixture of the user's, so that the run can not begin before it."""
    return any(len(definitions(item, name)) > 1 for name in OVERRIDABLE)


def _worker_number() -> int:
    return int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)

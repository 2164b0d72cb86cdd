from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.distributed import is_controller, is_worker
from pytest_aci.plugin.marker import RUN_FIXTURE
from pytest_aci.plugin.options import SETTINGS
from pytest_aci.plugin.uses import TAKEN, declared
from pytest_aci.settings import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_aci.run import Order, Run


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """In a live run of one process, delete each shared group once the last test that needs it is over."""
    config = session.config
    settings = config.stash[SETTINGS]
    is_alone = not is_worker(config) and not is_controller(config)
    if settings.mode is Mode.LIVE and settings.delete_early == "yes" and is_alone and not config.option.collectonly:
        items = [item for item in session.items if RUN_FIXTURE in getattr(item, "fixturenames", ())]
        if items:
            config.pluginmanager.register(EarlyDeletion(items), "aci-early")


class EarlyDeletion:
    """Counts the tests that still need a group, and gives the group up after the last one.

    Registered only where groups are deleted early.
    """

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self._items = items
        self._left: Counter[Order] | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """After a test and its teardown, give up what no other test will ask for."""
        # what a fixture is finished with; pytest takes it away from a test that is over
        request = getattr(item, "_request", None)
        result = yield
        from pytest_aci.plugin.wiring import RUN  # noqa: PLC0415 # a cycle otherwise

        if RUN in item.config.stash:  # otherwise nothing was created yet
            self._give_up(item, item.config.stash[RUN], request)
        return result

    def _give_up(self, item: pytest.Item, run: Run, request: Any) -> None:
        from pytest_aci.plugin.ahead import orders_of  # noqa: PLC0415 # loads the SDK

        if self._left is None:
            self._left = Counter(order for one in self._items for order in set(orders_of(one, run)))
        # what fixtures of a wider scope than function have taken: their teardown may still use it
        taken = {name for names in item.config.stash.get(TAKEN, {}).values() for name in names}
        held = {order for definition, order in _declared(item, run) if definition.argname in taken}
        for order in set(orders_of(item, run)):
            self._left[order] -= 1
            if not self._left[order] and order not in held and request and run.release(order):
                _unset(item, run, order, request)


def _unset(item: pytest.Item, run: Run, order: Order, request: Any) -> None:
    """Let a fixture be set up again, and not give what is deleted, if a test asks for it by name."""
    for definition, own in _declared(item, run):
        if own == order:
            definition.finish(request)


def _declared(item: pytest.Item, run: Run) -> Iterator[tuple[Any, Order]]:
    """Return the definitions of declared groups that a test gets, each with the order that it makes."""
    from pytest_aci.plugin.leases import declared_order  # noqa: PLC0415 # loads the SDK

    for name in item.fixturenames:  # type: ignore[attr-defined] # it has RUN_FIXTURE among them
        if found := declared(item, name):
            definition, declaration = found
            yield definition, declared_order(run, name, declaration, item.config.rootpath)

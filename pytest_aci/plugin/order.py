from __future__ import annotations

import pytest

from pytest_aci.plugin.options import SETTINGS


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """If asked to, let the tests that need containers run last, so that containers start while the others run.

    Otherwise both kinds keep the order that they have, whoever made it.
    """
    if config.stash[SETTINGS].order == "containers-last":
        items.sort(key=lambda item: item.get_closest_marker("aci") is not None)

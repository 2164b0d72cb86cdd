"""What pytest sees. Loaded in every run of every project that has pytest-aci installed.

So neither this package nor anything that it imports may import azure or vcr: that happens at first use.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PARTS = ("options", "wiring", "distributed", "past", "collecting", "marker", "fixtures", "order")
PARTS_IN_USE = (
    "tapes",
    "ahead",
    "early",
    "failures",
    "secrecy",
    "capacity",
    "progress",
    "course",
    "summary",
    "kept",
    "keeping",
    "unplayed",
)
"""The parts whose hooks have nothing to do in a suite without containers."""
DECLARED, PARTS_WHERE_DECLARED = f"{__name__}.declared", ("uses",)
"""What is loaded as soon as a suite declares a group, and the parts for groups that nobody may take as an argument."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the hooks that this plugin offers, and its parts, each a module with hooks or fixtures.

    For a name in `pytest_plugins`, pytest would read the entry points of all installed packages again.
    """
    pluginmanager.add_hookspecs(import_module(f"{__name__}.hookspecs"))
    _register(pluginmanager, PARTS)


def enlist(config: pytest.Config) -> None:
    """Register the other parts, when it is known that containers are used. Safe to call twice."""
    _register(config.pluginmanager, PARTS_IN_USE)


def enlist_declared(config: pytest.Config) -> None:
    """Register the parts for groups that are declared, if any are: a test may ask for one by name only."""
    if DECLARED in sys.modules:
        _register(config.pluginmanager, PARTS_WHERE_DECLARED)


def _register(pluginmanager: pytest.PytestPluginManager, parts: tuple[str, ...]) -> None:
    for part in parts:
        name = f"{__name__}.{part}"
        if not pluginmanager.has_plugin(name) and not pluginmanager.is_blocked(name):
            pluginmanager.register(import_module(name), name)

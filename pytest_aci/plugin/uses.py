from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_aci.plugin.declared import Declaration

USED = pytest.StashKey[dict[str, None]]()
HELD = pytest.StashKey[dict[int, str]]()
GROUPS_OF_TEST = pytest.StashKey[int]()
"""How many groups of its own a test has asked for so far."""


def note_use(item: pytest.Item, group: str) -> None:
    """Remember that a test uses a group, by the group's name in Azure."""
    item.stash.setdefault(USED, {})[group] = None


def note_held(config: pytest.Config, declaration: Declaration, group: str) -> None:
    """Remember which group a declared fixture gives at present: tests that only get its cached value use it too."""
    config.stash.setdefault(HELD, {})[id(declaration)] = group


def groups_of(item: pytest.Item) -> list[str]:
    """Return the names of the groups that a test has used so far, those whose set-up failed included."""
    held = item.config.stash.get(HELD, {})
    declared = [
        held[id(declaration)]
        for name in getattr(item, "fixturenames", ())
        for declaration in declarations(item, name)
        if id(declaration) in held
    ]
    return list(dict.fromkeys([*declared, *item.stash.get(USED, {})]))


def declarations(item: pytest.Item, name: str) -> list[Declaration]:
    """Return what `container_group` declared under a fixture's name, overridden ones included."""
    found = (getattr(one.func, "__aci_declaration__", None) for one in definitions(item, name))
    return [declaration for declaration in found if declaration is not None]


def definitions(item: pytest.Item, name: str) -> tuple[Any, ...]:
    """Return the definitions of a fixture that a test sees, the one that it gets last."""
    # pytest has no public way from a test to the definitions of its fixtures before they are set up
    return tuple(item._fixtureinfo.name2fixturedefs.get(name, ()))  # type: ignore[attr-defined] # noqa: SLF001


def is_ours(definition: pytest.FixtureDef[Any]) -> bool:
    """Whether a fixture is one of this plugin, or was made by `container_group`."""
    function = definition.func
    return function.__module__.startswith("pytest_aci.") or hasattr(function, "__aci_declaration__")

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _pytest.fixtures import get_scope_node

from pytest_aci.errors import SpecError
from pytest_aci.plugin.leases import declared_owner
from pytest_aci.plugin.marker import KINDS, wished_spec
from pytest_aci.plugin.passing import is_conftest
from pytest_aci.plugin.tapes import instance, shown
from pytest_aci.plugin.uses import declaration_of, definitions, is_ours
from pytest_aci.recording.owners import owner_of_fixture, owner_of_test
from pytest_aci.run.tapes import RESOURCE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pytest


def write_owners(path: str, items: Sequence[pytest.Item]) -> None:
    """Write the owners of all cassettes that these tests with containers can have, as a JSON list."""
    owners = {RESOURCE_GROUP, *(owner for item in items for owner in owners_of(item))}
    Path(path).write_text(json.dumps(sorted(owners)), encoding="utf-8")


def owners_of(item: pytest.Item) -> Iterator[str]:
    """Return the owners of the cassettes that one test may play: its own, and those of its groups and fixtures."""
    yield owner_of_test(item.nodeid)
    for name in _within_reach(item):
        if name in KINDS:
            with suppress(SpecError):  # of a fixture that the marker is not for, and for which nobody asks
                spec, _ = wished_spec(item, KINDS[name])
                yield f"groups/{spec.stem}"
        for definition in definitions(item, name):
            yield from _of_fixture(item, name, definition)


def _within_reach(item: pytest.Item) -> Iterable[str]:
    """Return the names of what a test gets, and may ask for by name if a fixture of its, or it itself, takes `request`.

    Those are fixtures of the project, and ours for the marker.
    """
    names: Sequence[str] = getattr(item, "fixturenames", ())
    theirs = [one for name in names for one in definitions(item, name) if not is_ours(one)]
    of_test = getattr(getattr(item, "_fixtureinfo", None), "argnames", ())
    if not any("request" in arguments for arguments in (of_test, *(one.argnames for one in theirs))):
        return names
    conftests = (one for one in item.config.pluginmanager.get_plugins() if is_conftest(one))
    places = (getattr(item, "module", None), getattr(item, "cls", None), *conftests)
    return {*names, *KINDS, *(name for place in places for name in dir(place))}


def _of_fixture(item: pytest.Item, name: str, definition: Any) -> Iterator[str]:
    scope = get_scope_node(item, definition._scope)  # noqa: SLF001 # how pytest itself asks
    node = scope.nodeid if scope else ""
    declaration = declaration_of(definition)
    if definition.scope == "function":
        return
    if declaration:
        yield declared_owner(name, declaration, item.config.rootpath, node)
    else:
        called = getattr(item, "callspec", None)
        parameter = (
            [shown(item.config, name, called.params[name], called.indices[name])]
            if called and name in called.params
            else []
        )
        yield owner_of_fixture(definition.baseid, instance(definition, node, parameter))

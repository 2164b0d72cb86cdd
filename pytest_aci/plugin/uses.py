from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.errors import Unmarked
from pytest_aci.plugin.wiring import RUN

if TYPE_CHECKING:
    from pytest_aci.plugin.declared import Declaration
    from pytest_aci.run import Run

    Names = dict[str, None]

USED = pytest.StashKey["Names"]()
HELD = pytest.StashKey[dict[int, str]]()
ASKED = pytest.StashKey["Names"]()
"""The names of the fixtures that were asked for while a test ran, by whomever."""
TAKEN = pytest.StashKey[dict["pytest.FixtureDef[Any]", "Names"]]()
"""The names of what each fixture of a wider scope than function has taken that is set up now."""
GROUPS_OF_TEST = pytest.StashKey[int]()
"""How many groups of its own a test has asked for so far."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note what a test asks for by name while it runs: that is not known before."""
    asked = item.stash[ASKED] = {}
    if request := getattr(item, "_request", None):
        _listen(request, item, asked)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
    """Note what a fixture asks for by name; whoever gets the cached value of a wider one uses that too."""
    __tracebackhide__ = True
    if not is_ours(fixturedef):
        item, notes = running(request), []
        if fixturedef.scope != "function":
            taken = request.config.stash.setdefault(TAKEN, {})
            notes = [taken.setdefault(fixturedef, dict.fromkeys(fixturedef.argnames))]
            fixturedef.addfinalizer(lambda: taken.pop(fixturedef, None))
        _listen(request, item, item.stash.setdefault(ASKED, {}), *notes)
    try:
        return (yield)
    except Unmarked:
        fixturedef.finish(request)  # type: ignore[arg-type] # others would be told of the mistake of one test
        raise


def _listen(request: pytest.FixtureRequest, item: pytest.Item, *notes: Names) -> None:
    """Note the names of all fixtures that are asked for through a request."""
    take = request.getfixturevalue

    def getfixturevalue(argname: str) -> Any:
        __tracebackhide__ = True
        for names in notes:
            names[argname] = None
        value = take(argname)
        _refuse_unmarked(item)
        return value

    request.getfixturevalue = getfixturevalue  # type: ignore[method-assign] # what the test or fixture gets as `request`


def _refuse_unmarked(item: pytest.Item) -> None:
    """Refuse a group that exists already to a test that was not known to use one when its tape was to be opened."""
    if RUN in item.config.stash and has_no_tape(item, item.config.stash[RUN]):
        for name, _ in _held(item):
            raise Unmarked(test=item.nodeid, fixture=name)


def has_no_tape(item: pytest.Item, run: Run) -> bool:
    """Whether a test of a run with cassettes was not known to use containers when its tape was to be opened."""
    return run.deck is not None and item.get_closest_marker("aci") is None


def running(request: pytest.FixtureRequest) -> pytest.Item:
    """Return the test for which a fixture is set up, of whatever scope."""
    item: pytest.Item = request._pyfuncitem  # noqa: SLF001 # for wide scopes, pytest has no public way to it
    return item


def note_use(item: pytest.Item, group: str) -> None:
    """Remember that a test uses a group, by the group's name in Azure."""
    item.stash.setdefault(USED, {})[group] = None


def note_held(config: pytest.Config, declaration: Declaration, group: str) -> None:
    """Remember which group a declared fixture gives at present: tests that only get its cached value use it too."""
    config.stash.setdefault(HELD, {})[id(declaration)] = group


def groups_of(item: pytest.Item) -> list[str]:
    """Return the names of the groups that a test has used so far, those whose set-up failed included."""
    return list(dict.fromkeys([*(group for _, group in _held(item)), *item.stash.get(USED, {})]))


def _held(item: pytest.Item) -> list[tuple[str, str]]:
    """Return the declared fixtures that a test has asked for and that were set up, each with its group at present."""
    held = item.config.stash.get(HELD, {})
    return [
        (name, held[id(declaration)])
        for name in _asked_for(item)
        for declaration in declarations(item, name)
        if id(declaration) in held
    ]


def _asked_for(item: pytest.Item) -> list[str]:
    """Return the names of all fixtures that a test has, as arguments or by name, itself or through others."""
    taken = item.config.stash.get(TAKEN, {})
    names = list(dict.fromkeys([*getattr(item, "fixturenames", ()), *item.stash.get(ASKED, {})]))
    for name in names:  # which grow
        for definition in definitions(item, name):
            names += [one for one in (*definition.argnames, *taken.get(definition, ())) if one not in names]
    return names


def declarations(item: pytest.Item, name: str) -> list[Declaration]:
    """Return what `container_group` declared under a fixture's name, overridden ones included."""
    found = map(declaration_of, definitions(item, name))
    return [declaration for declaration in found if declaration is not None]


def declared(item: pytest.Item, name: str) -> tuple[Any, Declaration] | None:
    """Return the definition that a test gets under a fixture's name, if `container_group` made it for the session."""
    definition = next(reversed(definitions(item, name)), None)
    declaration = declaration_of(definition) if definition else None
    return (definition, declaration) if declaration and declaration.scope == "session" else None


def declaration_of(definition: Any) -> Declaration | None:
    """Return what a fixture was made of, if `container_group` made it."""
    declaration: Declaration | None = getattr(definition.func, "__aci_declaration__", None)
    return declaration


def definitions(item: pytest.Item, name: str) -> tuple[Any, ...]:
    """Return the definitions of a fixture that a test sees, the one that it gets last."""
    # pytest has no public way from a test to the definitions of its fixtures before they are set up
    known = item._fixtureinfo.name2fixturedefs.get(name)  # type: ignore[attr-defined] # noqa: SLF001 # no public way
    return tuple(known or item.session._fixturemanager.getfixturedefs(name, item) or ())  # noqa: SLF001 # as above


def is_ours(definition: pytest.FixtureDef[Any]) -> bool:
    """Whether a fixture is one of this plugin, or was made by `container_group`."""
    return definition.func.__module__.startswith("pytest_aci.") or declaration_of(definition) is not None

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from copy import copy
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_aci.cleanup.ownership import STEM_LENGTH
from pytest_aci.errors import Unmarked
from pytest_aci.plugin.marker import wished_spec
from pytest_aci.plugin.progress import showing_progress
from pytest_aci.plugin.uses import GROUPS_OF_TEST, has_no_tape, note_held, note_use, running
from pytest_aci.provisioning.provisioner import Wish, default_condition
from pytest_aci.provisioning.readiness import check_until, seconds_of
from pytest_aci.run import Order
from pytest_aci.spec import as_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from pytest_aci.plugin.declared import Declaration
    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.readiness import Condition
    from pytest_aci.run import Run
    from pytest_aci.spec import GroupSpec, Spec
    from pytest_aci.spec.marker import MarkerKind

HASH_LENGTH = 6


def lease_declared(request: pytest.FixtureRequest, run: Run, declaration: Declaration) -> Iterator[ContainerGroup]:
    """Yield the group that a conftest or a module declared with `container_group`."""
    _must_have_a_tape(request, run)
    name = request.fixturename or "group"
    if declaration.scope == "session":
        order = declared_order(run, name, declaration, request.config.rootpath)
        note_held(request.config, declaration, run.workshop.name_of(order.wish))
        with showing_progress(request.config, run):
            group = run.shared(order)
        note_held(request.config, declaration, group.name)
        yield group
        return
    place = place_of(declaration.file, request.config.rootpath)
    node = request.node.nodeid
    own = _own_stem(run, name, *place, node)
    wish = _wish(run, declaration.spec, own, declaration.until, declaration.timeout, label=_label(name, place))
    owner = (
        None if declaration.scope == "function" else declared_owner(name, declaration, request.config.rootpath, node)
    )
    note_held(request.config, declaration, run.workshop.name_of(wish))
    with _own(request.config, run, wish, owner) as group:
        note_held(request.config, declaration, group.name)
        yield group


def lease_marked(request: pytest.FixtureRequest, run: Run, kind: MarkerKind) -> Iterator[ContainerGroup]:
    """Yield the group that the nearest `@pytest.mark.aci` of a test asks for: shared, unless `fresh=True`."""
    _must_have_a_tape(request, run)
    spec, switches = wished_spec(request.node, kind)
    if switches["fresh"]:
        wish = _wish(run, spec, _own_stem(run, spec.stem, request.node.nodeid), label=f"aci_{kind}")
        note_use(request.node, run.workshop.name_of(wish))
        with _own(request.config, run, wish) as group:
            note_use(request.node, group.name)
            yield group
        return
    order = marked_order(run, spec)
    note_use(request.node, run.workshop.name_of(order.wish))
    with showing_progress(request.config, run):
        group = run.shared(order)
    note_use(request.node, group.name)
    yield copy(group)  # so that what one test learns by refresh() is not what the next one sees


def declared_order(run: Run, name: str, declaration: Declaration, root: Path) -> Order:
    """Return the order for a declared group of session scope, whose place and name are its cassette's."""
    place = place_of(declaration.file, root)
    wish = _wish(
        run, declaration.spec, stem(name, place), declaration.until, declaration.timeout, label=_label(name, place)
    )
    return Order(wish, declared_owner(name, declaration, root))


def declared_owner(name: str, declaration: Declaration, root: Path, node: str = "") -> str:
    """Return the owner of a declared group's cassette; *node* is what it lives for, if that is not the session."""
    last = name if declaration.scope == "session" else f"{name}-{short_hash(node)}"
    return "/".join(["groups", *place_of(declaration.file, root), last])


def marked_order(run: Run, spec: GroupSpec) -> Order:
    """Return the order for a group that a marker describes, named after its content."""
    return Order(_wish(run, spec, spec.stem, label=f"aci_{spec.kind}"), f"groups/{spec.stem}")


def own_group(
    request: pytest.FixtureRequest, run: Run, spec: object, until: Condition | None, timeout: float | str | None
) -> ContainerGroup:
    """Create a group for one test, to be deleted when the test ends. The test's own cassette has it."""
    _must_have_a_tape(request, run)
    checked, seconds = as_spec(spec), seconds_of(timeout)
    check_until(until, checked)
    count = request.node.stash.get(GROUPS_OF_TEST, 0)
    request.node.stash[GROUPS_OF_TEST] = count + 1
    own = _own_stem(run, checked.stem, request.node.nodeid, str(count))
    wish = _wish(run, checked, own, until, seconds, label="aci.up")
    note_use(request.node, run.workshop.name_of(wish))
    block = ExitStack()
    group = block.enter_context(_own(request.config, run, wish))
    note_use(request.node, group.name)
    request.addfinalizer(block.close)
    return group


@contextmanager
def _own(config: pytest.Config, run: Run, wish: Wish, owner: str | None = None) -> Iterator[ContainerGroup]:
    """A group for one asker, deleted when the block ends."""
    with ExitStack() as block:
        with showing_progress(config, run):
            group = block.enter_context(run.own(wish, owner))
        yield group


def _must_have_a_tape(request: pytest.FixtureRequest, run: Run) -> None:
    """Refuse a group to a test that asks by name only: it was not known to use containers when its tape was opened."""
    test = running(request)
    if has_no_tape(test, run):
        raise Unmarked(test=test.nodeid, fixture=request.fixturename or "aci")


def _own_stem(run: Run, name: str, *place: str) -> str:
    """Return the readable part of an unshared group's name: two workers can be at the same module, class or test.

    Where groups are kept, each attempt has a name of its own: what the one before has left is not fresh.
    """
    whole = (*place, run.seat.worker) if run.seat.worker else place
    attempt = run.attempt(stem(name, whole)) if run.settings.keeps != "never" else 0
    return stem(name, (*whole, f"attempt {attempt}") if attempt else whole)


def stem(name: str, place: tuple[str, ...]) -> str:
    """Return the readable part of a group's name: the fixture's name, and a hash of its place to tell twins apart."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "group"
    suffix = f"-{short_hash('/'.join(place))}" if place else ""
    if len(slug) + len(suffix) > STEM_LENGTH:
        suffix = f"-{short_hash('/'.join((*place, name)))}"
    return slug[: STEM_LENGTH - len(suffix)].rstrip("-") + suffix


def short_hash(text: str) -> str:
    """Return six hexadecimal digits that stand for a text."""
    return sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def _label(name: str, place: tuple[str, ...]) -> str:
    """Return what people may call a declared group, where its fixture's name alone is not clear."""
    return "::".join((*place[-1:], name))


def place_of(file: str, root: Path) -> tuple[str, ...]:
    """Return where a file declares things, relative to the root directory: a conftest's folder, or the module."""
    path = Path(file)
    relative = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    return relative.parent.parts if path.name == "conftest.py" else relative.with_suffix("").parts


def _wish(
    run: Run, spec: Spec, name: str, until: Condition | None = None, timeout: float | None = None, *, label: str = ""
) -> Wish:
    seconds = run.settings.timeout if timeout is None else timeout
    return Wish(spec, name, until or default_condition(spec), seconds, label)

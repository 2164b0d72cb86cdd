from __future__ import annotations

import os
import shlex
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.errors import AT_EMULATOR, RECORD_COMMAND
from pytest_aci.plugin.secrecy import secrets_of, without
from pytest_aci.plugin.uses import GROUPS_OF_TEST, is_ours
from pytest_aci.plugin.wiring import DECK, deck_of
from pytest_aci.recording.owners import OWNERS_FILE, owner_of_fixture, owner_of_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_aci.recording.deck import Deck
    from pytest_aci.recording.tape import Tape

RECORDED_FIXTURES = pytest.StashKey[frozenset[str]]()
ADDRESS = " at 0x"
BEGUN = pytest.StashKey[bool]()
UNFIT = tuple(f"pytest_aci.errors.Cassette{word}:" for word in ("Missing", "Damaged", "Stale", "Unmatched"))
"""How errors begin that a new recording mends."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note the names of all fixtures that tests with containers use: what those do is recorded too."""
    marked = [item for item in session.items if item.get_closest_marker("aci")]
    names = (name for item in marked for name in getattr(item, "fixturenames", ()))
    session.config.stash[RECORDED_FIXTURES] = frozenset(names)
    if path := os.environ.get(OWNERS_FILE):
        from pytest_aci.plugin.owners import write_owners  # noqa: PLC0415 # for the audit only

        write_owners(path, marked)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Let the test's own cassette be the current one from its set-up to its teardown."""
    __tracebackhide__ = True
    deck = _deck_of(item)
    if deck is None:
        return (yield)
    deck.command = f"{RECORD_COMMAND} {shlex.quote(item.nodeid)}"
    with _current(deck, deck.tape(owner_of_test(item.nodeid))):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin the test's cassette anew if the test is run again: only its last attempt is recorded, or replayed."""
    deck = _deck_of(item)
    if deck is not None and BEGUN in item.stash:
        deck.rewind(deck.tape(owner_of_test(item.nodeid)))
        item.stash[GROUPS_OF_TEST] = 0
    item.stash[BEGUN] = True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Any:
    """Write the cassette of a test as soon as it is over, so that the test fails if it must not be written."""
    result = yield
    deck = _deck_of(item)
    if deck is not None and deck.writing:
        deck.finish(deck.tape(owner_of_test(item.nodeid)))
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name one command for all tests that are to be recorded; a single one has it in its error."""
    reports = [report for word in ("error", "failed") for report in terminalreporter.stats.get(word, [])]
    crashes = {report.nodeid: getattr(report.longrepr, "reprcrash", None) for report in reports}
    tests = [test for test, crash in crashes.items() if crash and crash.message.startswith(UNFIT)]
    if len(tests) > 1:
        terminalreporter.section(f"{len(tests)} tests without a cassette that fits")
        terminalreporter.line(
            f"record them with: {RECORD_COMMAND} {shlex.join(tests)} (at Azure; or add {AT_EMULATOR})"
        )


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
    """Let a fixture of a wider scope than function write to a cassette of its own, in set-up and in teardown."""
    __tracebackhide__ = True
    deck = None if fixturedef.scope == "function" or is_ours(fixturedef) else _deck_for(fixturedef, request.config)
    if deck is None:
        return (yield)
    parameter = (
        [shown(request.config, fixturedef.argname, request.param, request.param_index)]  # type: ignore[attr-defined] # of a fixture's
        if hasattr(request, "param")
        else []
    )
    tape = deck.tape(owner_of_fixture(fixturedef.baseid, instance(fixturedef, request.node.nodeid, parameter)))
    # Finalizers run in reverse: the tape is current again while the fixture's own teardown, registered between
    # these two, runs.
    teardown = ExitStack()
    fixturedef.addfinalizer(teardown.close)
    with _current(deck, tape):
        try:
            result = yield
        except pytest.skip.Exception:
            deck.skipped.add(tape.owner)
            raise
    fixturedef.addfinalizer(lambda: teardown.enter_context(_current(deck, tape)))
    return result


def instance(fixturedef: pytest.FixtureDef[Any], node: str, parameter: Sequence[str]) -> str:
    """Return a fixture's name and what tells its instances apart: its scope's node, and its parameter."""
    return "@".join([fixturedef.argname, *([] if node in ("", fixturedef.baseid) else [node]), *parameter])


def shown(config: pytest.Config, argname: str, parameter: object, index: int) -> str:
    """Return what tells a fixture's parameters apart: the same in each process, and without a secret."""
    text = repr(parameter)
    is_fit = ADDRESS not in text and without(text, secrets_of(config)) == text
    return text if is_fit else f"{argname}{index}"


def _deck_for(fixturedef: pytest.FixtureDef[Any], config: pytest.Config) -> Deck | None:
    """The deck, if a test with containers names the fixture, or one that is running asks for it by name just now."""
    if fixturedef.argname in config.stash.get(RECORDED_FIXTURES, frozenset()):
        return deck_of(config)
    deck = config.stash.get(DECK, None)
    return deck if deck is not None and deck.is_playing else None


def _deck_of(item: pytest.Item) -> Deck | None:
    return deck_of(item.config) if item.get_closest_marker("aci") else None


@contextmanager
def _current(deck: Deck, tape: Tape) -> Iterator[None]:
    with deck.playing(tape), deck.intercept():
        yield

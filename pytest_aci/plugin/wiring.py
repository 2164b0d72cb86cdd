from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pytest_aci.plugin import enlist
from pytest_aci.plugin.distributed import hand_over, seat_of
from pytest_aci.plugin.options import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from azure.core.credentials import TokenCredential

    from pytest_aci.cleanup.outcome import Leftover
    from pytest_aci.recording.deck import Deck
    from pytest_aci.run import Run, Seat

RUN: pytest.StashKey[Run] = pytest.StashKey()
SEAT: pytest.StashKey[Seat] = pytest.StashKey()
LEFT: pytest.StashKey[tuple[Leftover, ...]] = pytest.StashKey()
DECK: pytest.StashKey[Deck | None] = pytest.StashKey()
CONCLUSIONS: pytest.StashKey[list[Conclusion]] = pytest.StashKey()


class Conclusion(Protocol):
    """Something that looks at the tapes once everything is deleted, and may find that the run has failed."""

    def conclude(self, session: pytest.Session, deck: Deck) -> bool:
        """Whether all is well."""


def run_of(config: pytest.Config, credential: TokenCredential | None = None) -> Run:
    """Return the run that belongs to this pytest process, made when it is first needed."""
    from pytest_aci.plugin.ending import Ending  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.run import Run  # noqa: PLC0415 # see above

    enlist(config)
    if RUN not in config.stash:
        config.stash[RUN] = run = Run(
            config.stash[SETTINGS],
            environment=os.environ,
            seat=_seat(config),
            deck=deck_of(config),
            credential=credential,
        )
        run.workshop.tags_for = lambda name, spec: _joined(config.hook.pytest_aci_group_requested(name=name, spec=spec))
        run.workshop.tell_ready = lambda group, seconds: config.hook.pytest_aci_group_ready(
            group=group, seconds=seconds
        )
        if run.settings.mode.is_live:
            config.pluginmanager.register(Ending(config, run), "aci-ending")
    return config.stash[RUN]


def deck_of(config: pytest.Config) -> Deck | None:
    """Return the tapes of this pytest process, or None in live mode."""
    from pytest_aci.errors import CassetteError  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.run import open_deck  # noqa: PLC0415 # see above

    if DECK not in config.stash:
        settings = config.stash[SETTINGS]
        config.stash[DECK] = None
        if settings.mode.uses_cassettes:
            try:
                config.stash[DECK] = deck = open_deck(settings, config.rootpath, _seat(config).identity)
            except CassetteError as problem:
                raise pytest.UsageError(str(problem)) from problem
            if config.hook.pytest_aci_interaction.get_hookimpls():
                deck.scrub = lambda one: config.hook.pytest_aci_interaction(interaction=one) or one
    return config.stash[DECK]


def conclude_with(config: pytest.Config, conclusion: Conclusion) -> None:
    """Have *conclusion* look at the tapes at the end, and let it hear pytest's hooks until then."""
    config.stash.setdefault(CONCLUSIONS, []).append(conclusion)
    config.pluginmanager.register(conclusion)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Any:
    """Delete what the run has created after every fixture is torn down, and fail the run if something is left.

    The innermost wrapper: the terminal's own, around it, tells what came of it.
    """
    try:
        return (yield)
    finally:
        _finish(session)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete again: what another plugin's failing hook, or an interrupt, kept from being deleted."""
    if RUN in config.stash:
        _close(config.stash[RUN])


def _close(run: Run) -> tuple[Leftover, ...]:
    """Delete what a run owes, and return what is left: all of it where Azure can not even be asked."""
    from pytest_aci.cleanup.outcome import Leftover  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.errors import AciError  # noqa: PLC0415 # see above

    try:
        return run.close().left
    except AciError as problem:
        return tuple(Leftover(claim, str(problem)) for claim in run.books.owed)


def _finish(session: pytest.Session) -> None:
    stash = session.config.stash
    left = stash[LEFT] = _close(stash[RUN]) if RUN in stash else ()
    if RUN in stash:
        hand_over(session.config, stash[RUN])
    if left:
        session.config.hook.pytest_aci_leftovers(leftovers=left)
    is_well = not left
    conclusions = stash.get(CONCLUSIONS, [])
    if conclusions and session.testscollected and not session.config.option.collectonly:
        deck = deck_of(session.config)
        verdicts = [deck is None or one.conclude(session, deck) for one in conclusions]
        is_well = is_well and all(verdicts)
    if not is_well and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _joined(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {key: value for part in parts for key, value in part.items()}


def _seat(config: pytest.Config) -> Seat:
    if SEAT not in config.stash:
        config.stash[SEAT] = seat_of(config)
    return config.stash[SEAT]

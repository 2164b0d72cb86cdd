"""The test's own HTTP, by vcrpy's patches. Importing this imports vcrpy."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vcr.cassette import Cassette
from vcr.patch import CassettePatcherBuilder
from vcr.record_mode import RecordMode

from pytest_aci.errors import NoTape
from pytest_aci.recording import guard
from pytest_aci.recording.credentials import is_identity
from pytest_aci.recording.difference import title
from pytest_aci.recording.exchange import take_turn
from pytest_aci.recording.placeholders import Numbers
from pytest_aci.recording.vcr_shapes import from_vcr_request, from_vcr_response, to_vcr_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.recording.deck import Deck
    from pytest_aci.recording.exchange import Request

IN_PROCESS = frozenset({"ASGITransport", "WSGITransport", "MockTransport"})
"""Transports of httpx that never leave the process: what they do is the test's own affair."""

OPTIONAL_CLIENTS = {
    "boto3": "botocore",
    "httplib2": "httplib2",
    "tornado": "tornado",
    "aiohttp": "aiohttp",
    "httpx": "httpx",
    "httpx2": "httpx2",
}
"""vcrpy's names of the clients that it patches where they are installed, and the packages that they come in."""


_turn: ContextVar[int | None] = ContextVar("pytest_aci_turn", default=None)
"""The turn of the request that this context sent last; of a chain of redirects, which aiohttp follows, its first."""


@contextmanager
def intercepted(deck: Deck) -> Iterator[None]:
    """Patch the HTTP clients of this process so that they play and write the deck's current tape.

    Connections that they do not account for are refused.
    """
    with ExitStack() as stack:
        if deck.writing:
            stack.enter_context(guard.recording(deck.spoil, deck.allowed_hosts))
        else:
            stack.enter_context(guard.replaying(deck.allowed_hosts))
        for patcher in _builder(deck).build():
            if not _is_in_process(patcher):
                stack.enter_context(patcher)
        yield


@lru_cache(maxsize=1)
def _builder(deck: Deck) -> Any:
    """What makes the patches of a run, and keeps the classes that it has made for them."""
    return CassettePatcherBuilder(CurrentTape(deck))


class CurrentTape(Cassette):  # type: ignore[misc] # vcrpy ships no types
    """What vcrpy's patches take for a cassette: whatever tape is current when a request is made.

    In replay it claims to have every answer, so that no patched client ever turns to the network for one.
    """

    def __init__(self, deck: Deck) -> None:
        super().__init__(str(deck.directory), record_mode=RecordMode.NEW_EPISODES if deck.writing else RecordMode.NONE)
        self._deck = deck

    @property
    def skip_patchers(self) -> list[str]:
        """The clients that are not there: vcrpy would look for each of them again before every test."""
        return [name for name, package in OPTIONAL_CLIENTS.items() if package not in sys.modules]

    @skip_patchers.setter
    def skip_patchers(self, names: Any) -> None:
        """What vcrpy begins with says nothing."""

    @property
    def write_protected(self) -> bool:
        """Whether nothing may be asked of the network."""
        return not self._deck.writing

    def filter_request(self, request: Any) -> Any:
        """The request, or None for one that is never recorded."""
        return None if is_identity(request.uri) else request

    def can_play_response_for(self, request: Any) -> bool:  # noqa: ARG002 # vcrpy names it
        """Whether this is a replay. If it is not, the request is sent now."""
        guard.exchanging.set(self._deck.writing)
        _turn.set(take_turn())
        return not self._deck.writing

    def play_response(self, request: Any) -> dict[str, Any]:
        """The answer of the current tape.

        Raises:
            NoTape: No test and no fixture is running.
            CassetteError: The tape has no answer.
        """
        asked = from_vcr_request(request)
        tape = self._deck.tape_for(asked)
        if tape is None:
            raise NoTape(asked=self._shown(asked))
        return to_vcr_response(tape.play(asked, "http"))

    def append(self, request: Any, response: dict[str, Any]) -> None:
        """Write an interaction to the current tape."""
        guard.exchanging.set(False)
        if self.filter_request(request) is None:
            return
        asked = from_vcr_request(request)
        tape = self._deck.tape_for(asked)
        if tape is None:
            self._deck.homeless.append(self._shown(asked))
        else:
            tape.write(asked, from_vcr_response(response), "http", _turn.get())

    def _shown(self, asked: Request) -> str:
        """A request in one line, as harmless as in a cassette."""
        return title(self._deck.redactor.request(asked, "http", Numbers("")))

    def find_requests_with_most_matches(self, request: Any) -> list[tuple[Any, list[str], list[str]]]:
        """The request itself: where an answer redirects to is asked for like anything else."""
        return [(request, [], [])]

    def __contains__(self, request: Any) -> bool:
        """Whether this is a replay."""
        return not self._deck.writing


def _is_in_process(patcher: Any) -> bool:
    target = patcher.getter() if hasattr(patcher, "getter") else None
    return getattr(target, "__name__", "") in IN_PROCESS

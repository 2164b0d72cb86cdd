from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, Any

from pytest_aci.errors import RECORD_COMMAND, CassetteMissingError, CassetteStaleError
from pytest_aci.recording import files, shelf
from pytest_aci.recording.difference import difference as plain_difference
from pytest_aci.recording.format import Header
from pytest_aci.recording.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pytest_aci.recording.conversation import Conversation
    from pytest_aci.recording.exchange import Request
    from pytest_aci.recording.redact import Redactor
    from pytest_aci.recording.shelf import Difference

PLUGIN_OWNERS = ("groups/", "resource_group")
"""Owners whose tapes only the plugin writes: it polls, and how often it did is not worth keeping."""


class Deck:
    """All tapes of one run, and which of them a request belongs to. Safe to use from several threads."""

    def __init__(
        self,
        directory: Path,
        *,
        writing: bool,
        redactor: Redactor,
        facts: Mapping[str, str],
        difference: Difference = plain_difference,
    ) -> None:
        """`facts` are `recorded_against` ("emulator" or "Azure") and the versions of what asks, by name.

        Raises:
            CassetteUnwritableError: Cassettes can not be written into the directory.
        """
        self.directory = directory
        self.writing = writing
        self.redactor = redactor
        self.facts = dict(facts)
        self.command = RECORD_COMMAND
        """What records the tapes that are opened from now on; errors say so."""
        self.homeless: list[str] = []
        """What was asked over HTTP while no test or fixture was running, and therefore not recorded."""
        self._difference = difference
        self._tapes: dict[str, Tape] = {}
        self._headers: dict[str, Header] = {}
        self._operations: dict[str, Tape] = {}
        self._playing: list[Tape] = []
        self._using: ContextVar[Tape | None] = ContextVar("pytest_aci_tape", default=None)
        self._lock = RLock()
        self._intercepting = False
        if writing:
            files.prepare(directory)
            for header in shelf.headers(directory):
                redactor.addresses.keep(header.addresses)

    def tape(self, owner: str, fingerprint: Mapping[str, Any] | None = None) -> Tape:
        """The tape of an owner, opened once. `fingerprint` is the spec that it is about.

        Raises:
            CassetteStaleError: In replay, the cassette was recorded for another spec.
            CassetteMissingError: In replay, there is none, and a spec was given.
            CassetteError: It can not be used.
        """
        with self._lock:
            tape = self._tapes.get(owner)
            if tape is None:
                tape = self._tapes[owner] = Tape(
                    owner,
                    files.path_of(self.directory, owner),
                    writing=self.writing,
                    redactor=self.redactor,
                    open_conversation=self._open,
                    hand_out=self._hand_out,
                    command=self.command,
                    settled=owner.startswith(PLUGIN_OWNERS),
                )
                self._headers[owner] = Header(owner, self._recorded(), fingerprint)
            if fingerprint is not None and not self.writing:
                self._check(tape, fingerprint)
            return tape

    def using(self, tape: Tape) -> AbstractContextManager[None]:
        """Requests of this thread or task belong to a tape: for what the plugin does itself."""
        return _set(self._using, tape)

    @contextmanager
    def playing(self, tape: Tape) -> Iterator[None]:
        """Requests of the whole process belong to a tape: that of the test or fixture which is running."""
        with self._lock:
            self._playing.append(tape)
        try:
            yield
        finally:
            with self._lock:
                self._playing.remove(tape)

    def tape_for(self, request: Request) -> Tape | None:
        """The tape that a request belongs to.

        That is the one this context is using, else the one on which its operation URL was handed out,
        else that of the test or fixture which is running, else none.
        """
        tape = self._using.get()
        if tape is not None:
            return tape
        with self._lock:
            tape = self._operations.get(_without_query(request.url))
            return tape or (self._playing[-1] if self._playing else None)

    @contextmanager
    def intercept(self) -> Iterator[None]:
        """From here on, what the test's own HTTP clients ask belongs to the current tape, too. May be nested."""
        if self._intercepting:
            yield
            return
        from pytest_aci.recording.interception import intercepted  # noqa: PLC0415  imports vcrpy

        self._intercepting = True
        try:
            with intercepted(self):
                yield
        finally:
            self._intercepting = False

    def unplayed(self) -> dict[str, list[str]]:
        """What was recorded and not asked for, by owner, of the tapes of which anything was asked."""
        return {owner: left for owner, tape in self._tapes.items() if (left := tape.unplayed())}

    def close(self) -> list[Path]:
        """Write every cassette that holds anything; the paths written. In replay, nothing is."""
        with self._lock:
            tapes = list(self._tapes.values())
        return [path for tape in tapes if (path := self._save(tape))]

    def _save(self, tape: Tape) -> Path | None:
        known = self.redactor.addresses.known()
        used = {name: address for name, address in known.items() if tape.mentions(address)}
        return tape.save(replace(self._headers[tape.owner], addresses=used))

    def _open(self, tape: Tape) -> Conversation:
        from pytest_aci.recording.conversation import Conversation, Persister, Serializer  # noqa: PLC0415  imports vcrpy

        conversation = Conversation(
            tape.path,
            Serializer(tape.path, self._headers[tape.owner]),
            Persister(self.directory, lambda _text: None),
            writing=self.writing,
        )
        if not self.writing:
            try:
                conversation.load()
            except CassetteMissingError:
                raise self._missing(tape) from None
        return conversation

    def _missing(self, tape: Tape) -> CassetteMissingError:
        fingerprint = self._headers[tape.owner].fingerprint
        similar = shelf.similar(tape.path, fingerprint, self._difference) if fingerprint else None
        path, differences = similar or (None, [])
        return CassetteMissingError(
            owner=tape.owner, path=tape.path, command=tape.command, nearest=path, differences=differences
        )

    def _check(self, tape: Tape, fingerprint: Mapping[str, Any]) -> None:
        recorded = tape.header.fingerprint
        wanted = json.loads(json.dumps(fingerprint))
        if recorded is not None and recorded != wanted:
            raise CassetteStaleError(
                owner=tape.owner,
                path=tape.path,
                differences=self._difference(recorded, wanted),
                command=tape.command,
            )

    def _recorded(self) -> dict[str, str]:
        facts = dict(self.facts)
        against = facts.pop("recorded_against", "")
        return {"on": datetime.now(UTC).date().isoformat(), **facts, "against": against}

    def _hand_out(self, url: str, tape: Tape) -> None:
        with self._lock:
            self._operations[_without_query(url)] = tape


@contextmanager
def _set(variable: ContextVar[Tape | None], tape: Tape) -> Iterator[None]:
    token = variable.set(tape)
    try:
        yield
    finally:
        variable.reset(token)


def _without_query(url: str) -> str:
    return url.partition("?")[0].lower()

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any

from pytest_aci.errors import RECORD_COMMAND, CassetteError
from pytest_aci.recording.proof import environment_secrets
from pytest_aci.recording.shelf import Shelf
from pytest_aci.recording.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pytest_aci.recording.conversation import Conversation
    from pytest_aci.recording.exchange import Interaction, Request
    from pytest_aci.recording.format import Header
    from pytest_aci.recording.redact import Redactor


class Deck:
    """All tapes of one run, and which of them a request belongs to. Safe to use from several threads."""

    def __init__(
        self,
        directory: Path,
        *,
        writing: bool,
        redactor: Redactor,
        facts: Mapping[str, str],
        staging: Path | None = None,
        max_age_days: int | None = None,
        refuse_aged: bool = False,
        allowed_hosts: Collection[str] = (),
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`facts` are `recorded_against` ("emulator" or "Azure") and the versions of what asks, by name.

        What is written goes to `staging`, if there is one. Of a cassette older than `max_age_days` is warned, or it is
        refused. Connections to `allowed_hosts` are let through. No cassette may hold what looks like a secret in
        `environment`.

        Raises:
            CassetteUnwritable: Cassettes can not be written into the directory.
        """
        self.directory = directory
        self.writing = writing
        self.redactor = redactor
        self.facts = dict(facts)
        """May still change while nothing has been written: what answers is known when it is first asked."""
        self.shelf = Shelf(directory, self.facts, staging, max_age_days, refuse_aged)
        self.allowed_hosts = frozenset(allowed_hosts)
        self.command = RECORD_COMMAND
        """What records the tapes that are opened from now on; errors say so."""
        self.homeless: list[str] = []
        """What was asked over HTTP while no test or fixture was running, and therefore not recorded."""
        self.refused: list[CassetteError] = []
        """Why cassettes were not written, of all that `close` could not write."""
        self.scrub: Callable[[Interaction], Interaction] = lambda interaction: interaction
        """What is done to each interaction after redaction, and in replay to each request that is asked."""
        self.skipped: set[str] = set()
        """Owners that did not come so far as to ask for what they need."""
        self._environment = environment
        self._tapes: dict[str, Tape] = {}
        self._fingerprints: dict[str, Mapping[str, Any] | None] = {}
        self._operations: dict[str, Tape] = {}
        self._playing: list[Tape] = []
        self._using: ContextVar[Tape | None] = ContextVar("pytest_aci_tape", default=None)
        self._lock = RLock()
        self._intercepting = False
        if writing:
            self.shelf.prepare()
            for header in self.shelf.headers():
                redactor.addresses.keep(header.addresses)

    def tape(self, owner: str, fingerprint: Mapping[str, Any] | None = None) -> Tape:
        """The tape of an owner, opened once. `fingerprint` is the spec that it is about.

        Raises:
            CassetteStale: In replay, the cassette was recorded for another spec.
            CassetteMissing: In replay, there is none, and a spec was given.
            CassetteError: It can not be used.
        """
        fingerprint = self.redactor.fingerprint(fingerprint)
        with self._lock:
            tape = self._tapes.get(owner)
            if tape is None:
                tape = self._tapes[owner] = Tape(
                    owner,
                    self.shelf.path(owner, writing=False),
                    writing=self.writing,
                    redactor=self.redactor,
                    open_conversation=self._open,
                    hand_out=self._hand_out,
                    command=self.command,
                    scrub=self.scrub,
                )
                self._fingerprints[owner] = fingerprint
            if fingerprint is not None and not self.writing:
                self.shelf.check(tape, fingerprint)
            return tape

    def own_group(self, fingerprint: Mapping[str, Any]) -> None:
        """Note a group that the test or fixture which is running has for itself: their cassette is about its spec, too.

        Raises:
            CassetteStale: In replay, another one was recorded in its place.
            CassetteError: The cassette is missing or can not be used.
        """
        with self._lock:
            if not self._playing:
                return
            tape = self._playing[-1]
            tape.specs[f"group {len(tape.specs) + 1}"] = self.redactor.fingerprint(fingerprint)
            self._fingerprints[tape.owner] = tape.specs
            if not self.writing:
                still_to_come = tape.header.fingerprint or {}
                self.shelf.check(tape, {**still_to_come, **tape.specs})

    def using(self, tape: Tape) -> AbstractContextManager[None]:
        """Requests of this thread or task belong to a tape: for what the plugin does itself."""
        return _set(self._using, tape)

    @property
    def is_playing(self) -> bool:
        """Whether a test or fixture is running whose tape is the current one."""
        with self._lock:
            return bool(self._playing)

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
        tape = self._operations.get(_without_query(request.url))
        with self._lock:
            return tape or (self._playing[-1] if self._playing else None)

    @contextmanager
    def intercept(self) -> Iterator[None]:
        """From here on, what the test's own HTTP clients ask belongs to the current tape, too. May be nested."""
        if self._intercepting:
            yield
            return
        from pytest_aci.recording.interception import intercepted  # noqa: PLC0415 # imports vcrpy

        self._intercepting = True
        try:
            with intercepted(self):
                yield
        finally:
            self._intercepting = False

    @property
    def owners(self) -> tuple[str, ...]:
        """Everybody whose tape was asked for, also those who then asked for nothing."""
        with self._lock:
            return tuple(self._tapes)

    def unplayed(self) -> dict[str, list[str]]:
        """What was recorded and not asked for, if anything, by owner of the tapes of which anything was asked."""
        return {owner: tape.unplayed() for owner, tape in self._tapes.items() if tape.is_used}

    def spoil(self, reason: str) -> None:
        """What is being recorded now lacks something: it will not be written, and `reason` says why."""
        with self._lock:
            if self._playing:
                self._playing[-1].spoiled = reason

    def rewind(self, tape: Tape) -> None:
        """Begin a tape anew, for a test that is run again; what this run has written of it goes."""
        if self.writing and tape.is_used:
            self.shelf.path(tape.owner, writing=True).unlink(missing_ok=True)
        tape.rewind()

    def finish(self, tape: Tape) -> Path | None:
        """Write the cassette of a tape now, if it holds anything; the path written. In replay, nothing is.

        Raises:
            CassetteError: It must not or can not be written.
        """
        known = self.redactor.addresses.known()
        mentioned = tape.mentioned(known.values())
        used = {name: address for name, address in known.items() if address in mentioned}
        is_written = tape.save(replace(self._header(tape), addresses=used))
        return self.shelf.path(tape.owner, writing=True) if is_written else None

    def close(self) -> list[Path]:
        """Write every cassette that holds anything; the paths written. What is not written is in `refused`."""
        with self._lock:
            tapes = list(self._tapes.values())
        written: list[Path] = []
        for tape in tapes:
            try:
                path = self.finish(tape)
            except CassetteError as error:
                self.refused.append(error)
            else:
                written += [path] if path else []
        return written

    def secrets(self) -> dict[str, str]:
        """Everything that no cassette may hold: a name that can be shown, to the value."""
        return environment_secrets(self._environment) | self.redactor.named_secrets

    def _open(self, tape: Tape) -> Conversation:
        return self.shelf.open(tape, self._header(tape), self.secrets)

    def _header(self, tape: Tape) -> Header:
        return self.shelf.header(tape.owner, self._fingerprints[tape.owner])

    def _hand_out(self, url: str, tape: Tape) -> None:
        # Without the lock: the tape holds its own here, for which `own_group` waits while it holds the deck's.
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

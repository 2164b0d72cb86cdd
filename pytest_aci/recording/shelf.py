"""The folder in which the cassettes of a project stand."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pytest_aci.difference import difference
from pytest_aci.errors import (
    CassetteAged,
    CassetteAgeWarning,
    CassetteDamaged,
    CassetteError,
    CassetteMissing,
    CassetteStale,
    SecretInCassette,
)
from pytest_aci.recording import files
from pytest_aci.recording.format import Header
from pytest_aci.recording.promotion import claim
from pytest_aci.recording.proof import objections
from pytest_aci.recording.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pytest_aci.recording.conversation import Conversation
    from pytest_aci.recording.tape import Tape


@dataclass(frozen=True, slots=True)
class Shelf:
    """Opens and writes the cassettes of one folder."""

    directory: Path
    facts: Mapping[str, str] = field(default_factory=dict)
    """What answers (`recorded_against`), and the versions of what asks, by name."""
    staging: Path | None = None
    """Where cassettes are written, if they are to be looked at before they replace the old ones."""
    max_age_days: int | None = None
    refuse_aged: bool = False
    """Whether a cassette that is too old is an error, not a warning."""

    @property
    def target(self) -> Path:
        """The folder that is written to."""
        return self.staging or self.directory

    def prepare(self) -> None:
        """Make sure that cassettes can be written.

        Raises:
            CassetteUnwritable: They can not. Better known before anything is created in a cloud.
        """
        files.prepare(self.directory)
        files.prepare(self.target)
        if self.staging:
            claim(self.directory, self.staging)

    def path(self, owner: str, *, writing: bool) -> Path:
        """Where the cassette of an owner is written or read."""
        return files.path_of(self.target if writing else self.directory, owner)

    def header(self, owner: str, fingerprint: Mapping[str, Any] | None) -> Header:
        """What a cassette written today says about itself."""
        facts = dict(self.facts)
        against = facts.pop("recorded_against", "")
        return Header(owner, {"on": datetime.now(UTC).date().isoformat(), **facts, "against": against}, fingerprint)

    def open(self, tape: Tape, header: Header, secrets: Callable[[], Mapping[str, str]]) -> Conversation:
        """The conversation of a tape: empty, or read from its file.

        Raises:
            CassetteError: It is to be read, and is missing, or not usable, or too old.
        """
        from pytest_aci.recording.conversation import Conversation, Persister, Serializer  # noqa: PLC0415 # imports vcrpy

        def prove(text: str) -> None:
            if places := objections(text, secrets()):
                path.unlink(missing_ok=True)
                raise SecretInCassette(path=tape.path, places=places)

        path = self.path(tape.owner, writing=tape.writing)
        persister = Persister(self.target, prove)
        conversation = Conversation(path, Serializer(path, header), persister, writing=tape.writing)
        if not tape.writing:
            try:
                conversation.load()
            except CassetteMissing:
                raise self._missing(tape, header.fingerprint) from None
            except CassetteDamaged as error:
                raise CassetteDamaged(
                    path=error.path, reason=error.reason, offset=error.offset, line=error.line, command=tape.command
                ) from None
            self._mind_age(tape, conversation.header)
        return conversation

    def check(self, tape: Tape, fingerprint: Mapping[str, Any]) -> None:
        """Make sure that a cassette was recorded for this spec.

        Raises:
            CassetteStale: It was recorded for another one.
            CassetteError: It is missing or not usable.
        """
        recorded = tape.header.fingerprint
        wanted = json.loads(json.dumps(fingerprint))
        if recorded is not None and (differences := difference(recorded, wanted)):
            command = tape.header.again(tape.command)
            raise CassetteStale(owner=tape.owner, path=tape.path, differences=differences, command=command)

    def headers(self) -> Iterator[Header]:
        """The headers of all usable cassettes, in the order of their paths."""
        for path in sorted(self.directory.rglob("*.json")):
            header = header_of(path)
            if header is not None:
                yield header

    def _missing(self, tape: Tape, fingerprint: Mapping[str, Any] | None) -> CassetteMissing:
        path, differences = (fingerprint and self._similar(tape.path, fingerprint)) or (None, [])
        return CassetteMissing(
            owner=tape.owner, path=tape.path, command=tape.command, nearest=path, differences=differences
        )

    def _similar(self, path: Path, fingerprint: Mapping[str, Any]) -> tuple[Path, list[str]] | None:
        """The cassette beside a missing one whose spec differs least, if one shares the beginning of its name."""
        stem = path.stem.rpartition("-")[0]
        found = [
            (sibling, difference(header.fingerprint, fingerprint))
            for sibling in sorted(path.parent.glob(f"{stem}-*.json"))
            if stem and (header := header_of(sibling)) and header.fingerprint
        ]
        return min(found, key=lambda item: len(item[1]), default=None)

    def _mind_age(self, tape: Tape, header: Header) -> None:
        days = age_of(header)
        if self.max_age_days is None or days is None or days <= self.max_age_days:
            return
        error = CassetteAged(path=tape.path, days=days, limit=self.max_age_days, command=header.again(tape.command))
        if self.refuse_aged:
            raise error
        warnings.warn(str(error), CassetteAgeWarning, stacklevel=2)


def header_of(path: Path) -> Header | None:
    """What a cassette says about itself, or None if it can not be used."""
    try:
        return read(path)[0]
    except CassetteError:
        return None


def age_of(header: Header) -> int | None:
    """How many days ago a cassette was recorded, or None if it does not say."""
    try:
        recorded = date.fromisoformat(header.recorded.get("on", ""))
    except ValueError:
        return None
    return (datetime.now(UTC).date() - recorded).days

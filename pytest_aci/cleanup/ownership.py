from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME_LENGTH = 63
"""Characters that Azure allows a container group's name to have."""

NONCE_LENGTH = 16
STEM_LENGTH = NAME_LENGTH - 1 - NONCE_LENGTH
"""Characters that are left for what a name says, before a hyphen and the run's random bits."""

REPLAY_NONCE = "0" * NONCE_LENGTH
RESOURCE_GROUP_NAME = re.compile(rf"pytest-aci-[0-9a-f]{{{NONCE_LENGTH}}}")
GROUP_NAME = re.compile(rf"(?!-)(?!.*--)[a-z0-9-]{{1,{STEM_LENGTH}}}-[0-9a-f]{{{NONCE_LENGTH}}}")

# The Azure SDK's own clean-up job honours this tag on resource groups.
DELETE_AFTER = "DeleteAfter"
RUN = "pytest-aci-run"
OWNER = "pytest-aci-owner"
CREATED = "pytest-aci-created"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which run this is: a readable id, and the 64 random bits that all of its names carry."""

    run_id: str
    nonce: str

    @classmethod
    def new(cls) -> Identity:
        """Make the identity of a run that creates something."""
        nonce = _nonce()
        return cls(f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{nonce[:8]}", nonce)

    @classmethod
    def replay(cls) -> Identity:
        """Return the identity that every recorded run has in its cassettes."""
        return cls(REPLAY_NONCE, REPLAY_NONCE)

    def renamed(self) -> Identity:
        """Return the same run with other random bits, for a name that can not be used."""
        return Identity(self.run_id, _nonce())

    @property
    def resource_group(self) -> str:
        """The name of the run's own resource group."""
        return f"pytest-aci-{self.nonce}"

    def group(self, stem: str) -> str:
        """Return the name of a container group: what it is, and whose."""
        return f"{stem}-{self.nonce}"


class Whose(Enum):
    """To whom the tags of a resource say it belongs."""

    OURS = auto()
    """They carry the proof of the run that is asked about."""
    ANOTHERS = auto()
    """They carry the proof of another run, or one that is not valid."""
    NOBODYS = auto()
    """They carry no proof at all: somebody else's, or ours after a policy took the tags off."""


def proof_tags(
    identity: Identity, *, now: datetime, lifetime: float, extra: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Return the tags that prove who created a resource and until when it may exist, over the user's own.

    *lifetime* is in seconds. Times are ISO-8601 in UTC with a final `Z`, the format of `DeleteAfter`.
    """
    return {
        **dict(extra),
        DELETE_AFTER: iso(now + timedelta(seconds=lifetime)),
        RUN: identity.run_id,
        OWNER: owner_hash(identity),
        CREATED: iso(now),
    }


def owner_hash(identity: Identity) -> str:
    """Return a short proof that whoever wrote the tags knew the run's id and the random bits of the name."""
    return sha256(f"{identity.run_id}/{identity.nonce}".encode()).hexdigest()[:16]


def whose(name: str, tags: Mapping[str, str] | None, run_id: str) -> Whose:
    """Judge by its tags, and by the random bits of its name, to whom a resource belongs."""
    run, owner = tag(tags, RUN), tag(tags, OWNER)
    if run is None and owner is None:
        return Whose.NOBODYS
    proven = run == run_id and owner == owner_hash(Identity(run_id, name[-NONCE_LENGTH:]))
    return Whose.OURS if proven else Whose.ANOTHERS


def tag(tags: Mapping[str, str] | None, key: str) -> str | None:
    """Return the value of a tag, whose keys Azure compares without case."""
    return next((value for name, value in (tags or {}).items() if name.lower() == key.lower()), None)


def iso(moment: datetime) -> str:
    """Return a time as ISO-8601 in UTC, to the second, with a final `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(tags: Mapping[str, str] | None, key: str) -> datetime | None:
    """Return the time that a tag tells; None if it is missing, can not be read, or does not say its time zone."""
    text = tag(tags, key)
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _nonce() -> str:
    return secrets.token_hex(NONCE_LENGTH // 2)

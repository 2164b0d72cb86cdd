from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NONCE_LENGTH = 16
REPLAY_NONCE = "0" * NONCE_LENGTH
RESOURCE_GROUP_NAME = re.compile(r"pytest-aci-[0-9a-f]{16}")
GROUP_NAME = re.compile(r"(?!-)(?!.*--)[a-z0-9-]{1,46}-[0-9a-f]{16}")

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
        nonce = secrets.token_hex(NONCE_LENGTH // 2)
        return cls(f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{nonce[:8]}", nonce)

    @classmethod
    def replay(cls) -> Identity:
        """Return the identity that every recorded run has in its cassettes."""
        return cls("replay", REPLAY_NONCE)

    @property
    def resource_group(self) -> str:
        """The name of the run's own resource group."""
        return f"pytest-aci-{self.nonce}"

    def group(self, stem: str) -> str:
        """Return the name of a container group: what it is, and whose."""
        return f"{stem}-{self.nonce}"


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
    """Return a short proof that whoever wrote the tags knew the run's nonce and id."""
    return sha256(f"{identity.run_id}/{identity.nonce}".encode()).hexdigest()[:16]


def carries_proof(tags: Mapping[str, str] | None, identity: Identity) -> bool:
    """Whether the tags say that this very run created the resource."""
    return bool(tags) and tags.get(RUN) == identity.run_id and tags.get(OWNER) == owner_hash(identity)  # type: ignore[union-attr] # bool(tags) excludes None


def iso(moment: datetime) -> str:
    """Return a time as ISO-8601 in UTC, to the second, with a final `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expiry(tags: Mapping[str, str] | None) -> datetime | None:
    """Return when a resource may be deleted by anybody; None if its tag is missing or can not be read as a date."""
    text = next((value for key, value in (tags or {}).items() if key.lower() == DELETE_AFTER.lower()), None)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_aci.cleanup.ledger import Claim


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that could not be deleted, why, and the command that deletes it.

    It *is_final* if asking again is of no use: it is locked, a rule or missing rights forbid it, or it is not ours.
    """

    claim: Claim
    reason: str
    is_final: bool = False

    @property
    def command(self) -> str:
        """The az command line that removes it."""
        if self.claim.kind == "resource_group":
            return f"az group delete --yes --name {self.claim.name}"
        return f"az container delete --yes --resource-group {self.claim.resource_group} --name {self.claim.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What paying came to."""

    gone: tuple[Claim, ...] = ()
    left: tuple[Leftover, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        """Return both together: what was left at first and is gone now is gone."""
        gone = (*self.gone, *other.gone)
        later = {one.claim: one for one in (*self.left, *other.left) if one.claim not in gone}
        return Outcome(gone, tuple(later.values()))

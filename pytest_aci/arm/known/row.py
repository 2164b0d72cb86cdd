from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_aci.errors import Policy


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """One way to be refused.

    *signs* is a regular expression, without case, searched in `code: message`; its named groups fill the `{fields}`
    of *cause* and *action*. The same request is worth sending again *retries* times, *pause* seconds apart, before
    *policy* applies; *on_delete* replaces the policy when it was a deletion that failed.
    """

    name: str
    signs: str
    cause: str
    action: str
    policy: Policy
    on_delete: Policy | None = None
    retries: int = 0
    pause: float = 0.0

    def match(self, code: str, message: str) -> dict[str, str] | None:
        """The named groups of *signs* when this row describes the refusal, else None."""
        found = re.search(self.signs, f"{code}: {message}", re.IGNORECASE | re.DOTALL)
        return {key: value or "" for key, value in found.groupdict().items()} if found else None

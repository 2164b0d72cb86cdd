from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.recording.relations import Key, bars, exact_key_of, is_arm, key_of

if TYPE_CHECKING:
    from pytest_aci.recording.exchange import Request


class Folding:
    """Finds which reads of a growing conversation only repeat an earlier one.

    A repeated status of a long operation, or a read that was made until its answer was liked, may take the place
    of the one before: how often and how fast was asked then leaves no trace in the cassette. Other servers than ARM
    may count what they are asked, so a test's own reads of them repeat nothing.
    """

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._last: dict[Key, int] = {}

    def add(self, request: Request) -> None:
        """The (redacted) request is now the last one of the conversation."""
        if request.is_read:
            self._last[exact_key_of(request) or key_of(request)] = len(self._requests)
        self._requests.append(request)

    def repeated(self, request: Request, *, polling: bool = False) -> int | None:
        """The place of the last answer to the same read, if nothing asked since could have altered it."""
        if not request.is_read or not (polling or is_arm(request)):
            return None
        place = self._last.get(exact_key_of(request) or key_of(request))
        if place is None or any(bars(later, request) for later in self._requests[place + 1 :]):
            return None
        return place

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.recording.placeholders import Numbers
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from pytest_aci.recording.exchange import Request


class Listener:
    """What a run has instead of a deck when nothing is recorded: it hears which secrets ARM is sent, to be hidden."""

    def __init__(self) -> None:
        self._redactor = Redactor()
        self._numbers = Numbers("")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What was sent in fields that hold secrets, and as a token."""
        return self._redactor.secrets

    def tape_for(self, request: Request) -> None:
        """No tape: the request is only looked at."""
        self._redactor.request(request, "arm", self._numbers)

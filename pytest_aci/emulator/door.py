"""The doors below `/_emulator` as Python calls: for a test whose emulator is another process."""

from __future__ import annotations

import contextlib
import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN_HEADER = "x-emulator-token"  # noqa: S105 # the header's name
SECONDS = 30


class DoorError(Exception):
    """The emulator refused what was asked at one of its own doors; the sentence is the emulator's."""


class Door:
    """Asks an emulator about itself, and tells it what to do wrong. Made from its ready line."""

    def __init__(self, url: str, token: str) -> None:
        self._host = urlsplit(url).netloc
        self._token = token

    @classmethod
    def of(cls, ready: Mapping[str, Any]) -> Door:
        """The door of the emulator whose ready line this is."""
        return cls(ready["url"], ready["token"])

    @contextlib.contextmanager
    def fault(self, kind: str, **fields: Any) -> Iterator[str]:
        """A fault rule that is in force inside a `with` block; its id. See `faults.Rule` for the fields.

        Raises:
            DoorError: There is no such fault, or a field is wrong.
        """
        added = self._ask("POST", "/_emulator/faults", {"kind": kind, **fields})["id"]
        try:
            yield added
        finally:
            self._ask("DELETE", f"/_emulator/faults/{added}")

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each was seen and fired."""
        return list(self._ask("GET", "/_emulator/faults")["value"])

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """The requests that the emulator was asked, oldest first, after number *since*."""
        return list(self._ask("GET", f"/_emulator/requests?since={since}")["value"])

    def groups(self) -> dict[str, Any]:
        """Everything that exists in the emulator, and how many containers live."""
        return dict(self._ask("GET", "/_emulator/groups"))

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = HTTPConnection(self._host, timeout=SECONDS)
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body), headers={TOKEN_HEADER: self._token}
            )
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:  # noqa: PLR2004 # the first status of a refusal
            raise DoorError(json.loads(content)["error"]["message"])
        return json.loads(content) if content else None

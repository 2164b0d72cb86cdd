from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from threading import Lock

ARM = "https://management.azure.com"
"""The host that every recorded ARM request is addressed to, whatever endpoint answered it."""

ZERO_GUID = "00000000-0000-0000-0000-000000000000"
ZERO_NONCE = "0" * 16
ZERO_CONTAINER = "0" * 64
SOMEBODY = "somebody@example.com"
SECRET = "<redacted:secret>"  # noqa: S105 # what stands where a secret stood

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""The moment T0 at which every recorded lifecycle begins."""

PLACEHOLDER = re.compile(r"<redacted:[a-z]+(?::len=\d+)?>")
GUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])", re.IGNORECASE)
SHORTEST_GUID = 32
_OWN = re.compile("0{12}([0-9a-f]{4})([0-9a-f]{16})")
PLAIN_GUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])", re.IGNORECASE)


def moment(seconds: int) -> str:
    """T0 and so many seconds, as ARM writes it."""
    return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def redacted(value: str) -> str:
    """The typed placeholder of a string that is not known to be harmless; a placeholder is its own."""
    return value if PLACEHOLDER.fullmatch(value) else f"<redacted:str:len={len(value)}>"


class Numbers:
    """The numbered constants of one cassette: each identity gets the next one when it first appears.

    They carry a mark of the cassette's owner, so that an operation URL handed out by one cassette
    is never mistaken for one of another.
    """

    def __init__(self, owner: str) -> None:
        self._mark = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self._tails = (self._mark[4:], self._mark[4:].upper())
        self._known: dict[str, int] = {}
        self._last = 0
        self._lock = Lock()

    def of(self, identity: str) -> str:
        """The constant for an identity, as a guid. Guids with and without dashes, in any case, are one identity."""
        key = identity.replace("-", "").lower()
        if re.fullmatch(r"0{31}[0-9a-f]", key):  # a constant for a subscription, a tenant, a principal, a client
            return ZERO_GUID[:-1] + key[-1]
        own = _OWN.fullmatch(key)
        with self._lock:
            if own and own[2] == self._mark:
                number = int(own[1], 16)
                self._last = max(self._last, number)
            else:
                number = self._known.get(key, 0)
            if not number:
                self._last += 1
                number = self._known[key] = self._last
        return f"00000000-0000-{number:04x}-{self._mark[:4]}-{self._mark[4:]}"

    def replace(self, text: str) -> str:
        """The text with every guid in it replaced by its constant, in the same spelling."""
        if len(text) < SHORTEST_GUID:
            return text
        text = GUID.sub(lambda found: spelled_like(found[0], self.of(found[0])), text)
        return PLAIN_GUID.sub(lambda found: spelled_like(found[0], self.of(found[0]).replace("-", "")), text)

    def notice(self, text: str) -> None:
        """Count on after the constants that stand in a played answer, as the recording did."""
        if not any(tail in text for tail in self._tails):
            return
        for guid in (*GUID.findall(text), *PLAIN_GUID.findall(text)):
            own = _OWN.fullmatch(guid.replace("-", "").lower())
            if own and own[2] == self._mark:
                with self._lock:
                    self._last = max(self._last, int(own[1], 16))


def spelled_like(original: str, constant: str) -> str:
    """The constant in the case of what it replaces: upper-case identities stay upper-case."""
    return constant.upper() if original.isupper() else constant

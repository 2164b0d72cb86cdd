from __future__ import annotations

import re
from threading import RLock
from urllib.parse import quote

from pytest_aci.recording.forms import forms
from pytest_aci.recording.placeholders import GUID, SECRET, spelled_like
from pytest_aci.recording.proof import is_searchable

_RANDOM = re.compile(r"[0-9a-f-]{16,}", re.IGNORECASE)


class Vocabulary:
    """What is known to be random or secret, and the constants that stand for it in any text.

    Safe to use from several threads. What is learned later does not change what was replaced before.
    """

    def __init__(self) -> None:
        self._constants: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._spellings: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._lock = RLock()

    def learn(self, real: str, constant: str) -> None:
        """From now on `real` is replaced by `constant`, in any case, URL-encoded, and as a guid without dashes."""
        if not real or real.lower() == constant.lower():
            return
        pairs = {real: constant, quote(real, safe=""): quote(constant, safe="")}
        if GUID.fullmatch(real):
            pairs[real.replace("-", "")] = constant.replace("-", "")
        with self._lock:
            self._constants |= {key.lower(): value for key, value in pairs.items()}
            longest_first = sorted(self._constants, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_bounded, longest_first)), re.IGNORECASE)

    def secret(self, value: str, called: str = "") -> None:
        """From now on `value` is replaced wherever it appears, in every spelling of `forms`, if it is searchable.

        `called` says where it is known from, as can be shown.
        """
        if not value or value.startswith("<redacted:"):
            return
        with self._lock:
            is_new = value not in self._secrets
            self._secrets[value] = self._secrets.get(value) or called
            if is_new and is_searchable(value):
                both = {*self._spellings, *forms(value).values()}
                self._spellings = tuple(sorted(both, key=lambda spelling: (-len(spelling), spelling)))

    @property
    def named_secrets(self) -> dict[str, str]:
        """Every secret learned so far that can be searched for, by a name that can be shown."""
        with self._lock:
            known = [item for item in self._secrets.items() if is_searchable(item[0])]
        return {
            f"known secret {number}" + (f", {called}" if called else ""): value
            for number, (value, called) in enumerate(known, 1)
        }

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret learned so far."""
        with self._lock:
            return tuple(self._secrets)

    def holds(self, text: str) -> bool:
        """Whether anything in a text would be replaced."""
        pattern = self._pattern
        return bool(pattern and pattern.search(text)) or self.holds_secret(text)

    def holds_secret(self, text: str) -> bool:
        """Whether a known secret stands in a text."""
        return any(spelling in text for spelling in self._spellings)

    def replace(self, text: str) -> str:
        """The text with constants in place of everything that is known."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, SECRET)
        return self.replace_identities(text)

    def replace_identities(self, text: str) -> str:
        """The text with constants in place of what is random; secrets are not looked for."""
        pattern, constants = self._pattern, self._constants
        if pattern is None:
            return text
        return pattern.sub(lambda found: spelled_like(found[0], constants[found[0].lower()]), text)


def _bounded(real: str) -> str:
    """A pattern for one identity: long random ones anywhere, names and addresses only as whole words."""
    escaped = re.escape(real)
    if _RANDOM.fullmatch(real):
        return escaped
    return rf"(?<![0-9A-Za-z.]){escaped}(?![0-9A-Za-z]|\.[0-9A-Za-z])"

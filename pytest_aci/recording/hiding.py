"""Secrets in what people and build servers read: reports, tracebacks, logs. For cassettes, see `Vocabulary`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from pytest_aci.recording.credentials import Names
from pytest_aci.recording.forms import forms
from pytest_aci.recording.placeholders import SECRET
from pytest_aci.recording.proof import is_telling
from pytest_aci.secret_signs import BEFORE_NAME, SHORTEST

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST_PIECE = 4
"""So many characters of a secret beside an ellipsis are hidden too."""

ELLIPSIS = "..."

_QUERY = re.compile(rf"({BEFORE_NAME})([\w.%\[\]-]+)=([^&\s\"'<>#]+)")
_FIELD = re.compile(r"""(["'])([\w.\[\]-]+)\1(\s*:\s*)(["'])([^"'\s]+)\4""")
_SCHEME = re.compile(r"\b(Bearer|Basic) +(?=\S*\d)[A-Za-z0-9._~+/-]{12,}=*")
_VOLUME = re.compile(r"""(["']secret["']\s*:\s*\{)[^{}]+(?=\})""")
_NAMES = Names()


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, in whatever encoding, or cut off as pytest shortens long values.

    What stands under the name of a credential in a URL, in JSON or in a dictionary is hidden, too, and so are bearer
    tokens and the files of a secret volume: clients log them before anybody else sees them.
    """
    known = tuple(dict.fromkeys(secret for secret in secrets if len(secret) >= SHORTEST))
    for spelling in _spellings(known):
        if spelling in text:
            text = text.replace(spelling, SECRET)
    text = _SCHEME.sub(rf"\1 {SECRET}", text)
    if "=" in text:
        text = _QUERY.sub(_without_credential, text)
    if ":" in text:
        text = _VOLUME.sub(rf"\1{SECRET}", _FIELD.sub(_without_value, text))
    if ELLIPSIS in text:
        for secret in known:
            text = _without_pieces(text, secret)
    return text


@lru_cache(maxsize=8)
def _spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Every spelling of these secrets, of their lines, and of what Python shows of them; the longest first."""
    shown = [repr(secret)[1:-1] for secret in secrets]
    lines = [line for secret in secrets if "\n" in secret for line in secret.splitlines() if len(line) >= SHORTEST]
    found = {spelling for value in (*secrets, *shown, *lines) for spelling in forms(value).values()}
    return tuple(sorted(found, key=lambda spelling: (-len(spelling), spelling)))


def _without_credential(found: re.Match[str]) -> str:
    mark, name, value = found.groups()
    plain = unquote_plus(value)
    return f"{mark}{name}={SECRET}" if is_telling(plain) and _NAMES.hide(unquote_plus(name), plain) else found[0]


def _without_value(found: re.Match[str]) -> str:
    quote, name, colon, other, value = found.groups()
    is_credential = is_telling(value) and _NAMES.hide(name, value)
    return f"{quote}{name}{quote}{colon}{other}{SECRET}{other}" if is_credential else found[0]


def _without_pieces(text: str, secret: str) -> str:
    if secret[:SHORTEST_PIECE] in text:
        for length in range(len(secret) - 1, SHORTEST_PIECE - 1, -1):
            text = text.replace(secret[:length] + ELLIPSIS, SECRET + ELLIPSIS)
    if secret[-SHORTEST_PIECE:] in text:
        for length in range(len(secret) - 1, SHORTEST_PIECE - 1, -1):
            text = text.replace(ELLIPSIS + secret[-length:], ELLIPSIS + SECRET)
    return text

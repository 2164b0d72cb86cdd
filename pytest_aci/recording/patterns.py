"""What secrets of well-known providers look like."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

from pytest_aci.secret_signs import CERTAIN, NAME, PROBABLE

_VALUE = r'"(?=[^"\s\\]*\d)[^"\s<\\][^"\s\\]{6,}'
_NAMED = {
    "value of a secret's name": rf'(?i:"[\w.\[\]-]*{NAME}\\?"\s*:\s*\\?{_VALUE})',
    "variable of a secret's name": rf'(?i:"name\\?"\s*:\s*\\?"[\w.-]*{NAME}\\?"\s*,\s*\\?"value\\?"\s*:\s*\\?{_VALUE})',
}
_OTHERS = {
    "Azure key of 256 bits": r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])",
    "bearer token": r"\bBearer\s+[A-Za-z0-9._~+/-]{20,}=*",
    "basic credentials": r"\bBasic\s+[A-Za-z0-9+/]{12,}={0,2}",
    "AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "Slack token": r"\bxox[abpr]-[A-Za-z0-9-]{10,}",
}
PATTERNS: Final = {kind: re.compile(form) for kind, form in (CERTAIN | PROBABLE | _OTHERS | _NAMED).items()}

_WORD = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_HEX = re.compile(r"[0-9a-fA-F-]+")

RANDOM_BITS: Final = 4.2
"""Bits per character from which on a long word is taken for random. Words of languages have about three."""


def found_in(text: str) -> list[tuple[str, int]]:
    """What a text seems to hold: the kind of secret, and the offset at which it begins."""
    hits = [(kind, match.start()) for kind, pattern in PATTERNS.items() for match in pattern.finditer(text)]
    known = {offset for _, offset in hits}
    for match in _WORD.finditer(text):
        is_known = any(match.start() <= offset <= match.end() for offset in known)
        if not is_known and not _HEX.fullmatch(match[0]) and _looks_random(match[0]):
            hits.append(("random text", match.start()))
    return sorted(hits, key=lambda hit: hit[1])


def bits_per_character(word: str) -> float:
    """The entropy of a word's characters."""
    counts = Counter(word).values()
    return -sum(count / len(word) * math.log2(count / len(word)) for count in counts)


def _looks_random(word: str) -> bool:
    """Long words of mixed characters, without the slashes and dashes that join words to paths and names."""
    longest = max(re.split(r"[-_/=]", word), key=len)
    kinds = sum(bool(re.search(kind, longest)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return len(longest) >= 24 and kinds == 3 and bits_per_character(longest) >= RANDOM_BITS  # noqa: PLR2004 # see above

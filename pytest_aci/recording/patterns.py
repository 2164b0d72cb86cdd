"""What secrets of well-known providers look like."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

_NAME = r"[\w.-]*(?:passw(?:or)?d|pwd|secret|token|credentials?|connection_?string|(?:api|access|account)[_-]?key)"
_VALUE = r'"(?=[^"\s\\]*\d)[^"\s<\\][^"\s\\]{6,}'

PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "JSON web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"),
    "Azure storage or batch key": re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])"),
    "Azure registry key": re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9]{6}"),
    "Azure key of 256 bits": re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])"),
    "Microsoft Entra client secret": re.compile(r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    "shared access signature": re.compile(r"[?&]sig=(?!<|%3C)[A-Za-z0-9%+/=_-]{20,}", re.IGNORECASE),
    "connection string": re.compile(
        r"\b(?:AccountKey|SharedAccessKey|Password|Pwd)\s*=\s*(?!<)[^;\s\"]{8,}", re.IGNORECASE
    ),
    "bearer token": re.compile(r"\bBearer\s+[A-Za-z0-9._~+/-]{20,}=*"),
    "basic credentials": re.compile(r"\bBasic\s+[A-Za-z0-9+/]{12,}={0,2}"),
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"),
    "Docker Hub token": re.compile(r"\bdckr_[a-z]+_[A-Za-z0-9_-]{20,}"),
    "AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "Slack token": re.compile(r"\bxox[abpr]-[A-Za-z0-9-]{10,}"),
    "value of a secret's name": re.compile(rf'"{_NAME}\\?"\s*:\s*\\?{_VALUE}', re.IGNORECASE),
    "variable of a secret's name": re.compile(
        rf'"name\\?"\s*:\s*\\?"{_NAME}\\?"\s*,\s*\\?"value\\?"\s*:\s*\\?{_VALUE}', re.IGNORECASE
    ),
    "user and password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@\"<>]+:[^/\s:@\"<>]+@", re.IGNORECASE),
}

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
    return len(longest) >= 24 and kinds == 3 and bits_per_character(longest) >= RANDOM_BITS  # noqa: PLR2004  see above

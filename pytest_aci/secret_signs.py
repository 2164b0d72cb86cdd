"""By which names and in which forms secrets are recognised: one table for warnings, recordings, proof and audit."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_SEP = r"[-_.\s]?"
_PAGING = "".join(rf"(?<!{word})(?<!{word}[-_.\s\[])" for word in ("next", "page", "skip", "sync", "continuation"))
_AFTER = rf"(?:{_SEP}(?:confirm(?:ation)?|repeat|again))?(?:[-_.\s\[\]]*\d+)?[\[\]]*"
MASK: Final = "<secret>"
"""What stands for a secret in what is told of a spec."""

SHORTEST: Final = 6
"""Characters from which on a declared secret is searched for: shorter ones would be found everywhere."""

SHORTEST_TELLING: Final = 7
"""Characters from which on a value counts as a secret because of its name alone, as in the environment."""

NAME: Final = (
    rf"(?:passw(?:or)?d|passphrase|pwd|secret|credentials?|conn(?:ection)?{_SEP}str(?:ing)?|secure{_SEP}value"
    rf"|{_PAGING}token|client{_SEP}assertion|(?:access|account|api|private|secret|subscription|workspace){_SEP}key"
    rf"|(?<![a-z0-9])(?:sig(?:nature)?|auth(?:{_SEP}config)?)|(?<=[-_.])(?:pass|pat)){_AFTER}"
)
"""How names end under which a secret stands, as a regular expression that does not mind the case: forms number them,
ask for them twice, and put them into brackets (`password1`, `user[password]`). Tokens by which answers are paged are
none."""

BEFORE_NAME: Final = r"(?:[?&#]|(?i:&(?:amp|#38|#x26);|\\u0026))"
"""What stands before a name in the query or the fragment of a URL, also as HTML, XML and JSON write it, as a regular
expression."""

CERTAIN: Final[dict[str, str]] = {
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*",
    "Azure storage or batch key": r"(?<![A-Za-z0-9+/=])(?<!sha512-)[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])",
    "Azure registry key": r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9]{6}",
    "Microsoft Entra client secret": r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])",
    "shared access signature": BEFORE_NAME + r"(?i:sig=(?!<|%3C)[A-Za-z0-9%+/=_-]{20,})",
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})",
    "Docker Hub token": r"\bdckr_[a-z]+_[A-Za-z0-9_-]{20,}",
}
"""Forms that nothing else has: no cassette may hold them."""

_CONNECTION = r"(?i:\b(?:AccountKey|SharedAccessKey|Password|Pwd)\s*=\s*(?!<)[^;\s\"]"
PROBABLE: Final[dict[str, str]] = {
    "connection string": _CONNECTION + "{8,})",
    "user and password in a URL": r"(?i:\b[a-z][a-z0-9+.-]*://[^/\s:@\"<>]*:[^/\s:@\"<>]+@)",
}
"""Forms of secrets that a text which holds none may have as well."""


@lru_cache(maxsize=4096)
def is_name(name: str) -> bool:
    """Whether what stands under a name is a secret."""
    return _compiled(rf"(?i:{NAME}$)").search(name) is not None


def certain_in(text: str) -> str | None:
    """The kind of secret that a text holds for certain, if it holds any."""
    return next((kind for kind, form in CERTAIN.items() if _compiled(form).search(text)), None)


def looks_secret(name: str, value: str) -> bool:
    """Whether a value is probably a password, a token or a key, by its name or by its form."""
    forms = (*CERTAIN.values(), *PROBABLE.values(), _CONNECTION + ")")
    return is_name(name) or any(_compiled(form).search(value) for form in forms)


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled when it is first asked for: a suite without containers asks for none."""
    return re.compile(pattern)

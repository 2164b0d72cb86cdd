from __future__ import annotations

import base64
import html
import json
from functools import lru_cache
from urllib.parse import quote, quote_plus

SHORTEST_SPELLING = 4
"""Shorter secrets are only replaced in the fields that hold them: searching for them would tear text apart."""


@lru_cache(maxsize=4096)
def forms(secret: str) -> dict[str, str]:
    """Every spelling in which a secret may travel: the name of the encoding to the spelling.

    Base64 is given at its three alignments, without the characters that depend on the neighbours.
    """
    spellings = {
        "raw": secret,
        "JSON-escaped": json.dumps(secret)[1:-1],
        "JSON-escaped with slashes": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "JSON-escaped, raw letters": json.dumps(secret, ensure_ascii=False)[1:-1],
        "HTML-escaped": html.escape(secret),
        "XML-escaped": html.escape(secret, quote=False),
        "URL-encoded": quote(secret, safe="", errors="surrogatepass"),
        "URL-encoded path": quote(secret, safe="/", errors="surrogatepass"),
        "form-encoded": quote_plus(secret, errors="surrogatepass"),
    }
    for charset in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = secret.encode(charset, "surrogatepass")
        wide = "" if charset == "utf-8" else f" of {charset}"
        if wide:
            spellings[charset] = raw.decode("latin-1")
        spellings[f"hex{wide}"] = raw.hex()
        spellings[f"upper-case hex{wide}"] = raw.hex().upper()
        for shift in range(3):
            core = _base64_core(raw, shift)
            spellings[f"base64{wide} at alignment {shift}"] = core
            spellings[f"base64url{wide} at alignment {shift}"] = core.replace("+", "-").replace("/", "_")
    first_name: dict[str, str] = {}
    for name, spelling in spellings.items():
        first_name.setdefault(spelling, name)
    return {name: spelling for spelling, name in first_name.items() if len(spelling) >= SHORTEST_SPELLING}


def _base64_core(raw: bytes, shift: int) -> str:
    """The base64 characters that stay the same whatever stands before (`shift` bytes) and after the secret."""
    text = base64.b64encode(b"\0" * shift + raw).decode("ascii")
    return text[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]

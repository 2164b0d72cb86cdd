from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from pytest_aci.recording.placeholders import ARM, ZERO_GUID, ZERO_NONCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_aci.recording.exchange import Request

CONSTANT = re.compile(
    rf"/subscriptions/{ZERO_GUID}/resourceGroups/pytest-aci-{ZERO_NONCE}/providers/Microsoft\.ContainerInstance/",
    re.IGNORECASE,
)
"""How the ids of container groups in the run's resource group begin in every cassette."""

LONGEST = 60
"""Characters of one value in a message."""

_ABSENT = object()


def difference(old: Any, new: Any, place: str = "") -> list[str]:
    """What differs between two JSON values, one line each: `containers[0].image: nginx:1.27 → nginx:1.29`."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            line
            for key in dict.fromkeys((*old, *new))
            for line in difference(
                old.get(key, _ABSENT), new.get(key, _ABSENT), f"{place}.{key}" if place else str(key)
            )
        ]
    if isinstance(old, list) and isinstance(new, list):
        return [
            line
            for index in range(max(len(old), len(new)))
            for line in difference(
                old[index] if index < len(old) else _ABSENT,
                new[index] if index < len(new) else _ABSENT,
                f"{place}[{index}]",
            )
        ]
    return [] if old == new else [f"{place or 'value'}: {_shown(old)} → {_shown(new)}"]


def title(request: Request) -> str:
    """A request in one line; ARM's host and the run's resource group go without saying."""
    return f"{request.method} {CONSTANT.sub('…/', request.url.removeprefix(ARM), count=1)}"


def nearest(asked: Request, recorded: Iterable[Request]) -> list[str]:
    """The recorded requests that resemble the asked one most, each with the part that differs."""
    unique = {(request.method, request.url, request.body): request for request in recorded}
    ranked = sorted(unique.values(), key=lambda request: -_likeness(asked, request))
    return [_with_difference(asked, request) for request in ranked[:5]]


def _likeness(asked: Request, request: Request) -> float:
    same_url = request.url.lower() == asked.url.lower()
    ratio = 2.0 if same_url else SequenceMatcher(None, asked.url, request.url, autojunk=False).ratio()
    return ratio + (0.25 if request.method == asked.method else 0.0)


def _with_difference(asked: Request, request: Request) -> str:
    ours, theirs = urlsplit(asked.url), urlsplit(request.url)
    parts: list[str] = []
    if request.method == asked.method and ours.path.lower() == theirs.path.lower() and ours.netloc == theirs.netloc:
        parts += difference(dict(parse_qsl(theirs.query)), dict(parse_qsl(ours.query)), "query")
        parts += body_difference(request.body, asked.body)
    return title(request) + (f"  ({'; '.join(parts[:3])})" if parts else "")


def body_difference(recorded: bytes, asked: bytes) -> list[str]:
    """What differs between two bodies, field by field where both are JSON."""
    if recorded == asked:
        return []
    try:
        return difference(json.loads(recorded), json.loads(asked), "body")
    except ValueError:
        return ["the body differs"]


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pytest_aci.difference import difference
from pytest_aci.recording.placeholders import ARM, ZERO_GUID, ZERO_NONCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_aci.recording.exchange import Request

CONSTANT = re.compile(
    rf"/subscriptions/{ZERO_GUID}/resourceGroups/pytest-aci-{ZERO_NONCE}/providers/Microsoft\.ContainerInstance/",
    re.IGNORECASE,
)
"""How the ids of container groups in the run's resource group begin in every cassette."""


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
    """What differs between two bodies: field by field where both are JSON, whose spelling says nothing."""
    if recorded == asked:
        return []
    try:
        return difference(json.loads(recorded), json.loads(asked), "body")
    except ValueError:
        return ["the body differs"]

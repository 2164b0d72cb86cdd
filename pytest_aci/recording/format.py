from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pytest_aci.errors import AT_EMULATOR
from pytest_aci.recording.bodies import from_file, to_file
from pytest_aci.recording.exchange import Interaction, Request, Response, reason_of
from pytest_aci.recording.placeholders import ARM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = 1
"""The format that this release writes, and the only one that it reads."""

NAME = "pytest-aci cassette"

MOST = 1_000_000
"""Interactions of one cassette, each counted as often as it was repeated."""

_CHECKSUM = re.compile(r'^  "sha256": "([^"\n]*)",?$', re.MULTILINE)
_NO_SUM = "0" * 64


@dataclass(frozen=True, slots=True)
class Header:
    """What a cassette says about itself, besides what was said in it."""

    owner: str
    recorded: Mapping[str, str] = field(default_factory=dict)
    """What answered (`against`), the day (`on`), and the versions of what asked."""
    fingerprint: Mapping[str, Any] | None = None
    """The spec that was asked for, where there was one."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The documentation address of each group that appears: name to address."""

    def again(self, command: str) -> str:
        """Return the command that records this cassette again at the place where it was recorded."""
        return f"{command} {AT_EMULATOR}" if self.recorded.get("against") == "emulator" else command


def to_text(header: Header, interactions: Iterable[Interaction]) -> str:
    """The text of a cassette file: the same conversation gives the same text.

    What was asked and answered several times in a row stands there once, with the number of times.
    """
    written = [_interaction_to_file(one, len(list(run))) for one, run in groupby(interactions)]
    document = {
        NAME: VERSION,
        "owner": header.owner,
        "recorded": dict(sorted(header.recorded.items())) | {"api-versions": _api_versions(written)},
        "fingerprint": header.fingerprint,
        "addresses": dict(sorted(header.addresses.items())),
        "sha256": _NO_SUM,
        "interactions": written,
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return _CHECKSUM.sub(lambda line: line[0].replace(_NO_SUM, _sum(text)), text, count=1)


def checksum_holds(text: str) -> bool:
    """Whether the text is to the last character what `to_text` made."""
    stated = _CHECKSUM.search(text)
    if not stated:
        return False
    return _sum(text[: stated.start(1)] + _NO_SUM + text[stated.end(1) :]) == stated[1]


def without_day(text: str) -> str:
    """The text without the date and the checksum over it: equal for cassettes that differ in nothing else."""
    return re.sub(
        r'^    "on": "[^"\n]*"', '    "on": ""', _CHECKSUM.sub("", text, count=1), count=1, flags=re.MULTILINE
    )


def from_document(document: Mapping[str, Any]) -> tuple[Header, list[Interaction]]:
    """What a parsed cassette says.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: It is not shaped as `to_text` shapes it.
    """
    header = Header(
        owner=document["owner"],
        recorded={key: value for key, value in document["recorded"].items() if key != "api-versions"},
        fingerprint=document["fingerprint"],
        addresses=document["addresses"],
    )
    written = document["interactions"]
    times = [_times(item) for item in written]
    if sum(times) > MOST:
        raise ValueError(f"more than {MOST} interactions")
    return header, [
        interaction
        for item, number in zip(written, times, strict=True)
        for interaction in [_interaction_from_file(item)] * number
    ]


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _api_versions(written: list[dict[str, Any]]) -> list[str]:
    found = (re.search(r"[?&]api-version=([\w.-]+)", item["request"].get("path", "")) for item in written)
    return sorted({match[1] for match in found if match})


def _interaction_to_file(interaction: Interaction, times: int) -> dict[str, Any]:
    request, response = interaction.request, interaction.response
    place = {"path": request.url.removeprefix(ARM)} if request.url.startswith(ARM + "/") else {"url": request.url}
    reason = response.reason if response.reason not in ("", reason_of(response.status)) else None
    return {
        "request": {"method": request.method, **place, **_message(request.headers, request.body)},
        "response": {
            "status": response.status,
            **({"reason": reason} if reason else {}),
            **_message(response.headers, response.body),
        },
        **({"times": times} if times > 1 else {}),
    }


def _message(headers: tuple[tuple[str, str], ...], body: bytes) -> dict[str, Any]:
    gathered: dict[str, str | list[str]] = {}
    for name in dict.fromkeys(name for name, _ in headers):
        values = [value for key, value in headers if key == name]
        gathered[name] = values[0] if len(values) == 1 else values
    return ({"headers": gathered} if gathered else {}) | to_file(body)


def _times(item: dict[str, Any]) -> int:
    times = item.get("times", 1)
    if not isinstance(times, int) or times < 1:
        raise TypeError("times is no positive number")
    return times


def _interaction_from_file(item: dict[str, Any]) -> Interaction:
    asked, answered = item["request"], item["response"]
    url = ARM + asked["path"] if "path" in asked else asked["url"]
    status = answered["status"]
    if not (isinstance(asked["method"], str) and isinstance(url, str) and isinstance(status, int)):
        raise TypeError("method, url or status of the wrong type")
    return Interaction(
        Request(asked["method"], url, _headers(asked), from_file(asked)),
        Response(status, answered.get("reason", reason_of(status)), _headers(answered), from_file(answered)),
    )


def _headers(message: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value)
        for name, values in message.get("headers", {}).items()
        for value in ([values] if isinstance(values, str) else values)
    )

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import Event

LONGEST_LINE = 500

_LONG_ID = re.compile(r"\b[0-9a-f]{64}\b")

# Escape sequences of terminals, and what else moves a cursor, rings a bell or can not stand in XML.
_CONTROLS = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def last_lines(text: str, count: int) -> list[str]:
    """Return the last *count* lines of a log as errors quote them: without terminal codes, and no line endless."""
    return [_readable(line) for line in text.splitlines()[-count:]] if count else []


def told(event: Event) -> str:
    """Return one line for an event. Digests and container ids are as short as Docker shows them."""
    often = f" ({event.count} times)" if event.count > 1 else ""
    return f"{event.name}: {_LONG_ID.sub(_short_id, event.message)}{often}"


def _readable(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return _CONTROLS.sub("", line)
    return f"{_CONTROLS.sub('', line[:LONGEST_LINE])}… ({len(line)} characters)"


def _short_id(found: re.Match[str]) -> str:
    return found[0][:12] + "…"

from __future__ import annotations

import re

LONGEST_LINE = 500

# Escape sequences of terminals, and what else moves a cursor, rings a bell or can not stand in XML.
_CONTROLS = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def last_lines(text: str, count: int) -> list[str]:
    """Return the last *count* lines of a log as errors quote them: without terminal codes, and no line endless."""
    return [_readable(line) for line in text.splitlines()[-count:]] if count else []


def _readable(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return _CONTROLS.sub("", line)
    return f"{_CONTROLS.sub('', line[:LONGEST_LINE])}… ({len(line)} characters)"

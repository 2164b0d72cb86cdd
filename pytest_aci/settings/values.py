from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MIN_LIFETIME = 60.0
MAX_LIFETIME = 24 * 3600.0


def duration(text: str) -> float:
    """Return the seconds of `90s`, `15m`, `2h` or `1d`.

    Raises:
        ValueError: The text is none of these.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        message = "a duration is a number with s, m, h or d behind it, such as 90s or 2h"
        raise ValueError(message)
    return float(found["number"]) * _SECONDS[found["unit"]]


def lifetime(text: str) -> float:
    """Return the seconds that a group may live, from one minute to one day.

    Raises:
        ValueError: The text is no duration, or is out of that range.
    """
    seconds = duration(text)
    if not MIN_LIFETIME <= seconds <= MAX_LIFETIME:
        message = "a lifetime is at least 1m and at most 24h"
        raise ValueError(message)
    return seconds


def count(text: str) -> int:
    """Return a whole number that is not negative.

    Raises:
        ValueError: The text is none.
    """
    if not text.strip().isdecimal():
        message = "a whole number, 0 or more, is needed"
        raise ValueError(message)
    return int(text)


CLOUDS = ("azure", "usgov", "china", "emulator")


def endpoint(text: str) -> str:
    """Return the name of a cloud, or a URL without its final slash.

    Raises:
        ValueError: The text is neither.
    """
    if text in CLOUDS:
        return text
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and parts.hostname:
        return text.rstrip("/")
    message = f"valid are {', '.join(CLOUDS)}, or a URL such as http://127.0.0.1:8080"
    raise ValueError(message)


def tags(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `team=web, cost=42`.

    Raises:
        ValueError: An entry has no `=`, or nothing before it.
    """
    pairs = [entry.partition("=") for entry in re.split(r"[,\n]", text) if entry.strip()]
    if any(not sign or not key.strip() for key, sign, _ in pairs):
        message = "tags are written as key=value, separated by commas"
        raise ValueError(message)
    return tuple((key.strip(), value.strip()) for key, _, value in pairs)


def money(kind: str, text: str) -> Any:
    """Return the `prices` or the `amount` (*kind*) that a text says, or None for no text: then nothing is imported.

    Raises:
        ValueError: The text says none.
    """
    if not text:
        return None
    from pytest_aci import prices  # noqa: PLC0415 # every start of pytest loads this module, and few runs have prices

    return getattr(prices, kind)(text)


def names(text: str) -> tuple[str, ...]:
    """Return the words of `northeurope, uksouth`, also if they stand in lines of their own."""
    return tuple(word.strip() for word in re.split(r"[,\n]", text) if word.strip())


REDACTABLE = ("header", "query", "json", "keep")
JSON_STEP = re.compile(r"(?:(\.\.)|\.)?(?:\[(\d+|\*)\]|([^.\[\]'\"]++))")
"""One step of a path such as `$.items[*]..key`: whether it may lie at any depth, its index, or its name."""
_JSON_PATH = re.compile(rf"\$?(?:{JSON_STEP.pattern})*")


def redactions(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `header:X-Key, json:$.user.name`.

    Raises:
        ValueError: An entry says not where, or nowhere that is known, or its path can not be followed.
    """
    pairs = tuple((place, name.strip()) for entry in names(text) for place, _, name in [entry.partition(":")])
    if any(place not in REDACTABLE or not name for place, name in pairs):
        message = "each entry is header:NAME, query:KEY, json:PATH or keep:NAME"
        raise ValueError(message)
    if any(place == "json" and not _JSON_PATH.fullmatch(name) for place, name in pairs):
        message = "the PATH of json:PATH is written like $.items[*].key, or $..key for any depth"
        raise ValueError(message)
    return pairs


def age(text: str) -> int | None:
    """Return the whole days of a duration; None for no text.

    Raises:
        ValueError: The text is no duration, or is shorter than a day.
    """
    if not text:
        return None
    days = int(duration(text) // _SECONDS["d"])
    if not days:
        message = "an age is at least 1d"
        raise ValueError(message)
    return days

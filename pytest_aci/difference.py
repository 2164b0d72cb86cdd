"""What differs between two JSON values: specs, and bodies of requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 60
"""Characters of one value in a line."""

_ABSENT = object()


def difference(old: Any, new: Any, place: str = "") -> list[str]:
    """What differs, one line each, in the order of the old value: `containers[0].image: nginx:1.27 → nginx:1.29`.

    Of long values, what stands around the first character that differs.
    """
    return list(_differences(old, new, place))


def _differences(old: Any, new: Any, place: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            inner = f"{place}.{key}" if place else str(key)
            yield from _differences(old.get(key, _ABSENT), new.get(key, _ABSENT), inner)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _differences(_at(old, index), _at(new, index), f"{place}[{index}]")
    elif old != new or isinstance(old, bool) != isinstance(new, bool):  # Python says that True equals 1
        yield f"{place or 'value'}: {_change(_text(old), _text(new))}"


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else _ABSENT


def _change(old: str, new: str) -> str:
    begin = 0
    if max(len(old), len(new)) > LONGEST:
        pairs = enumerate(zip(old, new, strict=False))
        shorter = min(len(old), len(new))
        begin = max(0, next((place for place, (one, other) in pairs if one != other), shorter) - LONGEST // 2)
    return f"{_piece(old, begin)} → {_piece(new, begin)}"


def _piece(text: str, begin: int) -> str:
    text = f"…{text[begin + 1 :]}" if begin else text
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "(absent)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

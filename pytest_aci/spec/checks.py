"""How a rule is held against a spec: the way to a field's values, what can be asked of one, and the complaint."""

from __future__ import annotations

import dataclasses
import math
import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_aci.errors import Complaint
from pytest_aci.spec.secret import Secret
from pytest_aci.spec.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Check = Callable[[Any], bool]
_STEP = re.compile(r"\[\d*\]|\w+")
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


@dataclass(frozen=True, slots=True)
class Rule:
    """*holds* must be true of every value at *field*, where `[]` means each item and an absent part ends the way.

    *suggest* makes a valid value out of a wrong one. The value of a *hidden* field is described and never shown.
    """

    field: str
    holds: Check
    says: str
    suggest: Callable[[Any], str | None] = lambda _: None
    hidden: bool = False


def complaints(rules: Iterable[Rule], spec: object, prefix: str = "") -> Iterator[Complaint]:
    """What *rules* have to say about *spec*: at most one complaint a field, each field starting with *prefix*."""
    refused: set[str] = set()
    for rule in rules:
        for field, value in _values_at(spec, _STEP.findall(rule.field), ""):
            if field not in refused and not rule.holds(value):
                refused.add(field)
                suggestion = rule.suggest(value)
                hint = f"; for example {suggestion!r}" if suggestion else ""
                yield Complaint(prefix + field, shown(value, hidden=rule.hidden), rule.says + hint)


def shown(value: object, *, hidden: bool = False) -> str:
    """*value* for a message: shortened, or only its type and length where it must not be seen."""
    if not hidden or value is None:
        return _SHORT.repr(value)
    length = f" of length {len(value)}" if isinstance(value, str | bytes | tuple | list) else ""
    return f"({type(value).__name__}{length})"


def _values_at(value: Any, steps: list[str], path: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield path, value
        return
    step, rest = steps[0], steps[1:]
    if step.startswith("["):
        for index, item in enumerate(value) if isinstance(value, tuple) else ():
            if step in ("[]", f"[{index}]"):
                yield from _values_at(item, rest, f"{path}[{index}]")
    elif dataclasses.is_dataclass(value) and hasattr(value, step) and not _is_left_out(value, step):
        yield from _values_at(getattr(value, step), rest, f"{path}.{step}" if path else step)


def _is_left_out(part: Any, name: str) -> bool:
    """Whether an optional field was not given; a required one that is None is wrong, not absent."""
    if getattr(part, name) is not None:
        return False
    return any(field.name == name and field.default is None for field in dataclasses.fields(part))


def matches(pattern: str) -> Check:
    """A string that *pattern* describes as a whole."""
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def number(least: float, most: float, step: float) -> Check:
    """A finite number from *least* to *most* in whole steps."""

    def holds(value: Any) -> bool:
        if not isinstance(value, float) or not math.isfinite(value) or not least <= value <= most:
            return False
        return math.isclose(value / step, round(value / step), abs_tol=1e-6)

    return holds


def whole(least: int, most: int) -> Check:
    """A whole number from *least* to *most*."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_a(*types: type) -> Check:
    """A value of one of *types*."""
    return lambda value: isinstance(value, types)


def at_most(count: int) -> Check:
    """No more than *count* items."""
    return lambda value: len(value) <= count


def text(most_bytes: int) -> Check:
    """A string or secret of at most *most_bytes* in UTF-8, without a null character."""

    def holds(value: Any) -> bool:
        plain = value.reveal() if isinstance(value, Secret) else value
        return isinstance(plain, str) and "\0" not in plain and len(plain.encode(errors="replace")) <= most_bytes

    return holds


def one_of(field: str, *choices: str) -> Rule:
    """The rule that *field* is one of *choices*."""
    says = f"one of {', '.join(choices)}"
    return Rule(field, lambda value: value in choices, says, lambda value: nearest(str(value), choices))

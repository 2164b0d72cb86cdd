"""Shapes of JSON values: each reads, normalises, orders and hides.

Reading is forgiving as ARM is: names match without regard to case, unknown properties and nulls are dropped, numbers
may come as strings. What is kept is written in the order in which Azure prints it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .content import missing, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shape(Protocol):
    """Reads one JSON value at a path, or refuses it with `InvalidRequestContent`; prints it without its secrets."""

    def read(self, value: Any, path: str) -> Any:
        """The value in its normal form."""

    def show(self, value: Any) -> Any:
        """The value as an answer shows it."""


class Text:
    """A string. Numbers and booleans are taken as their spelling."""

    def read(self, value: Any, path: str) -> str:
        """Return the value in its normal form."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "True" if value else "False"
        if isinstance(value, (int, float)):
            return str(value)
        raise wrong_type(value, "System.String", path)

    def show(self, value: Any) -> Any:
        """Return the value as an answer shows it."""
        return value


class Whole(Text):
    """A whole number."""

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        number = _number(value, "System.Int32", path)
        if number != int(number) or abs(number) > 2**31 - 1:
            raise wrong_type(value, "System.Int32", path)
        return int(number)


class Decimal(Text):
    """A number that always prints with a decimal point."""

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        return _number(value, "System.Double", path)


class Flag(Text):
    """A boolean."""

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise wrong_type(value, "System.Boolean", path)
        return value


class Anything(Text):
    """Any JSON, kept as it is."""

    def read(self, value: Any, path: str) -> Any:  # noqa: ARG002 # as Shape says
        """Return the value in its normal form."""
        return value


class Hidden:
    """A value that no answer ever shows."""

    def __init__(self, inner: Shape) -> None:
        self._inner = inner

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        return self._inner.read(value, path)

    def show(self, value: Any) -> None:
        """Nothing."""


class Emptied(Hidden):
    """An object whose content no answer shows: `{}` stands in its place."""

    def show(self, value: Any) -> Any:  # noqa: ARG002 # as Shape says
        """Return an empty object."""
        return {}


class Word(Text):
    """One word of a closed list in its own spelling; others are kept for the validation to judge."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self._spelling = {word.lower(): word for word in words}

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        text = super().read(value, path)
        return self._spelling.get(text.lower(), text)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape."""

    inner: Shape

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        if not isinstance(value, list):
            raise wrong_type(value, "System.Collections.Generic.List`1", path)
        return [self.inner.read(each, f"{path}[{place}]") for place, each in enumerate(value) if each is not None]

    def show(self, value: Any) -> Any:
        """Return the value as an answer shows it."""
        return [self.inner.show(each) for each in value]


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object with free names and values of one shape."""

    inner: Shape

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        if not isinstance(value, dict):
            raise wrong_type(value, "System.Collections.Generic.Dictionary`2", path)
        return {key: self.inner.read(each, f"{path}.{key}") for key, each in value.items() if each is not None}

    def show(self, value: Any) -> Any:
        """Return the value as an answer shows it."""
        return {key: self.inner.show(each) for key, each in value.items()}


class Record:
    """An object with known properties, printed in the order of *shapes*."""

    def __init__(self, shapes: Mapping[str, Shape], *, required: tuple[str, ...] = ()) -> None:
        self.shapes = shapes
        self._required = required
        self._spelling = {name.lower(): name for name in shapes}

    def read(self, value: Any, path: str) -> Any:
        """Return the value in its normal form."""
        if not isinstance(value, dict):
            raise wrong_type(value, "Object", path)
        found = {self._spelling.get(key.lower(), ""): each for key, each in value.items() if each is not None}
        for name in self._required:
            if name not in found:
                raise missing(name, path)
        return {
            name: shape.read(found[name], f"{path}.{name}".lstrip("."))
            for name, shape in self.shapes.items()
            if name in found
        }

    def show(self, value: Any) -> Any:
        """Return the value as an answer shows it."""
        shown = {name: self.shapes[name].show(each) for name, each in value.items() if name in self.shapes}
        return {name: each for name, each in shown.items() if each is not None}


def _number(value: Any, wanted: str, path: str) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise wrong_type(value, wanted, path) from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise wrong_type(value, wanted, path)
    return float(value)

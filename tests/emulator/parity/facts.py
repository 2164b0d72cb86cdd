"""One fact of Azure's behaviour: its place in the fact sheet, the answer it is about, what is read, what is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class Fact:
    """*scene* is the method of `Scenes` that gives the answer; *expected* may be a function that must hold."""

    place: str
    claim: str
    scene: str
    read: Reader
    expected: Any

    def check(self, scenes: Any) -> None:
        """Assert the fact."""
        seen = self.read(getattr(scenes, self.scene))
        if callable(self.expected):
            assert self.expected(seen), f"{self.place} {self.claim}: saw {seen!r}"
        else:
            assert seen == self.expected, f"{self.place} {self.claim}"


def facts(place: str, *rows: tuple[str, str, Reader, Any]) -> list[Any]:
    """Rows of one place as test parameters, with the place and the claim as their id."""
    return [pytest.param(Fact(place, *row), id=f"{place} {row[0]}") for row in rows]


def status(answer: Any) -> Any:
    """The HTTP status."""
    return answer.status_code


def header(name: str) -> Reader:
    """A header, `None` if it is absent."""
    return lambda answer: answer.headers.get(name)


def body(*path: str | int) -> Reader:
    """What stands at a path of the JSON body; `ABSENT` if the last step is not there."""

    def read(answer: Any) -> Any:
        value: Any = answer if isinstance(answer, (dict, list)) else answer.json()
        for step in path:
            if isinstance(step, str) and step not in value:
                return ABSENT
            value = value[step]
        return value

    return read


def keys(*path: str | int) -> Reader:
    """The keys at a path, in order."""
    read = body(*path)
    return lambda answer: list(read(answer))


def each(name: str, *path: str | int) -> Reader:
    """One property of every entry of a list."""
    read = body(*path)
    return lambda answer: [entry[name] for entry in read(answer)]


def raw(answer: Any) -> Any:
    """The body's bytes."""
    return answer.content


ABSENT = "<absent>"

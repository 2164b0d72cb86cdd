from __future__ import annotations

from typing import NoReturn

_DECLARED: dict[str, None] = {}


class Secret:
    """A string that hides itself: `repr`, `str` and formatting show `Secret(…)`, and only `reveal` gives the value.

    Two secrets are equal when their values are. Never written to a ledger, a cassette, a log or an error.
    """

    __slots__ = ("_value",)
    _value: str

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"A Secret holds a str, not {type(value).__name__}.")
        object.__setattr__(self, "_value", value)
        _DECLARED[value] = None

    @staticmethod
    def declared() -> tuple[str, ...]:
        """The values of all secrets that were made in this process, first ones first: no report may show them."""
        return tuple(_DECLARED)

    def reveal(self) -> str:
        """The value itself, for the request that needs it and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return format(repr(self), format_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A Secret can not be changed: {name}")

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (self._value,)

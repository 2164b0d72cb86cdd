from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock
    from typing import Self

Made = TypeVar("Made")


class Whole(Protocol):
    """What has parts, and the lock under which they are made."""

    making: RLock


class part(Generic[Made]):  # noqa: N801 # a decorator, like property
    """A property that is made when it is first used, once, by whichever thread asks first.

    `functools.cached_property` does not lock since Python 3.12, and two threads would start two emulators. The lock
    is the whole's and re-entrant, because parts are made of other parts.
    """

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, whole: None, owner: type) -> Self: ...
    @overload
    def __get__(self, whole: Whole, owner: type) -> Made: ...

    def __get__(self, whole: Whole | None, owner: type) -> Self | Made:
        """Return the part; from then on it stands in the whole itself, and this is not asked again."""
        if whole is None:
            return self
        with whole.making:
            parts = vars(whole)
            if self._name not in parts:
                parts[self._name] = self._make(whole)
            made: Made = parts[self._name]
            return made

from __future__ import annotations

import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType


def links(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """Return the links of a traceback, the outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


@dataclass(frozen=True, slots=True)
class PointingAt:
    """Lets errors of ours that leave a block point at a line of the user's, where what failed was asked for.

    A fixture of ours has no line of the user's in its traceback, so that there would be nothing to show.
    """

    file: str
    line: int

    def __enter__(self) -> None:
        """Nothing is to be done."""

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(problem, AciError):
            self._raise(problem)

    @property
    def link(self) -> TracebackType:
        """The last link of a traceback, at that line."""
        try:
            self._raise(AciError())
        except AciError as problem:
            *_, last = links(problem.__traceback__)
        return last

    def _raise(self, problem: BaseException) -> None:
        # A frame with that file and that line, for which pytest shows the source that stands there. The statement
        # is as wide as that line, because what it covers is underlined.
        wide = len(linecache.getline(self.file, self.line).rstrip())
        code = compile("raise".ljust(wide - len("problem")) + " problem", self.file, "exec")
        exec(code.replace(co_firstlineno=self.line), {"problem": problem})  # noqa: S102 # it is the line above

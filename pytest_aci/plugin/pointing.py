from __future__ import annotations

import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError

if TYPE_CHECKING:
    from types import TracebackType


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
            # A frame with that file and that line, for which pytest shows the source that stands there. The statement
            # is as wide as that line, because what it covers is underlined.
            wide = len(linecache.getline(self.file, self.line).rstrip())
            code = compile("raise".ljust(wide - len("problem")) + " problem", self.file, "exec")
            exec(code.replace(co_firstlineno=self.line), {"problem": problem})  # noqa: S102 # it is the line above

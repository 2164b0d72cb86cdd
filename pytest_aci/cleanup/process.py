from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can not be mistaken for a later one of the same number: its pid, and when it started.

    *started* is the start time in the kernel's own unit (clock ticks since boot), empty where that is not known.
    """

    pid: int
    started: str = ""

    @classmethod
    def current(cls) -> Process:
        """Return the process that asks."""
        return cls(os.getpid(), _start_of(os.getpid()))

    @property
    def is_current(self) -> bool:
        """Whether this is the process that asks, and not a child that it forked."""
        return self.pid == os.getpid()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; a zombie does not."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it exists, and belongs to somebody else
        return not self.started or _start_of(self.pid) == self.started

    def to_text(self) -> str:
        """Return the process as one word, which `from_text` reads."""
        return f"{self.pid}@{self.started}"

    @classmethod
    def from_text(cls, text: str) -> Process:
        """Return the process that `to_text` wrote.

        Raises:
            ValueError: The text is something else.
        """
        pid, _, started = text.partition("@")
        return cls(int(pid), started)


def _start_of(pid: int) -> str:
    """Return when a process started, by proc(5); empty for a zombie, or where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The second field is the program's name in brackets, which may hold anything.
    state, *rest = text.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can not be mistaken for another one of the same number: its pid, when it started, and where.

    *started* is the start time in the kernel's own unit (clock ticks since boot), *place* the boot, the namespace of
    pids and the host; both are empty where that is not known.
    """

    pid: int
    started: str = ""
    place: str = ""

    @classmethod
    def current(cls) -> Process:
        """Return the process that asks."""
        return cls(os.getpid(), _start_of(os.getpid()), _here())

    @property
    def is_current(self) -> bool:
        """Whether this is the process that asks, and not a child that it forked."""
        return self.pid == os.getpid()

    @property
    def is_alive(self) -> bool:
        """Whether the process is known to run still; a zombie does not."""
        return self._is_here and self._runs

    @property
    def is_dead(self) -> bool:
        """Whether the process is known to run no more.

        Of one in another container or on another machine nothing is known, unless it ran here before a restart.
        """
        return not self._runs if self._is_here else self.place.split("/")[1:] == _here().split("/")[1:]

    @property
    def _is_here(self) -> bool:
        return self.place in {"", _here()}

    @property
    def _runs(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it exists, and belongs to somebody else
        return not self.started or _start_of(self.pid) == self.started

    def to_text(self) -> str:
        """Return the process as one word, which `from_text` reads."""
        return f"{self.pid}@{self.started}@{self.place}"

    @classmethod
    def from_text(cls, text: str) -> Process:
        """Return the process that `to_text` wrote.

        Raises:
            ValueError: The text is something else.
        """
        pid, started, place, *_ = [*text.split("@", 2), "", ""]
        return cls(int(pid), started, place)


@cache
def _here() -> str:
    """Return where a pid means what it means to this process; no part of it but the last may hold a slash."""
    boot = namespace = ""
    with suppress(OSError):  # no Linux
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return f"{boot}/{namespace}/{platform.node()}"


def _start_of(pid: int) -> str:
    """Return when a process started, by proc(5); empty for a zombie, or where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The second field is the program's name in brackets, which may hold anything.
    state, *rest = text.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]

"""Who made something: a process, told apart from a later one with the same number."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: its id, its start in clock ticks after boot, and the system in which these numbers mean something."""

    pid: int
    start: int
    system: str

    @classmethod
    def this_process(cls) -> Owner:
        """Return the process that asks."""
        return cls(os.getpid(), _start(os.getpid()) or 0, _system())

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """Return the owner whose `str` is *text*; None if it is none."""
        words = text.split("-")
        try:
            pid, start, system = words
            return cls(int(pid), int(start), system)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.pid}-{self.start}-{self.system}"

    @property
    def is_foreign(self) -> bool:
        """True if it lives on another machine, in another container, or lived before the last boot."""
        return self.system != _system()

    @property
    def is_dead(self) -> bool:
        """True if it certainly runs no more. A foreign owner is never said to be dead."""
        return not self.is_foreign and _start(self.pid) != self.start


def _start(pid: int) -> int | None:
    """Return when a process started; None if there is none, 0 where the system does not say."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
        return 0 if _exists(pid) else None
    except ProcessLookupError:
        return None
    # The second field, a name in parentheses, may itself hold spaces and parentheses.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state == "Z" else int(fields[18])


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _system() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        pids = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot, pids = "", os.uname().nodename
    return hashlib.sha256(f"{boot}{pids}".encode()).hexdigest()[:12]

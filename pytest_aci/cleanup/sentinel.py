"""The watchdog's own process: waits until whoever has to delete what a run created is dead, and then has it deleted.

Started by path, so that it loads neither pytest nor the Azure SDK: it is small, and lives as long as the run. It
imports nothing but the standard library; the deleting is done by a full interpreter that it starts when it is needed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_HEIRS = 10.0
HEIRS = 20
LOCK = "heir.pid"
SECONDS_TO_WRITE_A_LOCK = 5.0


def is_alive(process: str) -> bool:
    """Whether the process `pid@start` still runs; written out again because nothing of ours is imported here.

    What may follow, where it runs, is here: the sentinel watches over what started it.
    """
    pid, started, *_ = process.split("@")
    try:
        os.kill(int(pid), 0)
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except ProcessLookupError:
        return False
    except OSError:  # no /proc here, or not ours to signal
        return not started or not Path("/proc/self").exists()
    state, *rest = text.rpartition(")")[2].split()
    return state not in "ZX" and (not started or rest[18] == started)


def is_held(lock: Path) -> bool:
    """Whether a sentinel that lives has a lock; one that is not written to its end soon has nobody."""
    text = lock.read_text(encoding="utf-8", errors="replace")
    pid = text.removesuffix("@")
    if pid != text and pid.isdecimal() and int(pid):
        return is_alive(text)
    return abs(time.time() - lock.stat().st_mtime) < SECONDS_TO_WRITE_A_LOCK


def owes(folder: Path) -> bool:
    """Whether the ledgers in a run's folder leave a claim open, by the rules of `ledger.account`."""
    own: dict[tuple[str, str], bool] = {}
    others: set[str] = set()
    try:
        lines = [(path.name, line) for path in folder.glob("*.jsonl") for line in path.read_bytes().splitlines()]
    except OSError:
        return folder.exists()
    for file, line in lines:
        try:
            entry = json.loads(line)
            event, name = entry["event"], entry["name"]
        except (ValueError, KeyError, TypeError):
            continue
        if event in ("claim", "answer") or (event == "settle" and (file, name) in own):
            own[file, name] = event != "settle"
        else:
            others.add(name)
    return any(is_open and name not in others for (_, name), is_open in own.items())


class Sentinel:
    """Listens to its parent, acknowledges each claim while the owner lives, and looks after the owner."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming: int | None = incoming
        self._outgoing = outgoing
        self._buffer = b""
        self._will: dict[str, Any] = {}
        self._deadline = time.monotonic() + 60  # until the first message says more
        self._heirs = 0
        self._next_heir = 0.0
        self.is_dismissed = False

    def watch(self) -> None:
        """Return when nothing is left to watch over."""
        while not self.is_dismissed and time.monotonic() < self._deadline:
            self._listen()
            if self._will and not is_alive(self._will["owner"]):
                if not self._inherit() and self._incoming is None:
                    return
            elif not self._will and self._incoming is None:
                return

    def _listen(self) -> None:
        if self._incoming is None:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            return
        if not select.select([self._incoming], [], [], SECONDS_BETWEEN_LOOKS)[0]:
            return
        data = os.read(self._incoming, 65536)
        if not data:
            os.close(self._incoming)
            self._incoming = None
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._hear(json.loads(line))

    def _hear(self, message: dict[str, Any]) -> None:
        if "will" in message:
            self._will.update(message["will"])
        self.is_dismissed = bool(message.get("dismissed"))
        if "claim" in message:
            self._deadline = time.monotonic() + self._will["seconds"]  # what is claimed lives from now on
            # Whoever outlives the owner may create nothing any more.
            is_in_charge = is_alive(self._will["owner"])
            answer = {"claim": message["claim"], "is_in_charge": is_in_charge}
            os.write(self._outgoing, json.dumps(answer).encode() + b"\n")

    def _inherit(self) -> bool:
        """Have the estate settled, unless another sentinel of the run does; whether there is one."""
        folder = Path(self._will["folder"])
        if not owes(folder) or self._heirs >= HEIRS:
            return False
        if time.monotonic() >= self._next_heir and self._takes_charge(folder):
            self._heirs += 1
            with suppress(OSError):  # no memory for another process now, perhaps later
                subprocess.run(  # noqa: S603 # our own module, no shell
                    self._will["heir"],
                    input=json.dumps(self._will["estate"]).encode(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    check=False,
                )
            with suppress(OSError):  # there may be none
                (folder / LOCK).unlink()
            self._next_heir = time.monotonic() + SECONDS_BETWEEN_HEIRS
        return True

    def _takes_charge(self, folder: Path) -> bool:
        """Whether no other sentinel of this run has an heir at work, as far as the disk can tell.

        Where no lock can be written, as on a full disk, there is none: to delete twice is harmless.
        """
        lock = folder / LOCK
        with suppress(OSError):
            if lock.exists() and not is_held(lock):
                lock.unlink()
        try:
            with lock.open("x", encoding="utf-8") as file:
                file.write(f"{os.getpid()}@")
        except FileExistsError:
            return False
        except OSError:
            with suppress(OSError):
                lock.unlink()
        return True


def main() -> None:
    """Watch over what the parent says on standard input, and survive what ends the parent."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    Sentinel(sys.stdin.fileno(), sys.stdout.fileno()).watch()


if __name__ == "__main__":
    main()

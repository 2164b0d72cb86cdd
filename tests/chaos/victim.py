from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_aci.cleanup.ledger import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.azure import Azure

ROOT = Path(__file__).resolve().parents[2]
SECRET = "c4nary-Secret-value"
PATIENCE = 60.0
RESTING = "def test_it(web, job):\n    mark('test')\n    rest()\n"

# In a shell's background job SIGINT is ignored, and victims would inherit that; a handler is not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PROJECT = '''
import os, signal, sys, threading, time
from pathlib import Path

import pytest
from pytest_aci import container_group, single

PASSWORD = {"PASSWORD": os.environ["AZURE_CLIENT_SECRET"]}
web = container_group(single("mcr.microsoft.com/web:1", ports=[80], secure_env=PASSWORD))
job = container_group(single("mcr.microsoft.com/job:1", secure_env=PASSWORD))


def mark(word):
    """Tell the outside how far the run has come, and who it is."""
    Path(os.environ["VICTIM_FOLDER"], word).write_text(str(os.getpid()))


def rest(seconds=60):
    """Sleep so that every signal is noticed at once."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
'''


@dataclass
class Victim:
    """One pytest run in a session of its own. *folder* is where it leaves marks, *state* where its ledgers are."""

    process: subprocess.Popen[str]
    folder: Path
    state: Path
    output: Path
    watchdogs: list[int] = field(default_factory=list)

    def reached(self, word: str, seconds: float = PATIENCE) -> int:
        """Wait until the run has left a mark; the pid of the process that did."""
        path = self.folder / word
        deadline = time.monotonic() + seconds
        while not (path.exists() and path.read_text()):
            if self.process.poll() is not None and not path.exists():
                raise AssertionError(f"the run ended before {word!r}:\n{self.said}")
            if time.monotonic() > deadline:
                raise AssertionError(f"the run never came to {word!r}:\n{self.said}")
            time.sleep(0.01)
        return int(path.read_text())

    def hit(self, number: int, *, whole_group: bool = False) -> None:
        """Send a signal to the run, or to its whole process group as a terminal does."""
        if whole_group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def ends(self, seconds: float = PATIENCE) -> int:
        """Wait for the end; the exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the run did not end:\n{self.said}") from None

    def ends_or_says(self, words: str, seconds: float = PATIENCE) -> None:
        """Wait until the run has written something, or is over."""
        deadline = time.monotonic() + seconds
        while words not in self.said and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)

    @property
    def said(self) -> str:
        """Everything that the run wrote."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    @property
    def owes(self) -> list[str]:
        """The names of the open claims on this machine."""
        return [claim.name for folder in (self.state / "pytest-aci" / "runs").glob("*") for claim in read(folder).open]

    def exposed(self) -> str:
        """What anybody on this machine can see of the watchdogs: their command lines and environments."""
        files = [Path(f"/proc/{pid}/{name}") for pid in self.sentinels() for name in ("cmdline", "environ")]
        return "".join(file.read_text() for file in files)

    def sentinels(self) -> list[int]:
        """The pids of the watchdogs that any run in this state folder has started and that are alive."""
        return [pid for pid in _running("sentinel.py") if _environment(pid).get("HOME") == str(self.state)]


class Victims:
    """Starts pytest runs against an emulated Azure, in a folder of their own, and cleans up after them.

    With *bare*, they load no plugin besides pytest-aci and xdist: others take most of the time of a short run.
    """

    def __init__(self, folder: Path, azure: Azure, *, bare: bool = False) -> None:
        self.folder = folder
        self._azure = azure
        self._bare = bare
        self._started: list[Victim] = []

    def write(self, tests: str, conftest: str = "", ini: str = "") -> None:
        """Write the test module, after two declared groups and some helpers; *conftest* and *ini* as they are."""
        (self.folder / "test_victim.py").write_text(PROJECT + tests)
        (self.folder / "conftest.py").write_text(conftest)
        (self.folder / "pytest.ini").write_text("[pytest]\n" + ini)

    def start(self, *options: str, environment: dict[str, str] | None = None, endpoint: str | None = None) -> Victim:
        """Start pytest in live mode."""
        arguments = ["--aci-mode=live", f"--aci-endpoint={endpoint or self._azure.url}", *options]
        if self._bare:
            arguments += ["-p", "pytest_aci.plugin", "-p", "xdist"]
            environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **(environment or {})}
        return self.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments], environment)

    def sweep(self, *options: str) -> Victim:
        """Start `pytest-aci sweep`."""
        return self.run([sys.executable, "-m", "pytest_aci", "sweep", f"--endpoint={self._azure.url}", *options])

    def run(self, command: list[str], environment: dict[str, str] | None = None) -> Victim:
        """Start any command in the project's folder, in a session of its own."""
        output = self.folder / f"output-{len(self._started)}.txt"
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder),
            "VICTIM_FOLDER": str(self.folder),
            "AZURE_CLIENT_SECRET": SECRET,
            **(environment or {}),
        }
        with output.open("w") as file:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        victim = Victim(process, self.folder, self.folder, output)
        self._started.append(victim)
        return victim

    def finish(self, tests: str, *options: str, conftest: str = "", ini: str = "") -> Victim:
        """Write a project, run it to its end, and return what became of it."""
        self.write(tests, conftest, ini)
        victim = self.start(*options)
        victim.ends()
        return victim

    @contextmanager
    def caring(self) -> Iterator[Victims]:
        """End what is still alive at the end of the block, and look for secrets in what was written."""
        try:
            yield self
        finally:
            for victim in self._started:
                if victim.process.poll() is None:
                    os.killpg(victim.process.pid, signal.SIGKILL)
                    victim.process.wait()
                for pid in [member for one in victim.sentinels() for member in (one, *family_of(one))]:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
        assert not tellers(self.folder), f"the secret stands in {tellers(self.folder)}"


def tellers(folder: Path) -> list[str]:
    """The files in a folder that hold the secret."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in written if SECRET.encode() in path.read_bytes()]


def family_of(pid: int) -> list[int]:
    """The pids of all processes that descend from one."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
    found, pending = [], [pid]
    while pending:
        parent = pending.pop()
        children = [child for child, its in parents.items() if its == parent]
        found += children
        pending += children
    return found


def _running(part: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and part in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            continue  # it ended meanwhile
    return found


def _environment(pid: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{pid}/environ").read_text()
    except OSError:
        return {}
    return dict(entry.partition("=")[::2] for entry in text.split("\0") if "=" in entry)

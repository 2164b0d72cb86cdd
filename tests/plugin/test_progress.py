from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.configuration import Configuration
from tests.emulator.running import Running
from tests.plugin import recorded_suite as suite
from tests.plugin.on_running import MODULE, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def slow() -> Iterator[Running]:
    """An emulator whose groups need four seconds, which is longer than nothing is said about it."""
    with Running(Configuration(start_seconds=4)) as started:
        yield started


def test_a_log_gets_a_line_for_each_change(slow: Running, tmp_path: Path) -> None:
    """What is waited for, how far it is, and after how long; the results stay lines of their own."""
    said = run(slow, tmp_path).stdout
    lines = [line for line in said.splitlines() if line.startswith("aci: web")]
    assert re.fullmatch(r"aci: web: (pending|requested) after \d\.\d s", lines[0])
    assert re.fullmatch(r"aci: web: ready after \d\.\d s", lines[-1])
    assert len(lines) == len({line.split(" after")[0] for line in lines})


def test_quiet_is_quiet(slow: Running, tmp_path: Path) -> None:
    """Under -q nothing is said while it waits."""
    assert "aci: web" not in run(slow, tmp_path, "-q").stdout


def test_without_a_terminal_nothing_is_told(slow: Running, tmp_path: Path) -> None:
    """A run that is to write nothing waits without a word, and no thread of it fails."""
    result = run(slow, tmp_path, "-p", "no:terminal", "-W", "error")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_workers_tell_too(slow: Running, tmp_path: Path) -> None:
    """Whichever worker makes a group tells of it while it waits, on standard error: its output belongs to xdist."""
    result = run(slow, tmp_path, "-n", "2")
    assert len(re.findall(r"^aci: web: (?:pending|requested) after", result.stderr, re.MULTILINE)) == 1


def test_a_terminal_gets_a_line_that_is_taken_away(slow: Running, tmp_path: Path) -> None:
    """It is drawn again and again below the results, and pytest goes on where it stood."""
    suite.write(tmp_path, {"test_it.py": MODULE, "pytest.ini": "[pytest]\n"})
    command = [sys.executable, "-m", "pytest", "-p", "no:asyncio", "--aci-mode=live", "--aci-watchdog=off"]
    environment = suite.without_credentials() | {"XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", "COLUMNS": "80"}
    environment.pop("CI", None)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*command, f"--aci-endpoint={slow.server.url}"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    said = _read_all(ours)
    assert process.wait(60) == 0
    drawn = re.findall(r"\r\x1b\[2Kaci: web (?:pending|requested|creating) \d\.\d s", said)
    assert len(drawn) >= 2
    assert "\r\x1b[2K\x1b[1A\x1b[11C" in said  # behind "test_it.py "
    assert "aci: web: ready" not in said


def _read_all(end: int) -> str:
    """Everything that comes out of a terminal until its last user is gone."""
    parts: list[bytes] = []

    def read() -> None:
        while True:
            try:
                part = os.read(end, 65536)
            except OSError:  # Linux says so when nobody writes any more
                return
            if not part:
                return
            parts.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    reader.join(60)
    os.close(end)
    return b"".join(parts).decode("utf-8", "replace")

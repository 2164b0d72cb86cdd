from __future__ import annotations

import os
import platform
import signal
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.runtimes import pause

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 62), ("amd64", 62), ("aarch64", 183), ("arm64", 183)])
def test_elf(architecture: str, machine: int) -> None:
    """The program is an ELF executable for the engine's machine, whose entry is the first byte after the headers."""
    content = pause.executable(architecture)
    assert content[:6] == b"\x7fELF\x02\x01"
    kind, found, _, entry = struct.unpack_from("<HHIQ", content, 16)
    assert (kind, found) == (2, machine)
    assert entry & 0xFFFF == 120 < len(content)


def test_size() -> None:
    """It is small: 129 bytes."""
    assert len(pause.executable("x86_64")) == 129


def test_unknown_architecture() -> None:
    """Other machines are not supported."""
    assert pause.supports("arm64")
    assert not pause.supports("s390x")


@pytest.mark.skipif(platform.system() != "Linux" or not pause.supports(platform.machine()), reason="cannot run here")
def test_sleeps_until_killed(tmp_path: Path) -> None:
    """The program sleeps, through signals that it is stopped and continued by, until it is killed."""
    program = tmp_path / "pause"
    program.write_bytes(pause.executable(platform.machine()))
    program.chmod(0o755)
    with subprocess.Popen([program]) as process:
        for number in (signal.SIGSTOP, signal.SIGCONT):
            process.send_signal(number)
            option = os.WUNTRACED if number == signal.SIGSTOP else os.WCONTINUED
            assert os.waitpid(process.pid, option)[0] == process.pid
        assert process.poll() is None
        process.kill()
        assert process.wait() == -signal.SIGKILL

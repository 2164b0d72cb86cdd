from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_aci.arm import emulated
from pytest_aci.arm.emulated import EmulatedCloud
from pytest_aci.errors import EmulatorNotStarted


def played_by(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a script stand in for the Python that runs the emulator."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


def test_a_life() -> None:
    """It is ready when it has been started, and gone when it has been stopped."""
    cloud = EmulatedCloud.start("process")
    assert cloud.url.startswith("http://127.0.0.1:")
    assert Path(cloud.facts["auth_file"]).exists()
    cloud.stop()
    assert cloud.process.returncode == 0


def test_an_interrupt_of_the_terminal_does_not_reach_it() -> None:
    """Ctrl-C goes to all processes of a session's foreground group: it is in another one, to be there for clean-up."""
    cloud = EmulatedCloud.start("process")
    try:
        assert os.getsid(cloud.process.pid) == cloud.process.pid
    finally:
        cloud.stop()


def test_an_emulator_that_can_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it said, with its exit code, and what to do."""
    played_by("echo no room; exit 3", tmp_path, monkeypatch)
    with pytest.raises(EmulatorNotStarted) as caught:
        EmulatedCloud.start()
    assert str(caught.value).startswith(
        "The emulator did not start (exit code 3). It said: no room. It needs the extra"
    )


def test_an_emulator_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr(emulated, "START_SECONDS", 0.2)
    played_by("exec sleep 600", tmp_path, monkeypatch)
    with pytest.raises(EmulatorNotStarted) as caught:
        EmulatedCloud.start()
    assert str(caught.value).startswith("The emulator was not ready after 0.2 s, and was ended. It said nothing. It")
    assert caught.value.exit_code is None


def test_what_it_complains_of_is_told_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not write between pytest's own lines; each complaint is kept once, without time and name."""
    log = "2026-01-02 12:00:00,123 pytest_aci.emulator.x Docker is not there: stand-ins run."
    ready = '{"url": "http://127.0.0.1:1"}'
    played_by(f"echo '{log}' >&2; echo '{log}' >&2; echo '{ready}'; exec sleep 600", tmp_path, monkeypatch)
    cloud = EmulatedCloud.start()
    cloud.stop()
    cloud.stop()
    assert cloud.notices == ["Docker is not there: stand-ins run."]


def test_why_it_could_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it wrote on its standard error is part of the error."""
    played_by("echo no module >&2; exit 1", tmp_path, monkeypatch)
    with pytest.raises(EmulatorNotStarted, match=r"exit code 1\)\. It said: no module\."):
        EmulatedCloud.start()

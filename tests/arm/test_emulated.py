from __future__ import annotations

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
    assert str(caught.value).startswith("The emulator was not ready after 0.2 s, and was ended. It said nothing on its")
    assert caught.value.exit_code is None

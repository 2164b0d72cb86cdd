from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aci.cleanup.state import find_state_folder, state_folder
from pytest_aci.errors import Unowned


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_STATE_HOME": "/state"}, Path("/state/pytest-aci")),
        ({"LOCALAPPDATA": "/appdata"}, Path("/appdata/pytest-aci")),
        ({}, Path.home() / ".local" / "state" / "pytest-aci"),
        ({"XDG_STATE_HOME": "state"}, Path.home() / ".local" / "state" / "pytest-aci"),
        ({"XDG_STATE_HOME": "state", "LOCALAPPDATA": "/appdata"}, Path("/appdata/pytest-aci")),
    ],
)
def test_state_folder(environment: dict[str, str], folder: Path) -> None:
    """Ledgers are kept in the user's state directory, whatever the working directory is."""
    assert state_folder(environment) == find_state_folder(environment) == folder


def test_a_relative_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The watchdog runs elsewhere, and has to find the same folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "home")
    assert state_folder({}) == tmp_path / "home" / ".local" / "state" / "pytest-aci"


def test_a_user_without_a_home_has_no_such_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who only looks finds nothing; who has to write is told what to set."""
    monkeypatch.setattr(Path, "home", _homeless)
    assert find_state_folder({}) is None
    with pytest.raises(
        Unowned,
        match=r"Nothing was created: .* in ~/.local/state: this user has no home directory\. .* set XDG_STATE_HOME to",
    ):
        state_folder({})


def _homeless() -> Path:
    raise RuntimeError("Could not determine home directory.")

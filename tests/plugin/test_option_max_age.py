from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pytest_aci.recording.format import to_text
from pytest_aci.recording.reading import read
from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path


def age(folder: Path, days: int) -> list[Path]:
    """Make all cassettes of a suite so many days old; their paths."""
    paths = sorted((folder / "cassettes").rglob("*.json"))
    for path in paths:
        header, interactions = read(path)
        on = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
        path.write_text(to_text(replace(header, recorded={**header.recorded, "on": on}), interactions))
    return paths


def test_old_cassettes_are_warned_of_once_each_or_fail(recorded: Path, tmp_path: Path) -> None:
    """A cassette beyond the limit is a warning or a failure, as the project says; the words are the same."""
    suite.copy(recorded, tmp_path)
    paths = [path for path in age(tmp_path, 100) if path.parent.name in ("groups", "cassettes", "test_one")]
    command = "pytest --aci-mode=record test_one.py::test_own_one --aci-endpoint=emulator"
    sentences = [
        f"The cassette {path} was recorded 100 days ago, and 90 are allowed. Record it again with: {command}"
        for path in paths
    ]
    warned = suite.pytest_in(tmp_path, "--aci-max-age=90d", "test_one.py::test_own_one", "test_two.py::test_own_two")
    assert warned.returncode == 0, warned.stdout
    assert [warned.stdout.count(f"CassetteAgeWarning: {sentence}") for sentence in sentences] == [1, 1, 1]
    refused = suite.pytest_in(tmp_path, "--aci-max-age=90d", "--aci-on-old=fail", "test_one.py::test_own_one")
    assert refused.returncode == 1
    assert f"CassetteAged: {sentences[0]}" in refused.stdout

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin import recorded_suite, shown_suite

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite of `recorded_suite`, of two modules, recorded once against the emulator: to be read, or copied."""
    folder = tmp_path_factory.mktemp("recorded")
    recorded_suite.write(folder, recorded_suite.FILES)
    result = recorded_suite.pytest_in(folder, *recorded_suite.RECORD)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> shown_suite.Shown:
    """The suite of `shown_suite`, run once in one process."""
    return shown_suite.run(tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="session")
def distributed(tmp_path_factory: pytest.TempPathFactory) -> shown_suite.Shown:
    """The same, run once on two workers."""
    return shown_suite.run(tmp_path_factory.mktemp("distributed"), "-n", "2")

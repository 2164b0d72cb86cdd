from __future__ import annotations

import pytest

from tests.plugin import shown_suite


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> shown_suite.Shown:
    """The suite of `shown_suite`, run once in one process."""
    return shown_suite.run(tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="session")
def distributed(tmp_path_factory: pytest.TempPathFactory) -> shown_suite.Shown:
    """The same, run once on two workers."""
    return shown_suite.run(tmp_path_factory.mktemp("distributed"), "-n", "2")

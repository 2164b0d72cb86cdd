from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.azure import Azure, emulated_azure
from tests.chaos.victim import Victims

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def azure() -> Iterator[Azure]:
    """An emulated Azure of the test's own, with decoys. When the test ends, they have to be untouched."""
    with emulated_azure() as azure:
        azure.plant_decoys()
        yield azure
        assert azure.decoys_are_untouched()


@pytest.fixture
def victims(tmp_path: Path, azure: Azure) -> Iterator[Victims]:
    """Starts pytest runs that are to suffer. None is alive afterwards, and none has told a secret."""
    with Victims(tmp_path, azure, bare=True).caring() as victims:
        yield victims

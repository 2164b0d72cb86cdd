from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.configuration import Configuration, Quota
from tests.emulator.running import Running

from .scenes import Scenes

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def scenes() -> Iterator[Scenes]:
    """One emulator for all facts; each answer is asked for once."""
    with Running(Configuration(quota=Quota(1000, 1000), back_off_seconds=0.05)) as running:
        yield Scenes(running)

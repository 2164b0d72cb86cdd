from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def running() -> Iterator[Running]:
    """An emulator of the test's own."""
    with Running() as started:
        yield started

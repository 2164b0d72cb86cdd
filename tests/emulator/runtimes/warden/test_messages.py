from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.runtimes.warden.messages import Unpacker, pack

if TYPE_CHECKING:
    from pytest_aci.emulator.runtimes.warden.messages import Request

REQUEST: Request = {"id": 7, "do": "spawn", "argv": ["echo", "hé"], "env": {"A": "x" * 100_000}, "terminal": (24, 80)}


@pytest.mark.parametrize("size", [1, 3, 4096, 1_000_000])
def test_messages_in_pieces(size: int) -> None:
    """Messages come out as they went in, however the stream was cut."""
    stream = pack(REQUEST) + pack({"pid": 1, "code": 0})
    unpacker = Unpacker()
    found = [
        message for start in range(0, len(stream), size) for message in unpacker.feed(stream[start : start + size])
    ]
    assert found == [REQUEST, {"pid": 1, "code": 0}]

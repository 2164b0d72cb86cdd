"""What the server adds to uvicorn's connections; what it refuses is in test_hardness."""

from __future__ import annotations

import asyncio
from typing import Any

from pytest_aci.emulator.server import JoiningTransport


class Wire:
    """A transport that writes down what is done with it."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        """Remember it."""
        self.done.append(data)

    def close(self) -> None:
        """Remember it."""
        self.done.append("closed")

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return "closed" in self.done


def test_what_is_written_together_is_sent_together() -> None:
    """The head and the body of an answer are one write; the next answer is another one."""

    async def answer_twice() -> list[Any]:
        wire: Any = Wire()
        transport = JoiningTransport(wire, asyncio.get_running_loop())
        for _ in range(2):
            transport.write(b"head ")
            transport.write(b"body")
            await asyncio.sleep(0)
        return list(wire.done)

    assert asyncio.run(answer_twice()) == [b"head body", b"head body"]


def test_nothing_is_lost_by_closing() -> None:
    """What was written before a close is sent before it, and nothing is after it."""

    async def answer_and_close() -> list[Any]:
        wire: Any = Wire()
        transport = JoiningTransport(wire, asyncio.get_running_loop())
        transport.write(b"last words")
        transport.close()
        transport.write(b"too late")
        await asyncio.sleep(0)
        return list(wire.done)

    assert asyncio.run(answer_and_close()) == [b"last words", "closed"]

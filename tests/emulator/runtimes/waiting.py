"""Waiting for what a sandbox gives no event for: that somebody serves a port, or has written a line."""

from __future__ import annotations

import asyncio
import http.client
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_aci.emulator.runtimes.base import Sandbox, Terminal

DEADLINE = 60.0
PAUSE = 0.02


def get(address: str, port: int = 80, path: str = "/") -> tuple[int, str]:
    """Return status and body of one GET."""
    connection = http.client.HTTPConnection(address, port, timeout=DEADLINE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


async def served(sandbox: Sandbox, port: int = 80) -> str:
    """Return the page that a group serves on *port*, as soon as it does."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                status, body = await asyncio.to_thread(get, sandbox.address, sandbox.host_ports.get(port, port))
            except (OSError, http.client.HTTPException):
                await asyncio.sleep(PAUSE)
            else:
                assert status == 200
                return body


async def logged(sandbox: Sandbox, container: str, text: bytes) -> bytes:
    """Return a container's log as soon as it holds *text*."""
    async with asyncio.timeout(DEADLINE):
        while text not in (log := await sandbox.logs(container)):  # noqa: ASYNC110 # a log is asked for, as in ACI
            await asyncio.sleep(PAUSE)
        return log


async def shown(terminal: Terminal, text: bytes = b"") -> bytes:
    """Return what a terminal shows until *text*, or if that is empty until its command ends."""
    seen = b""
    async with asyncio.timeout(DEADLINE):
        async for data in terminal.output():
            seen += data
            if text and text in seen:
                break
    return seen

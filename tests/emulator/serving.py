"""An emulator on a runtime without processes, in a process of its own: for what would notice that it shares one."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pytest_aci.emulator.cloud import Cloud
from pytest_aci.emulator.configuration import Configuration, Quota
from pytest_aci.emulator.server import Server

from .fake_runtime import FakeRuntime, FakeSandbox

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_aci.emulator.runtimes.base import GroupPlan

ROOM = 1_000_000
SECONDS = 30


class Serving:
    """The process, from its ready line to its end.

    Attributes:
        url: The http address.
        token: What opens the emulator's own doors.
        subscription: The subscription that exists.
    """

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.emulator.serving"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        ready: dict[str, Any] = json.loads(self._process.stdout.readline())
        self.url: str = ready["url"]
        self.token: str = ready["token"]
        self.subscription: str = ready["subscription_id"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=SECONDS)

    def resident(self) -> float:
        """Return the memory that it holds, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class ForgetfulRuntime(FakeRuntime):
    """Does not remember what was, so that memory that grows is the emulator's."""

    async def open(self, plan: GroupPlan) -> FakeSandbox:
        """Make a sandbox."""
        self.opened.clear()
        self.pulled.clear()
        return await super().open(plan)


async def serve() -> None:
    """Serve until standard input ends."""
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    cloud = Cloud(Configuration(quota=Quota(ROOM, ROOM)), ForgetfulRuntime())
    async with Server(cloud) as server:
        print(json.dumps(server.ready_line()), flush=True)  # noqa: T201 # what the other end waits for
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())

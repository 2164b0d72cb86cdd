"""Where a group's containers run: a sandbox that is opened and closed without ever being lost on the way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from . import plans
from .runtimes import logs

if TYPE_CHECKING:
    from .records import ContainerGroup
    from .runtimes.base import Runtime, Sandbox

STOPPED_LOG_LINES = 1000
STOPPED_LOG_BYTES = 16 * 1024
"""How much of a stopped container's output stays readable."""


class Place:
    """One group's sandbox, opened when it is needed; a group that is stopped has none."""

    def __init__(self, group: ContainerGroup, runtime: Runtime) -> None:
        self.sandbox: Sandbox | None = None
        self._group = group
        self._runtime = runtime
        self._opening: asyncio.Future[Sandbox] | None = None
        self._number = 0

    @property
    def open_sandbox(self) -> Sandbox:
        """The sandbox.

        Raises:
            RuntimeError: There is none.
        """
        if self.sandbox is None:
            message = f"The container group {self._group.name} has no place to run in."
            raise RuntimeError(message)
        return self.sandbox

    async def enter(self) -> None:
        """Open the sandbox if there is none, and give the group its address if it asked for one."""
        if self.sandbox is None:
            self._number += 1
            plan = plans.group_plan(self._group, f"{self._group.uid}-{self._number}")
            self._opening = asyncio.ensure_future(self._runtime.open(plan))
            # Whoever is cancelled here leaves the opening to `leave`, which closes what comes of it.
            self.sandbox = await asyncio.shield(self._opening)
            self._opening = None
        if "ipAddress" in self._group.properties:
            self._group.ip = self.sandbox.address

    async def leave(self) -> None:
        """Close the sandbox, also one that is just being opened. Safe to call again after it was cancelled."""
        if self._opening is not None:
            with contextlib.suppress(Exception):
                self.sandbox = await self._opening
            self._opening = None
        if self.sandbox is not None:
            await self.sandbox.close()
            self.sandbox = None

    async def keep_logs(self) -> None:
        """Write down what the containers have written, for the time after the sandbox."""
        if self.sandbox is None:
            return
        for container in [*self._group.init_containers, *self._group.containers]:
            with contextlib.suppress(Exception):  # one that never ran has none
                kept = await self.sandbox.logs(container["name"], tail=STOPPED_LOG_LINES, timestamps=True)
                self._group.logs[container["name"]] = logs.newest(kept, STOPPED_LOG_BYTES)

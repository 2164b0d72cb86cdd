"""Runs every container group of the emulator, and ends every one of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from typing import TYPE_CHECKING

from . import plans
from .lifecycle import Lifecycle
from .records import Operation
from .scripts import NATURAL, Script
from .timestamps import now

if TYPE_CHECKING:
    from .configuration import Configuration
    from .records import ContainerGroup
    from .runtimes.base import Runtime
    from .store import Store

logger = logging.getLogger(__name__)


class ClosedError(Exception):
    """Nothing new can be run, because the emulator ends."""

    def __init__(self) -> None:
        super().__init__("The emulator ends and runs nothing new.")


class Host:
    """The lifecycles of all groups by the groups' unique ids."""

    def __init__(self, runtime: Runtime, store: Store, configuration: Configuration) -> None:
        self.runtime = runtime
        self._store = store
        self._configuration = configuration
        self._lifecycles: dict[str, Lifecycle] = {}
        self._is_closed = False

    def lifecycle(self, group: ContainerGroup) -> Lifecycle:
        """The group's lifecycle, made when it is first asked for."""
        if group.uid not in self._lifecycles:
            self._lifecycles[group.uid] = Lifecycle(group, self.runtime, self._configuration, self._store.changed)
        return self._lifecycles[group.uid]

    def find(self, group: ContainerGroup) -> Lifecycle | None:
        """The group's lifecycle, `None` for a group that has been ended."""
        return self._lifecycles.get(group.uid)

    async def pull(self, group: ContainerGroup) -> dict[str, asyncio.Task[str]]:
        """Begin to pull a group's images, and wait a bounded time for them.

        Raises:
            InaccessibleImage: One of them can not be had, which became known in time.
            ClosedError: The emulator ends.
        """
        self._check_open()
        credentials = plans.credentials(group.properties)
        pulls = {
            image: asyncio.create_task(self.runtime.pull(image, credentials))
            for image in plans.images(group.properties)
        }
        done, _ = await asyncio.wait(
            pulls.values(), timeout=self._configuration.pull_seconds, return_when=asyncio.FIRST_EXCEPTION
        )
        failed = [error for task in done if (error := task.exception()) is not None]
        if failed or self._is_closed:
            await give_up(pulls)
        if failed:
            raise failed[0]
        self._check_open()
        return pulls

    def create(
        self,
        group: ContainerGroup,
        pulls: dict[str, asyncio.Task[str]],
        script: Script = NATURAL,
        after: Lifecycle | None = None,
    ) -> Operation:
        """Bring a new group up. *after* is the lifecycle of an earlier group in its place, which is ended first."""
        operation = self._operation(group)
        self.lifecycle(group).create(operation, pulls, script, after)
        return operation

    def start(self, group: ContainerGroup, script: Script = NATURAL) -> Operation:
        """Start a stopped or ended group; a running one is left alone."""
        operation = self._operation(group)
        if group.state == "Running":
            operation.status = "Succeeded"
        else:
            self.lifecycle(group).start(operation, script)
        return operation

    def restart(self, group: ContainerGroup, script: Script = NATURAL) -> Operation:
        """Run every container of the group again."""
        operation = self._operation(group)
        self.lifecycle(group).restart(operation, script)
        return operation

    def unchanged(self, group: ContainerGroup) -> Operation:
        """The operation of an update that changes nothing that runs: the one that goes on, or one that has ended."""
        running = self.lifecycle(group).operation
        if running is not None and not running.ended:
            return running
        operation = self._operation(group)
        operation.status = "Succeeded"
        return operation

    async def stop(self, group: ContainerGroup) -> None:
        """Stop a group; when this returns, its processes have ended."""
        await self.lifecycle(group).stop()

    async def end(self, group: ContainerGroup) -> None:
        """End a group for good; when this returns, its processes have ended. One that fails can be ended again."""
        lifecycle = self.find(group)
        if lifecycle is not None:
            await lifecycle.end()
            self._lifecycles.pop(group.uid, None)

    def take(self, group: ContainerGroup) -> Lifecycle | None:
        """Give up a group's lifecycle, for the caller to end it."""
        return self._lifecycles.pop(group.uid, None)

    def host_ports(self, group: ContainerGroup) -> dict[int, int]:
        """Group port to the port that is really bound, where the two differ."""
        lifecycle = self.find(group)
        return dict(lifecycle.sandbox.host_ports) if lifecycle is not None and lifecycle.sandbox is not None else {}

    def counts(self) -> dict[str, int]:
        """How many places are open and how many containers run in them, to prove that nothing is left."""
        lifecycles = self._lifecycles.values()
        return {
            "sandboxes": sum(each.sandbox is not None for each in lifecycles),
            "containers": sum(len(each.containers.running) for each in lifecycles),
        }

    async def close(self) -> None:
        """End all groups at once, then the runtime. Requests that are still served run nothing new from now on."""
        self._is_closed = True
        lifecycles, self._lifecycles = list(self._lifecycles.values()), {}
        for outcome in await asyncio.gather(*(each.end() for each in lifecycles), return_exceptions=True):
            if isinstance(outcome, BaseException):
                logger.error("A container group could not be ended", exc_info=outcome)
        await self.runtime.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise ClosedError

    def _operation(self, group: ContainerGroup) -> Operation:
        self._check_open()
        operation = Operation(str(uuid.uuid4()), group, group.location, now())
        self._store.add_operation(operation)
        return operation


async def give_up(pulls: dict[str, asyncio.Task[str]]) -> None:
    """End pulls that nobody waits for any more."""
    for task in pulls.values():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task

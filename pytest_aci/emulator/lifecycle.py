"""One container group over time: provisioned, watched, restarted, stopped, ended. No HTTP in here."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from . import plans
from .containers import Containers, ProvisioningError
from .history import History, start_failure
from .places import Place
from .records import Event, State
from .runtimes.base import CannotMount, CannotStart, InaccessibleImage, RuntimeUnavailable
from .scripts import NATURAL, Script
from .timestamps import now

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from .configuration import Configuration
    from .records import ContainerGroup, Operation
    from .runtimes.base import Runtime, Sandbox

logger = logging.getLogger(__name__)


class Lifecycle:
    """Drives one group through its transitions. All methods belong to the emulator's event loop.

    Attributes:
        group: The record that is kept up to date.
        containers: What runs in the group's place.
        operation: The latest transition's.
    """

    def __init__(
        self,
        group: ContainerGroup,
        runtime: Runtime,
        configuration: Configuration,
        changed: Callable[[ContainerGroup], None],
    ) -> None:
        self.group = group
        self.operation: Operation | None = None
        self._runtime = runtime
        self._configuration = configuration
        self._changed = changed
        self._transition: asyncio.Task[None] | None = None
        self._place = Place(group, runtime)
        self.containers = Containers(group, self._place, configuration, changed)
        self._ending = asyncio.Lock()
        self._predecessor: Lifecycle | None = None
        self._is_stopping = False

    @property
    def sandbox(self) -> Sandbox | None:
        """Where the containers run; `None` before the first start and while the group is stopped."""
        return self._place.sandbox

    @property
    def in_transition(self) -> bool:
        """Whether a create, start, restart or stop has not ended yet."""
        return self._is_stopping or (self._transition is not None and not self._transition.done())

    def create(
        self,
        operation: Operation,
        pulls: Mapping[str, asyncio.Task[str]],
        script: Script = NATURAL,
        after: Lifecycle | None = None,
    ) -> None:
        """Bring the group up for the first time, with images whose pulls have begun already.

        *after* is the lifecycle of an earlier group of this name, which is ended first.
        """
        self._predecessor = after
        self._begin(operation, self._bring_up(operation, pulls, script, "Creating"))

    def start(self, operation: Operation, script: Script = NATURAL) -> None:
        """Bring a stopped or ended group up again, at a new place and so with a new address."""
        self.group.provisioning_state = self.group.state = "Pending"
        self._begin(operation, self._bring_up(operation, {}, script, "Creating"))

    def restart(self, operation: Operation, script: Script = NATURAL) -> None:
        """Run every container again in the same place, with the same address."""
        self.group.provisioning_state = operation.status = "Updating"
        self._begin(operation, self._bring_up(operation, {}, script, "Updating"))

    async def stop(self) -> None:
        """End every container; the group's place goes with them, what they wrote stays readable."""
        self._is_stopping = True
        try:
            async with self._ending:
                await self._quiet()
                await self.containers.stop()
                await self._place.keep_logs()
                await self._leave()
        finally:
            self._is_stopping = False
        moment = now()
        for container in self.group.containers:
            view = self.containers.view(container)
            view.previous = State("Waiting", detail="Waiting to run")
            view.current = State("Terminated", finished=moment, detail="Container stopped per client request")
        self.group.provisioning_state, self.group.state, self.group.ip = "Succeeded", "Stopped", None
        self._changed(self.group)

    async def end(self) -> None:
        """End everything for good. Safe to call twice and in the middle of a transition."""
        if self.operation is not None and not self.operation.ended:
            self.operation.status = "Canceled"
        async with self._ending:
            await self._quiet()
            await self._end_predecessor()
            await self._leave()

    async def settled(self) -> None:
        """Wait for the end of the present transition."""
        if self._transition is not None:
            await asyncio.wait([self._transition])

    def _begin(self, operation: Operation, transition: Coroutine[Any, Any, None]) -> None:
        self.operation = operation
        self._transition = asyncio.create_task(transition, name=f"transition of {self.group.name}")
        self._changed(self.group)

    async def _bring_up(
        self, operation: Operation, pulls: Mapping[str, asyncio.Task[str]], script: Script, doing: str
    ) -> None:
        try:
            await self._end_predecessor()
            await self._follow(script)
            self.group.provisioning_state = operation.status = doing
            self._changed(self.group)
            if doing == "Updating":
                await self.containers.stop()
            else:
                await self._leave()
            histories = {each["name"]: History(self.containers.view(each).events) for each in self.containers.all()}
            await self._pull(pulls, histories)
            await self._place.enter()
            self.group.logs.clear()
            await self.containers.start(histories)
        except (CannotMount, CannotStart, InaccessibleImage, ProvisioningError, RuntimeUnavailable) as error:
            self._fail(operation, script, error)
        except Exception:
            logger.exception("The container group %s could not be provisioned", self.group.name)
            self._fail(operation, script, ProvisioningError("Encountered an internal server error."))
        else:
            self.group.provisioning_state = operation.status = "Succeeded"
            self.containers.judge()

    async def _leave(self) -> None:
        await self.containers.let_be()  # those of a group that failed run on, and would be started in the next place
        await self._place.leave()
        self.containers.running.clear()

    async def _follow(self, script: Script) -> None:
        """Let pass what must pass before anything happens, and go wrong if a fault rule says so."""
        await asyncio.sleep(self._configuration.start_seconds + script.seconds)
        if script.outcome == "stuck":
            await asyncio.Event().wait()
        if script.outcome:
            raise ProvisioningError(script.message or "The container group could not be provisioned.")

    async def _end_predecessor(self) -> None:
        if self._predecessor is not None:
            await self._predecessor.end()
            self._predecessor = None

    def _fail(self, operation: Operation, script: Script, error: Exception) -> None:
        message = str(error)
        if isinstance(error, CannotStart):
            message = start_failure(error.container, error.reason)
        outcome = script.outcome or "Failed"
        if outcome == "Failed":
            operation.error = {"code": script.code, "message": message}
        self.group.provisioning_state, self.group.state = "Failed", "Pending"
        if script.outcome or isinstance(error, CannotMount):
            moment, name = now(), f"{script.code}." if script.outcome else "FailedMount"
            self.group.events.append(Event(name, message, "Warning", moment, moment))
        for container in self.group.containers:
            view = self.containers.view(container)
            if view.current is None:
                view.current = State("Waiting", detail=message)
        operation.status = outcome
        self._changed(self.group)

    async def _pull(self, pulls: Mapping[str, asyncio.Task[str]], histories: Mapping[str, History]) -> None:
        credentials = plans.credentials(self.group.properties)

        async def pull(container: dict[str, Any]) -> None:
            image, history = container["properties"]["image"], histories[container["name"]]
            begun = now()
            try:
                digest = await (pulls[image] if image in pulls else self._runtime.pull(image, credentials))
            except InaccessibleImage as error:
                history.pulling(image, begun)
                history.pull_failed(image, error.reason, now())
                raise
            history.pulling(digest, begun)
            history.pulled(digest, now())

        await asyncio.gather(*(pull(each) for each in self.containers.all()))

    async def _quiet(self) -> None:
        """Let nothing of this group go on by itself."""
        if self._transition is not None:
            self._transition.cancel()
            await asyncio.wait([self._transition])
        await self.containers.let_be()

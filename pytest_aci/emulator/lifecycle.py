"""One container group over time: provisioned, watched, restarted, stopped, ended. No HTTP in here."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from . import plans, restarts
from .history import History, start_failure
from .places import Place
from .probes import Probes
from .records import Event, InstanceView, State
from .runtimes.base import CannotStart, InaccessibleImage, RuntimeUnavailable
from .scripts import NATURAL, Script
from .timestamps import now

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from .configuration import Configuration
    from .records import ContainerGroup, Operation
    from .runtimes.base import Exit, Runtime, Sandbox

logger = logging.getLogger(__name__)


class ProvisioningError(Exception):
    """The group can not be brought up; the sentence is what the failed operation reports."""


class Lifecycle:
    """Drives one group through its transitions. All methods belong to the emulator's event loop.

    Attributes:
        group: The record that is kept up to date.
        running: The names of the containers that run.
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
        self.running: set[str] = set()
        self.operation: Operation | None = None
        self._runtime = runtime
        self._configuration = configuration
        self._changed = changed
        self._transition: asyncio.Task[None] | None = None
        self._watchers: set[asyncio.Task[None]] = set()
        self._place = Place(group, runtime)
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
                await self._stop_all()
                await self._place.keep_logs()
                await self._leave()
        finally:
            self._is_stopping = False
        moment = now()
        for container in self.group.containers:
            view = self._view(container)
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
                await self._stop_all()
            else:
                await self._leave()
            histories = {each["name"]: History(self._view(each).events) for each in self._all_containers()}
            await self._pull(pulls, histories)
            await self._place.enter()
            self.group.logs.clear()
            await self._run_init_containers(histories)
            await asyncio.gather(*(self._start(each, histories[each["name"]]) for each in self.group.containers))
        except (CannotStart, InaccessibleImage, ProvisioningError, RuntimeUnavailable) as error:
            self._fail(operation, script, error)
        except Exception:
            logger.exception("The container group %s could not be provisioned", self.group.name)
            self._fail(operation, script, ProvisioningError("Encountered an internal server error."))
        else:
            self.group.provisioning_state = operation.status = "Succeeded"
            self._judge()

    async def _leave(self) -> None:
        await self._place.leave()
        self.running.clear()

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
        if script.outcome:
            moment = now()
            self.group.events.append(Event(f"{script.code}.", message, "Warning", moment, moment))
        for container in self.group.containers:
            view = self._view(container)
            if view.current is None:
                view.current = State("Waiting", detail=message)
        operation.status = outcome
        self._changed(self.group)

    def _all_containers(self) -> list[dict[str, Any]]:
        return [*self.group.init_containers, *self.group.containers]

    def _view(self, container: dict[str, Any]) -> InstanceView:
        """The view that events are written to; the group shows it only once it says something."""
        is_init = container in self.group.init_containers
        views = self.group.init_views if is_init else self.group.views
        return views.setdefault(container["name"], InstanceView())

    async def _pull(self, pulls: Mapping[str, asyncio.Task[str]], histories: Mapping[str, History]) -> None:
        credentials = plans.credentials(self.group.properties)

        async def pull(container: dict[str, Any]) -> None:
            image, history = container["properties"]["image"], histories[container["name"]]
            begun = now()
            try:
                digest = await (pulls[image] if image in pulls else self._runtime.pull(image, credentials))
            except InaccessibleImage as error:
                history.pull_failed(image, error.reason, now())
                raise
            history.pulling(digest, begun)
            history.pulled(digest, now())

        await asyncio.gather(*(pull(each) for each in self._all_containers()))

    async def _run_init_containers(self, histories: Mapping[str, History]) -> None:
        for container in self.group.init_containers:
            name, view, history = container["name"], self._view(container), histories[container["name"]]
            while True:
                ended = await self._run_once(container, view, history)
                if ended.code == 0:
                    break
                if not restarts.restarts(self.group.restart_policy, ended.code):
                    raise ProvisioningError(f"The init container '{name}' exited with code {ended.code}.")
                await self._wait_to_restart(view, history)

    async def _run_once(self, container: dict[str, Any], view: InstanceView, history: History) -> Exit:
        started = await self._place.open_sandbox.start(plans.container_plan(container))
        self.running.add(container["name"])
        view.current = State("Running", started=started)
        history.started(started)
        self._changed(self.group)
        return await self._ended(container["name"], view, history)

    async def _start(self, container: dict[str, Any], history: History) -> None:
        """Start a container and leave a watcher with it."""
        name, view = container["name"], self._view(container)
        try:
            started = await self._place.open_sandbox.start(plans.container_plan(container))
        except CannotStart as error:
            history.start_failed(name, error.reason, now())
            raise
        self._runs(container, view, history, started)
        watcher = asyncio.create_task(self._watch(container, view, history), name=f"watcher of {name}")
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    def _runs(self, container: dict[str, Any], view: InstanceView, history: History, started: Any) -> None:
        self.running.add(container["name"])
        view.current = State("Running", started=started)
        history.started(started)
        self._judge()

    async def _watch(self, container: dict[str, Any], view: InstanceView, history: History) -> None:
        name = container["name"]
        try:
            while True:
                async with Probes(self._place.open_sandbox, container, history):
                    ended = await self._ended(name, view, history)
                self._judge()
                if not restarts.restarts(self.group.restart_policy, ended.code):
                    return
                await self._wait_to_restart(view, history)
                view.previous = State(
                    "Terminated", ended.started, ended.code, ended.finished, "Completed" if ended.code == 0 else "Error"
                )
                try:
                    started = await self._place.open_sandbox.start(plans.container_plan(container))
                except CannotStart as error:
                    history.start_failed(name, error.reason, now())
                    view.current = State("Waiting", detail=start_failure(name, error.reason))
                    self._changed(self.group)
                    return
                view.restart_count += 1
                self._runs(container, view, history, started)
        except Exception:
            logger.exception("The container %s of %s is no longer watched", name, self.group.name)

    async def _ended(self, name: str, view: InstanceView, history: History) -> Exit:
        ended = await self._place.open_sandbox.wait(name)
        self.running.discard(name)
        detail = "Completed" if ended.code == 0 else "Error"
        view.current = State("Terminated", ended.started, ended.code, ended.finished, detail)
        history.killing(ended.container_id, ended.finished)
        self._changed(self.group)
        return ended

    async def _wait_to_restart(self, view: InstanceView, history: History) -> None:
        """Let the pause of a crash loop pass: the first one with the container shown as ended, then as waiting."""
        if view.restart_count > 0 and view.current is not None:
            view.previous = view.current
            view.current = State("Waiting", detail=restarts.back_off_detail(view.restart_count))
            history.back_off(now())
            self._changed(self.group)
        configuration = self._configuration
        pause = restarts.pause(view.restart_count, configuration.back_off_seconds, configuration.back_off_limit)
        await asyncio.sleep(pause)

    async def _stop_all(self) -> None:
        await self._cancel_watchers()
        running = [each for each in self._all_containers() if each["name"] in self.running]
        await asyncio.gather(*(self._stop_container(each["name"], self._view(each)) for each in running))

    async def _stop_container(self, name: str, view: InstanceView) -> None:
        place = self._place.open_sandbox
        await place.stop(name, grace=self._configuration.stop_seconds)
        ended = await place.wait(name)
        self.running.discard(name)
        History(view.events).killing(ended.container_id, ended.finished)

    async def _quiet(self) -> None:
        """Let nothing of this group go on by itself."""
        if self._transition is not None:
            self._transition.cancel()
            await asyncio.wait([self._transition])
        await self._cancel_watchers()

    async def _cancel_watchers(self) -> None:
        watchers = list(self._watchers)
        for watcher in watchers:
            watcher.cancel()
        if watchers:
            await asyncio.wait(watchers)

    def _judge(self) -> None:
        if self.group.provisioning_state == "Succeeded":
            views = [self._view(each) for each in self.group.containers]
            self.group.state = restarts.group_state(self.group.restart_policy, views)
        self._changed(self.group)

"""The containers of one group while it is up: started, watched, restarted by its policy, stopped."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from . import plans, restarts
from .history import History, start_failure
from .probes import Probes
from .records import InstanceView, State
from .runtimes.base import CannotStart
from .timestamps import now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .configuration import Configuration
    from .places import Place
    from .records import ContainerGroup
    from .runtimes.base import Exit

logger = logging.getLogger(__name__)


class ProvisioningError(Exception):
    """The group can not be brought up; the sentence is what the failed operation reports."""


class Containers:
    """Runs a group's containers in its place, and keeps their instance views up to date.

    Attributes:
        running: The names of those that run.
    """

    def __init__(
        self,
        group: ContainerGroup,
        place: Place,
        configuration: Configuration,
        changed: Callable[[ContainerGroup], None],
    ) -> None:
        self.running: set[str] = set()
        self._group = group
        self._place = place
        self._configuration = configuration
        self._changed = changed
        self._watchers: set[asyncio.Task[None]] = set()

    def all(self) -> list[dict[str, Any]]:
        """The documents of init containers and containers."""
        return [*self._group.init_containers, *self._group.containers]

    def view(self, container: dict[str, Any]) -> InstanceView:
        """The view that events are written to; the group shows it only once it says something."""
        is_init = container in self._group.init_containers
        views = self._group.init_views if is_init else self._group.views
        return views.setdefault(container["name"], InstanceView())

    def judge(self) -> None:
        """Derive the group's state from its containers', and say that something has changed."""
        if self._group.provisioning_state == "Succeeded":
            views = [self.view(each) for each in self._group.containers]
            self._group.state = restarts.group_state(self._group.restart_policy, views)
        self._changed(self._group)

    async def start(self, histories: Mapping[str, History]) -> None:
        """Run the init containers one after another, then start all others and leave a watcher with each.

        Raises:
            CannotStart: One of them can not be started; those that can be run all the same.
            ProvisioningError: An init container failed and is not tried again.
        """
        for container in self._group.init_containers:
            await self._run_init(container, histories[container["name"]])
        starting = (self._start(each, histories[each["name"]]) for each in self._group.containers)
        # All of them are waited for, also after one has failed: nothing of a group goes on behind its lifecycle's back.
        for outcome in await asyncio.gather(*starting, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def stop(self) -> None:
        """End all that run; none is started again."""
        await self.let_be()
        running = [each for each in self.all() if each["name"] in self.running]
        await asyncio.gather(*(self._stop(each["name"], self.view(each)) for each in running))

    async def let_be(self) -> None:
        """Watch no more: what ends from now on is not noticed and not started again."""
        watchers = list(self._watchers)
        for watcher in watchers:
            watcher.cancel()
        if watchers:
            await asyncio.wait(watchers)

    async def _run_init(self, container: dict[str, Any], history: History) -> None:
        name, view = container["name"], self.view(container)
        while True:
            ended = await self._run_once(container, view, history)
            if ended.code == 0:
                return
            if not restarts.restarts(self._group.restart_policy, ended.code):
                raise ProvisioningError(f"The init container '{name}' exited with code {ended.code}.")
            await self._wait_to_restart(view, history)
            view.restart_count += 1

    async def _run_once(self, container: dict[str, Any], view: InstanceView, history: History) -> Exit:
        started = await self._place.open_sandbox.start(plans.container_plan(container, self._group))
        self.running.add(container["name"])
        view.current = State("Running", started=started)
        history.started(started)
        self._changed(self._group)
        return await self._ended(container["name"], view, history)

    async def _start(self, container: dict[str, Any], history: History) -> None:
        """Start a container and leave a watcher with it."""
        name, view = container["name"], self.view(container)
        try:
            started = await self._place.open_sandbox.start(plans.container_plan(container, self._group))
        except CannotStart as error:
            history.start_failed(name, error.reason, now())
            raise
        self._runs(container, view, history, started)
        watcher = asyncio.create_task(self._watch(container, view, history), name=f"watcher of {name}")
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    def _runs(self, container: dict[str, Any], view: InstanceView, history: History, started: datetime) -> None:
        self.running.add(container["name"])
        view.current = State("Running", started=started)
        history.started(started)
        self.judge()

    async def _watch(self, container: dict[str, Any], view: InstanceView, history: History) -> None:
        name = container["name"]
        try:
            while True:
                async with Probes(self._place.open_sandbox, container, history):
                    ended = await self._ended(name, view, history)
                self.judge()
                if not restarts.restarts(self._group.restart_policy, ended.code):
                    return
                await self._wait_to_restart(view, history)
                try:
                    started = await self._place.open_sandbox.start(plans.container_plan(container, self._group))
                except CannotStart as error:
                    history.start_failed(name, error.reason, now())
                    view.current = State("Waiting", detail=start_failure(name, error.reason))
                    self._changed(self._group)
                    return
                view.restart_count += 1
                self._runs(container, view, history, started)
        except Exception:
            logger.exception("The container %s of %s is no longer watched", name, self._group.name)

    async def _ended(self, name: str, view: InstanceView, history: History) -> Exit:
        ended = await self._place.open_sandbox.wait(name)
        self.running.discard(name)
        detail = "Completed" if ended.code == 0 else "Error"
        view.current = State("Terminated", ended.started, ended.code, ended.finished, detail)
        history.killing(ended.container_id, ended.finished)
        self._changed(self._group)
        return ended

    async def _wait_to_restart(self, view: InstanceView, history: History) -> None:
        """Let the pause of a crash loop pass: the first one with the container shown as ended, then as waiting."""
        ended = view.current
        if view.restart_count > 0:
            view.previous = ended
            view.current = State("Waiting", detail=restarts.back_off_detail(view.restart_count))
            history.back_off(now())
            self._changed(self._group)
        configuration = self._configuration
        pause = restarts.pause(view.restart_count, configuration.back_off_seconds, configuration.back_off_limit)
        await asyncio.sleep(pause)
        view.previous = ended

    async def _stop(self, name: str, view: InstanceView) -> None:
        place = self._place.open_sandbox
        await place.stop(name, grace=self._configuration.stop_seconds)
        ended = await place.wait(name)
        self.running.discard(name)
        History(view.events).killing(ended.container_id, ended.finished)

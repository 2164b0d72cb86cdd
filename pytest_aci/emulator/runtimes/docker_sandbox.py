"""One group of the Docker runtime."""

from __future__ import annotations

import asyncio
import io
import shutil
import tarfile
from typing import TYPE_CHECKING, Any, Final, TypeVar

from docker.types import LogConfig

from . import addresses, folders, pause, volumes
from .base import CannotStart, NotRunning, RuntimeUnavailable
from .closing import Closing
from .docker_container import DockerContainer
from .docker_engine import APIError, NotFound, labels

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from .base import ContainerPlan, Exit, GroupPlan, Terminal, VolumePlan
    from .docker import DockerRuntime
    from .docker_engine import Engine

Result = TypeVar("Result")

# How engines say that a port can not be had at an address, when a container starts that is to publish it.
_PORT_REFUSED: Final = ("already allocated", "already in use", "permission denied", "privileged port", "cannot assign")


class DockerSandbox:
    """One group: a pause container with the address and the volumes, and those that share its network.

    Made by `DockerRuntime.open`.
    """

    def __init__(self, plan: GroupPlan, engine: Engine, runtime: DockerRuntime) -> None:
        self._plan = plan
        self._engine = engine
        self._client = engine.client
        self._runtime = runtime
        self._address = addresses.reserve()
        self._host_ports: dict[int, int] = {}
        self._pause = ""
        self._volumes: dict[str, str] = {}
        self._containers: dict[str, DockerContainer] = {}
        self._under_way: set[asyncio.Task[Any]] = set()
        self._is_closing = False
        self._closing = Closing(self._close)

    @property
    def address(self) -> str:
        """The loopback address on which the group's ports are published."""
        return self._address.ip

    @property
    def host_ports(self) -> Mapping[int, int]:
        """Ports that are published under another number."""
        return self._host_ports

    async def prepare(self) -> None:
        """Make the volumes and start the pause container."""
        for volume in self._plan.volumes:
            await self._finish(self._make_volume(volume))
        shared = self.address == addresses.LOCALHOST
        try:
            await self._finish(self._start_pause(any_port=shared))
        except APIError as refused:
            words = (refused.explanation or str(refused)).lower()
            if shared or not any(reason in words for reason in _PORT_REFUSED):
                raise RuntimeUnavailable("docker", f"a group's network could not be made: {words}") from None
            await self._finish(self._start_pause(any_port=True))
        if self._host_ports:
            self._runtime.notice(
                "Ports of container groups are published under other numbers on this machine (below 1024 without the "
                "right to bind them, or taken on every address): ask url() or address() for the real ones."
            )

    async def start(self, plan: ContainerPlan) -> datetime:
        """Start a container."""
        if self._is_closing:
            raise CannotStart(plan.name, "its container group is being removed.")
        container = self._containers.get(plan.name)
        if container is None:
            container = self._containers[plan.name] = DockerContainer(self._engine, self._plan.id, plan.name)
        return await self._finish(container.start(plan, self._pause, self._volumes))

    async def wait(self, container: str) -> Exit:
        """Wait for the end of a container's process."""
        return await self._container(container).wait()

    async def stop(self, container: str, *, grace: float = 0.0) -> None:
        """End a container's process."""
        if container in self._containers:
            await self._containers[container].stop(grace)

    async def logs(self, container: str, *, tail: int | None = None, timestamps: bool = False) -> bytes:
        """Return what a container wrote; nothing if it never ran."""
        if container not in self._containers:
            return b""
        return await self._containers[container].logs(tail=tail, timestamps=timestamps)

    async def exec(self, container: str, command: Sequence[str], *, rows: int, columns: int) -> Terminal:
        """Run a command inside a container."""
        return await self._container(container).exec(command, rows, columns)

    async def attach(self, container: str) -> Terminal:
        """Follow a container's output."""
        return await self._container(container).attach()

    async def probe(self, container: str, command: Sequence[str], *, seconds: float) -> tuple[int, bytes]:
        """Run a probe's command inside a container."""
        return await self._container(container).probe(command, seconds)

    async def close(self) -> None:
        """Remove the containers, then the volumes."""
        await self._closing()

    async def _close(self) -> None:
        self._is_closing = True
        if self._under_way:
            await asyncio.wait(self._under_way)
        removing = (*(container.remove() for container in self._containers.values()), self._remove_pause())
        for outcome in await asyncio.gather(*removing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        for name in self._volumes.values():
            if name not in self._runtime.shares:
                await self._engine.call(self._client.remove_volume, name, force=True)
        self._address.release()
        self._runtime.forget(self)

    async def _finish(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Await *work*, which goes on when the caller is cancelled: an engine's call is not undone by that."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    def _container(self, name: str) -> DockerContainer:
        if name not in self._containers:
            raise NotRunning(name)
        return self._containers[name]

    async def _make_volume(self, volume: VolumePlan) -> None:
        share = volumes.share_key(volume)
        if share is not None:
            self._volumes[volume.name] = await self._runtime.share(share)
            return
        made = await self._engine.call(self._client.create_volume, labels=self._engine.labels(self._plan.id))
        self._volumes[volume.name] = str(made["Name"])

    async def _start_pause(self, *, any_port: bool) -> None:
        await self._remove_pause()
        bindings: dict[int | str, Any] = {
            f"{port}/{kind.lower()}": (self.address, None if any_port else port) for port, kind in self._plan.ports
        }
        host = self._client.create_host_config(
            port_bindings=bindings,
            binds=[f"{name}:{pause.VOLUMES}/{name}:rw" for name in set(self._volumes.values())],
            log_config=LogConfig(type="none"),
        )
        made = await self._engine.call(
            self._client.create_container,
            await self._engine.pause_image(),
            ports=[(port, kind.lower()) for port, kind in self._plan.ports],
            host_config=host,
            labels=self._engine.labels(self._plan.id),
        )
        self._pause = str(made["Id"])
        for volume in self._plan.volumes:
            if volume.files or volume.kind == "gitRepo":
                await self._fill(volume)
        await self._engine.call(self._client.start, self._pause)
        if any_port and bindings:
            state = await self._engine.call(self._client.inspect_container, self._pause)
            for name, published in state["NetworkSettings"]["Ports"].items():
                self._host_ports[int(name.partition("/")[0])] = int(published[0]["HostPort"])

    async def _fill(self, volume: VolumePlan) -> None:
        folder = folders.make()
        try:
            await volumes.fill(volume, folder)
            content = await asyncio.to_thread(_archive, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        place = f"{pause.VOLUMES}/{self._volumes[volume.name]}"
        await self._engine.call(self._client.put_archive, self._pause, place, content)

    async def _remove_pause(self) -> None:
        """Remove the pause container, and whatever else bears this group's labels."""
        wanted = labels(self._engine.id, self._plan.id)
        found = await self._engine.call(self._client.containers, all=True, filters=wanted) if self._pause else []
        for container in found:
            if container["Labels"] == self._engine.labels(self._plan.id):
                try:
                    await self._engine.call(self._client.remove_container, container["Id"], force=True, v=True)
                except NotFound:
                    continue
        self._pause = ""


def _archive(folder: Path) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for entry in sorted(folder.iterdir()):
            tar.add(entry, entry.name, filter=_root_owned)
    return target.getvalue()


def _root_owned(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry

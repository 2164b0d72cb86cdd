"""One container of the Docker runtime."""

from __future__ import annotations

import asyncio
import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from docker.types import LogConfig
from requests.exceptions import RequestException

from .base import CannotStart, Exit, InaccessibleImage, NotRunning
from .docker_engine import APIError, ImageNotFound, NotFound
from .docker_http import hijack, request
from .docker_streams import Command, CommandTerminal, OutputTerminal, frames, newest
from .logs import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .base import ContainerPlan
    from .docker_engine import Engine

_BYTES_PER_GB: Final = 10**9
_NANO: Final = 10**9
_LEAST_MEMORY: Final = 6 * 1024 * 1024  # bytes; engines refuse less
_TIMED_OUT: Final = 124
_NOT_RUNNING: Final = {404, 409}
_NOT_EXECUTABLE: Final = 127
_LOST: Final = {"removing", "dead"}
# Of what is wrapped line by line, some 80 bytes each, that is at least `LIMIT` of lines as long as usual.
_KEPT: Final = {"max-size": "8m", "max-file": "2"}


class DockerContainer:
    """A container in the network of its group's pause container."""

    def __init__(self, engine: Engine, group: str, name: str) -> None:
        self.name = name
        self._engine = engine
        self._client = engine.client
        self._group = group
        self._id: str | None = None
        self._plan: ContainerPlan | None = None
        self._run: asyncio.Future[Exit] | None = None
        self._inspecting: asyncio.Task[None] | None = None

    async def start(self, plan: ContainerPlan, pause: str, volumes: Mapping[str, str]) -> datetime:
        """Start *plan* in the network of *pause*; *volumes* are the engine's names of the group's volumes.

        The same plan again starts the same container, which keeps its earlier output; another one replaces it, and
        one that somebody has removed is made anew.

        Raises:
            CannotStart: Its command can not be executed.
            InaccessibleImage: The engine does not have its image (any more).
        """
        if self._id is None or plan != self._plan or await self._is_lost():
            await self.remove()
            self._id = await self._create(plan, pause, volumes)
            self._plan = plan
            self._engine.watch(self._id, self._ended)
        self._run = asyncio.get_running_loop().create_future()
        try:
            await self._engine.call(self._client.start, self._id)
        except APIError as reason:
            self._run = None
            raise CannotStart(self.name, _in_short(reason.explanation or str(reason))) from None
        state = await self._engine.call(self._client.inspect_container, self._id)
        return datetime.fromisoformat(state["State"]["StartedAt"])

    async def wait(self) -> Exit:
        """Wait until the current process has ended."""
        if self._run is None:
            raise NotRunning(self.name)
        return await asyncio.shield(self._run)

    async def stop(self, grace: float) -> None:
        """End the process, if there is one."""
        if self._run is None or self._run.done():
            return
        try:
            if grace > 0:
                await self._engine.call(self._client.stop, self._id, timeout=math.ceil(grace))
            else:
                await self._engine.call(self._client.kill, self._id)
        except APIError as refused:
            if refused.status_code not in _NOT_RUNNING:
                raise
            # It ended meanwhile, or was removed behind our back: then nobody will tell.
            self._ended()
        await self.wait()

    async def logs(self, *, tail: int | None, timestamps: bool) -> bytes:
        """Return the newest output of all runs, as much as the process runtime keeps."""
        if self._id is None:
            return b""
        wanted = "all" if tail is None else tail
        path = f"/containers/{self._id}/logs?stdout=1&stderr=1&timestamps={int(timestamps)}&tail={wanted}"
        # Not by docker-py, which takes each line for itself from the connection and keeps all of them.
        reader, writer = await request(self._engine.url, "GET", path)
        try:
            return await newest(frames(reader), LIMIT)
        finally:
            writer.close()

    async def exec(self, command: Sequence[str], rows: int, columns: int) -> CommandTerminal:
        """Run a command beside the process, on a terminal of the given size."""
        return CommandTerminal(await self._beside(command, (rows, columns)))

    async def attach(self) -> OutputTerminal:
        """Follow the output from now on; at its end at once if nothing runs (the engine would wait for a next run)."""
        if self._run is None or self._run.done():
            nothing = asyncio.StreamReader()
            nothing.feed_eof()
            return OutputTerminal(nothing)
        path = f"/containers/{self._id}/attach?stream=1&stdout=1&stderr=1"
        return OutputTerminal(*await hijack(self._engine.url, path))

    async def probe(self, command: Sequence[str], seconds: float) -> tuple[int, bytes]:
        """Run a command beside the process; its exit code and output."""
        try:
            running = await self._beside(command, None)
        except CannotStart as reason:
            return _NOT_EXECUTABLE, reason.reason.encode()
        output = bytearray()
        try:
            async with asyncio.timeout(seconds):
                async for data in frames(running.reader):
                    output += data
        except TimeoutError:
            await running.kill()
            return _TIMED_OUT, bytes(output)
        running.writer.close()
        code = await running.exit_code()
        if code in {126, _NOT_EXECUTABLE} and b"OCI runtime exec failed" in output:
            return _NOT_EXECUTABLE, _in_short(output.decode(errors="replace")).encode()
        return code, bytes(output)

    async def remove(self) -> None:
        """Remove the container, running or not."""
        if self._id is None:
            return
        try:
            await self._engine.call(self._client.remove_container, self._id, force=True, v=True)
        except APIError as refused:
            if refused.status_code not in _NOT_RUNNING:  # somebody else removes it, or has
                raise
        finally:
            self._ended()
        if self._inspecting is not None:
            await self._inspecting
        self._engine.unwatch(self._id)
        self._id = None

    async def _create(self, plan: ContainerPlan, pause: str, volumes: Mapping[str, str]) -> str:
        binds = [f"{volumes[mount.volume]}:{mount.path}:{'ro' if mount.read_only else 'rw'}" for mount in plan.mounts]
        memory = max(_LEAST_MEMORY, math.ceil(plan.memory_gb * _BYTES_PER_GB))
        host = self._client.create_host_config(
            network_mode=f"container:{pause}",
            binds=binds,
            nano_cpus=int(min(plan.cpu, self._engine.cpus) * _NANO),
            mem_limit=memory,
            memswap_limit=memory,
            log_config=LogConfig(type="json-file", config=_KEPT),
        )
        try:
            made = await self._engine.call(
                self._client.create_container,
                plan.image,
                entrypoint=list(plan.command) if plan.command else None,
                environment=dict(plan.env),
                host_config=host,
                labels=self._engine.labels(self._group, plan.name),
            )
        except ImageNotFound as reason:
            raise InaccessibleImage(plan.image, reason.explanation or str(reason)) from None
        except APIError as reason:
            raise CannotStart(plan.name, _in_short(reason.explanation or str(reason))) from None
        return str(made["Id"])

    async def _is_lost(self) -> bool:
        """Whether somebody else has removed the container, or is about to."""
        try:
            inspected = await self._engine.call(self._client.inspect_container, self._id)
        except NotFound:
            return True
        return inspected["State"]["Status"] in _LOST

    async def _beside(self, command: Sequence[str], terminal: tuple[int, int] | None) -> Command:
        if self._id is None or self._run is None or self._run.done():
            raise NotRunning(self.name)
        try:
            return await Command.start(self._engine, self._id, command, terminal)
        except OSError as reason:
            raise CannotStart(self.name, _in_short(str(reason))) from None

    def _ended(self) -> None:
        if self._run is not None and not self._run.done() and self._inspecting is None:
            self._inspecting = asyncio.create_task(self._settle(self._run))

    async def _settle(self, run: asyncio.Future[Exit]) -> None:
        """Resolve *run* with how the container ended, from the engine's records."""
        try:
            inspected = await self._engine.call(self._client.inspect_container, self._id)
            state = inspected["State"]
            if state["Running"]:
                return
            started, finished = (datetime.fromisoformat(state[name]) for name in ("StartedAt", "FinishedAt"))
            # Of a very short run the engine may note the end before the beginning.
            ended = Exit(
                int(state["ExitCode"]), started, max(started, finished), str(inspected["Id"]), bool(state["OOMKilled"])
            )
        except (APIError, RequestException):  # it was removed while it ran: by us, or by hand
            now = datetime.now().astimezone()
            ended = Exit(137, now, now, self._id or "")
        finally:
            self._inspecting = None
        if not run.done():
            run.set_result(ended)


def _in_short(words: str) -> str:
    """Return what an engine's chain of causes ends in: `exec: "nope": executable file not found in $PATH`."""
    found = re.search(r"exec: .*?(?=: unknown|$)", words)
    return (found[0] if found else words).strip()

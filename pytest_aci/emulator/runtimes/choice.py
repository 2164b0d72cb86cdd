"""Choosing a runtime: by name, or for each group by what this machine can do."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from typing import TYPE_CHECKING, Final, Literal, get_args

from . import catalogue
from .base import InaccessibleImage, RuntimeUnavailable
from .process import ProcessRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .base import Credential, GroupPlan, Runtime, Sandbox
    from .docker import DockerRuntime
    from .keeper import Isolation

RuntimeName = Literal["auto", "process", "docker"]

_LOG: Final = logging.getLogger(__name__)
_ANSWER_SECONDS: Final = 5.0
_STAND_IN_SECONDS: Final = 10.0
"""How long a registry may take to deliver an image for which there is a stand-in."""
_REMEMBER_SECONDS: Final = 60.0


def build(
    name: RuntimeName = "auto",
    *,
    allow_host_commands: bool = False,
    isolation: Isolation | None = None,
    pull_seconds: float = 120.0,
) -> Runtime:
    """Return the runtime called *name*; the options are those of the runtimes, each for the one that knows it.

    Raises:
        ValueError: There is none of that name.
        RuntimeUnavailable: It can not work on this machine, or what it needs is not installed.
    """
    if name not in get_args(RuntimeName):
        raise ValueError(f"There is no runtime {name!r}; there are {', '.join(get_args(RuntimeName))}.")
    if name == "process":
        return ProcessRuntime(allow_host_commands=allow_host_commands, isolation=isolation)
    docker = functools.partial(_docker, pull_seconds)
    if name == "docker":
        return docker()
    return AutoRuntime(ProcessRuntime(allow_host_commands=allow_host_commands, isolation=isolation), docker)


def _docker(pull_seconds: float) -> DockerRuntime:
    try:
        # Only here, because docker-py is an optional dependency and its import takes longer than a container's start.
        from .docker import DockerRuntime  # noqa: PLC0415 # see above
    except ImportError as missing:
        reason = f"{missing.name} is not installed; install pytest-aci[emulator]."
        raise RuntimeUnavailable("docker", reason) from None
    return DockerRuntime(pull_seconds=pull_seconds)


class AutoRuntime:
    """Docker for the groups whose images an engine has or gets in time; stand-ins as processes for the others.

    *docker* makes the Docker runtime, or raises RuntimeUnavailable. What was worse than hoped for is a sentence in
    `notices`.
    """

    name: Final = "auto"

    def __init__(self, process: ProcessRuntime, docker: Callable[[], DockerRuntime]) -> None:
        self._process = process
        self._make_docker = docker
        self._docker: DockerRuntime | None = None
        self._without = ""
        self._own_notices: list[str] = []
        self._answered: asyncio.Task[DockerRuntime | None] | None = None
        self._refused: dict[tuple[str, tuple[Credential, ...]], tuple[float, InaccessibleImage]] = {}

    @property
    def notices(self) -> list[str]:
        """Sentences that the user should read."""
        others = self._docker.notices if self._docker is not None else []
        return [*self._own_notices, *self._process.notices, *others]

    async def pull(self, image: str, credentials: Sequence[Credential]) -> str:
        """Make an image available to either runtime; its digest reference.

        Raises:
            InaccessibleImage: No way to it was found; the reason tells both.
        """
        docker = await self._engine()
        if docker is None:
            return await self._pull_stand_in(image, self._without)
        try:
            return await self._pull_into(docker, image, credentials)
        except InaccessibleImage as refused:
            return await self._pull_stand_in(image, refused.reason)

    async def open(self, plan: GroupPlan) -> Sandbox:
        """Make a group's place in Docker if all of its images are to be had there, else among the processes.

        Raises:
            InaccessibleImage: Neither can run the whole group.
        """
        docker = await self._engine()
        why = self._without
        if docker is not None:
            try:
                for image in plan.images:
                    await self._pull_into(docker, image, plan.credentials)
                return await docker.open(plan)
            except InaccessibleImage as refused:
                why = refused.reason
        for image in plan.images:
            await self._pull_stand_in(image, why)
        if not self._own_notices:
            sentence = f"Container groups of sample images run as stand-in processes, not in Docker: {why}"
            self._own_notices.append(sentence)
            _LOG.warning("%s", sentence)
        return await self._process.open(plan)

    async def reconcile(self, known: Sequence[str]) -> list[str]:
        """Remove what earlier emulators left behind, of both kinds."""
        docker = await self._engine()
        removed = await docker.reconcile(known) if docker is not None else []
        return removed + await self._process.reconcile(known)

    async def close(self) -> None:
        """Remove everything, of both kinds."""
        await self._process.close()
        if self._docker is not None:
            await self._docker.close()

    async def _engine(self) -> DockerRuntime | None:
        """Return the Docker runtime if an engine answers, which is asked once."""
        if self._answered is None:
            self._answered = asyncio.create_task(self._ask_engine())
        return await asyncio.shield(self._answered)

    async def _ask_engine(self) -> DockerRuntime | None:
        try:
            self._docker = await asyncio.to_thread(self._make_docker)
            await asyncio.wait_for(self._docker.engine(), _ANSWER_SECONDS)
        except RuntimeUnavailable as reason:
            self._without = reason.reason
        except TimeoutError:
            self._without = f"the Docker engine did not answer within {_ANSWER_SECONDS:g} seconds."
        else:
            return self._docker
        return None

    async def _pull_into(self, docker: DockerRuntime, image: str, credentials: Sequence[Credential]) -> str:
        """Pull, but remember a refusal for a while: a group asks several times, and a registry may take its time."""
        found = await docker.present(image)
        if found is not None:
            return found
        key = (image, tuple(credentials))
        when, refusal = self._refused.get(key, (0.0, None))
        if refusal is not None and time.monotonic() - when < _REMEMBER_SECONDS:
            raise refusal
        seconds = _STAND_IN_SECONDS if catalogue.repository(image) in catalogue.STAND_INS else None
        try:
            return await docker.pull(image, credentials, seconds=seconds)
        except InaccessibleImage as refused:
            self._refused[key] = (time.monotonic(), refused)
            raise

    async def _pull_stand_in(self, image: str, why: str) -> str:
        try:
            return await self._process.pull(image, ())
        except InaccessibleImage as refused:
            raise InaccessibleImage(image, f"{why} And {refused.reason}") from None

"""The Docker runtime: containers as containers of an engine on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from . import docker_pull
from .base import RuntimeUnavailable
from .closing import close_all
from .docker_engine import EMULATOR, GROUP, OWNER, APIError, Engine, labels
from .docker_sandbox import DockerSandbox
from .owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from .base import Credential, GroupPlan, Sandbox

_LOG: Final = logging.getLogger(__name__)
# An owner on another system (before a reboot, or in another container that shares the engine) can not be asked. What
# it made is taken for abandoned if nothing of it runs, and it is older than any emulator lives without a group.
_ABANDONED_SECONDS: Final = 24 * 3600.0


class DockerRuntime:
    """Runs every image that the engine has or can pull, within *pull_seconds* each.

    It connects at the first use. What is worse than hoped for is a sentence in `notices`, and logged once.
    """

    name: Final = "docker"

    def __init__(self, *, pull_seconds: float = 120.0) -> None:
        self.notices: list[str] = []
        self.shares: set[str] = set()
        self._pull_seconds = pull_seconds
        self._sandboxes: set[DockerSandbox] = set()
        self._connecting: asyncio.Task[Engine] | None = None

    async def engine(self) -> Engine:
        """Return the engine.

        Raises:
            RuntimeUnavailable: None answers.
        """
        if self._connecting is None:
            self._connecting = asyncio.create_task(Engine.connect())
        connecting = self._connecting
        try:
            return await asyncio.shield(connecting)
        except RuntimeUnavailable:
            if self._connecting is connecting:
                self._connecting = None  # it may have been started when it is asked for the next time
            raise

    async def pull(self, image: str, credentials: Sequence[Credential], *, seconds: float | None = None) -> str:
        """Make an image available: as it is if the engine has it, else from its registry within *seconds*.

        Raises:
            InaccessibleImage: The engine has no such image and does not get it.
        """
        found = await self.present(image)
        if found is not None:
            return found
        limit = self._pull_seconds if seconds is None else seconds
        return await docker_pull.pull(await self.engine(), image, credentials, limit)

    async def present(self, image: str) -> str | None:
        """Return the digest reference of an image that the engine has already; None if it has not."""
        return await docker_pull.digest(await self.engine(), image)

    async def open(self, plan: GroupPlan) -> Sandbox:
        """Make a group's network, address and volumes."""
        sandbox = DockerSandbox(plan, await self.engine(), self)
        self._sandboxes.add(sandbox)
        try:
            await sandbox.prepare()
        except BaseException:
            await sandbox.close()
            raise
        return sandbox

    async def reconcile(self, known: Sequence[str]) -> list[str]:
        """Remove containers and volumes whose emulator is no more."""
        engine = await self.engine()
        containers = await engine.call(engine.client.containers, all=True, filters=labels())
        busy = {each["Labels"][EMULATOR] for each in containers if each["State"] == "running"}
        removed = await asyncio.gather(
            *(
                _removed(
                    engine,
                    f"container {each['Id'][:12]}",
                    engine.client.remove_container,
                    each["Id"],
                    v=True,
                    force=True,
                )
                for each in containers
                if each["Labels"][GROUP] not in known and _is_abandoned(each["Labels"], each["Created"], busy)
            )
        )
        volumes = (await engine.call(engine.client.volumes, filters=labels()))["Volumes"] or []
        # Never those in use, which belong to containers that were spared.
        removed += await asyncio.gather(
            *(
                _removed(engine, f"volume {each['Name'][:12]}", engine.client.remove_volume, each["Name"])
                for each in volumes
                if each["Labels"][GROUP] not in known
                and _is_abandoned(each["Labels"], datetime.fromisoformat(each["CreatedAt"]).timestamp(), busy)
            )
        )
        return [words for words in removed if words]

    async def close(self) -> None:
        """Remove all groups and shares."""
        await close_all(list(self._sandboxes))
        if self._connecting is None:
            return
        connecting, self._connecting = self._connecting, None
        with contextlib.suppress(Exception):
            engine = await connecting
            for name in self.shares:
                with contextlib.suppress(APIError):
                    await engine.call(engine.client.remove_volume, name, force=True)
            await engine.close()

    async def share(self, key: str) -> str:
        """Return the volume of an Azure file share, which all groups of this runtime see."""
        engine = await self.engine()
        name = f"pytest-aci-{engine.id}-{key.encode().hex()}"
        await engine.call(engine.client.create_volume, name, labels=engine.labels(""))
        self.shares.add(name)
        return name

    def forget(self, sandbox: DockerSandbox) -> None:
        """Take note that a group is gone."""
        self._sandboxes.discard(sandbox)

    def notice(self, sentence: str) -> None:
        """Say something that the user should know, once."""
        if sentence not in self.notices:
            self.notices.append(sentence)
            _LOG.warning("%s", sentence)


async def _removed(engine: Engine, words: str, remove: Callable[..., Any], name: str, **options: bool) -> str:
    """Remove a container or volume; *words*, or nothing if somebody else did or still needs it."""
    try:
        await engine.call(remove, name, **options)
    except APIError:
        return ""
    return words


def _is_abandoned(label: Mapping[str, str], created: float, busy: Collection[str]) -> bool:
    owner = Owner.parse(label[OWNER])
    if owner is None or not owner.is_foreign:
        return owner is None or owner.is_dead
    return label[EMULATOR] not in busy and time.time() - created > _ABANDONED_SECONDS

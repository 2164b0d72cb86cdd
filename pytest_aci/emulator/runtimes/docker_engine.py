"""The connection to a Docker engine: calls in a bounded number of threads, and word of containers that ended."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException

from . import pause
from .base import RuntimeUnavailable
from .docker_http import request
from .owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["APIError", "Engine", "ImageNotFound", "NotFound", "labels"]

OWNER: Final = "pytest-aci.emulator.owner"
EMULATOR: Final = "pytest-aci.emulator.id"
GROUP: Final = "pytest-aci.emulator.group"
CONTAINER: Final = "pytest-aci.emulator.container"
"""The labels on everything that is made here: whose it is, and what of it."""

_THREADS: Final = 24
_CALL_SECONDS: Final = 60
_RECONNECT_SECONDS: Final = 0.2
_DEFAULT: Final = "unix:///var/run/docker.sock"
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class Engine:
    """A Docker engine that answered. Made by `connect`."""

    def __init__(self, client: docker.APIClient, info: dict[str, Any], url: str) -> None:
        self.client = client
        self.url = url
        self.id = secrets.token_hex(4)
        self.cpus = int(info["NCPU"])
        self.architecture = str(info["Architecture"])
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")
        self._ended: dict[str, Callable[[], None]] = {}
        self._pause: asyncio.Task[str] | None = None
        self._listening = asyncio.Event()
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls) -> Engine:
        """Connect to the engine that the environment (DOCKER_HOST) or the system's default names.

        Raises:
            RuntimeUnavailable: None answers, or one that is of no use.
        """
        url = os.environ.get("DOCKER_HOST") or _DEFAULT
        try:
            arguments = kwargs_from_env()
            url = arguments.get("base_url") or url
            _check_local(url)
            # docker-py would leave a socket open where nobody answers.
            _, writer = await request(url, "GET", "/_ping")
            writer.close()
            client = await asyncio.to_thread(
                functools.partial(
                    docker.APIClient, **arguments, version="auto", timeout=_CALL_SECONDS, max_pool_size=_THREADS
                )
            )
            info = await asyncio.to_thread(client.info)
        except (DockerException, RequestException, OSError, ValueError) as reason:
            raise RuntimeUnavailable("docker", f"no Docker engine answers at {url} ({reason}).") from None
        if not pause.supports(str(info["Architecture"])):
            client.close()
            raise RuntimeUnavailable("docker", f"the engine's architecture {info['Architecture']} is not supported.")
        engine = cls(client, info, url)
        await engine._listening.wait()
        return engine

    async def call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a method of `client` without blocking the loop. What is under way is not undone by a cancellation."""
        return await self._loop.run_in_executor(self._pool, functools.partial(method, *arguments, **options))

    def labels(self, group: str, container: str = "") -> dict[str, str]:
        """Return the labels for something of *group*."""
        return {OWNER: str(Owner.this_process()), EMULATOR: self.id, GROUP: group, CONTAINER: container}

    def watch(self, container: str, ended: Callable[[], None]) -> None:
        """Have *ended* called, in the loop, each time the container with this id ends."""
        self._ended[container] = ended

    def unwatch(self, container: str) -> None:
        """Call nothing any more."""
        self._ended.pop(container, None)

    async def pause_image(self) -> str:
        """Return the pause image's name; imports it the first time."""
        if self._pause is None:
            self._pause = asyncio.create_task(self._import_pause())
        return await asyncio.shield(self._pause)

    async def close(self) -> None:
        """Close the connection."""
        self._listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listener
        await asyncio.to_thread(self._pool.shutdown)
        self.client.close()

    async def _import_pause(self) -> str:
        name = f"{pause.REPOSITORY}:{self.architecture}"
        try:
            await self.call(self.client.inspect_image, name)
        except ImageNotFound:
            await self.call(
                self.client.import_image_from_data,
                pause.archive(self.architecture),
                repository=pause.REPOSITORY,
                tag=self.architecture,
                changes=[f'ENTRYPOINT ["{pause.PROGRAM}"]'],
            )
        return name

    async def _listen(self) -> None:
        """Hear of containers that ended, for as long as the engine is used."""
        filters = json.dumps({"label": [f"{EMULATOR}={self.id}"], "event": ["die"]})
        since = int(time.time())
        while True:
            try:
                reader, writer = await request(self.url, "GET", f"/events?since={since}&filters={quote(filters)}")
                self._listening.set()
                try:
                    async for line in reader:
                        event = json.loads(line)
                        since = int(event["time"])
                        self._tell(event["Actor"]["ID"])
                finally:
                    writer.close()
            except (OSError, ValueError, KeyError):
                pass  # the engine is restarted, or says what nobody understands; the rest is told from *since* on
            await asyncio.sleep(_RECONNECT_SECONDS)

    def _tell(self, container: str) -> None:
        if ended := self._ended.get(container):
            ended()


def _check_local(url: str) -> None:
    parts = urlsplit(url.replace("http+unix", "unix"))
    if parts.scheme not in {"unix", "tcp", "http"} or (parts.scheme != "unix" and parts.hostname not in _LOOPBACK):
        raise RuntimeUnavailable(
            "docker", f"the engine at {url} is not on this machine, where its containers' ports are needed."
        )


def labels(emulator: str | None = None, group: str | None = None) -> dict[str, list[str]]:
    """Return a filter for what emulators made; of one emulator, and one of its groups, if given."""
    wanted = [OWNER]
    if emulator is not None:
        wanted.append(f"{EMULATOR}={emulator}")
    if group is not None:
        wanted.append(f"{GROUP}={group}")
    return {"label": wanted}

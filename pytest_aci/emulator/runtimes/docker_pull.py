"""Getting images into an engine, in bounded time and with the group's registry credentials."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from docker.auth import encode_header, get_config_header, resolve_repository_name
from docker.errors import DockerException
from requests.exceptions import RequestException

from .base import InaccessibleImage, RuntimeUnavailable
from .catalogue import repository
from .docker_engine import APIError
from .docker_http import request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .base import Credential
    from .docker_engine import Engine

_REFERENCE: Final = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?/)?[a-z0-9]+(([._-]+|/)[a-z0-9]+)*(:\w[\w.-]{0,127})?(@[a-z0-9.+_-]+:[0-9a-f]{32,})?",
    re.ASCII,
)
"""What an image can be called: registry, path, tag, digest."""
_UNKNOWN: Final = (400, 404)
_HUB: Final = "docker.io"
_HUB_NAMES: Final = {"docker.io", "index.docker.io", "registry-1.docker.io"}


async def digest(engine: Engine, image: str) -> str | None:
    """Return the digest reference of an image that the engine has; None if it has not.

    Raises:
        InaccessibleImage: Nothing can be called that.
        RuntimeUnavailable: The engine does not answer any more.
    """
    if _REFERENCE.fullmatch(image) is None:
        raise InaccessibleImage(image, "it is not the name of an image.")
    try:
        inspected: dict[str, Any] = await engine.call(engine.client.inspect_image, image)
    except (APIError, RequestException) as reason:
        if isinstance(reason, APIError) and reason.status_code in _UNKNOWN:
            return None
        raise RuntimeUnavailable("docker", f"the engine does not answer any more ({reason}).") from None
    for reference in inspected.get("RepoDigests") or ():
        if repository(reference) == repository(image):
            return str(reference)
    return f"{repository(image)}@{inspected['Id']}"  # built here: no registry has given it a digest


async def pull(engine: Engine, image: str, credentials: Sequence[Credential], seconds: float) -> str:
    """Pull an image within *seconds*; its digest reference.

    Raises:
        InaccessibleImage: The engine does not get it, or not in time.
        RuntimeUnavailable: The engine does not answer any more.
    """
    try:
        async with asyncio.timeout(seconds):
            await _pull(engine, image, await _login(engine, image, credentials))
    except TimeoutError:
        raise InaccessibleImage(image, f"it was not pulled within {seconds:g} seconds.") from None
    except (DockerException, OSError, ValueError) as reason:  # the last for a line of progress beyond all measure
        raise InaccessibleImage(image, str(reason)) from None
    found = await digest(engine, image)
    if found is None:
        raise InaccessibleImage(image, "it was pulled, but the engine does not have it.")
    return found


async def _pull(engine: Engine, image: str, login: dict[str, str]) -> None:
    wanted = {"fromImage": image}
    if repository(image) == image:
        wanted["tag"] = "latest"  # without any, all tags are pulled
    reader, writer = await request(engine.url, "POST", f"/images/create?{urlencode(wanted)}", headers=login)
    try:
        async for line in reader:
            progress = json.loads(line)
            if "error" in progress:
                raise OSError(progress["error"])
    finally:
        writer.close()  # which also ends a pull that is under way


async def _login(engine: Engine, image: str, credentials: Sequence[Credential]) -> dict[str, str]:
    """Return the header that opens the image's registry: from the group's credentials, else from Docker's own."""
    registry, _ = resolve_repository_name(repository(image))
    for credential in credentials:
        if _server(credential.server) == registry:
            given = {"username": credential.username, "password": credential.password, "serveraddress": registry}
            return {"X-Registry-Auth": encode_header(given).decode()}
    # Docker's own may ask a helper program.
    header = await asyncio.to_thread(get_config_header, engine.client, registry)
    return {"X-Registry-Auth": header.decode()} if header else {}


def _server(text: str) -> str:
    """Return a registry's bare name, as users write it in many ways."""
    name = text.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return _HUB if name in _HUB_NAMES else name

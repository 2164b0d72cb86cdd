"""Connections to a Docker engine that stream: spoken to directly, in asyncio.

docker-py leaves a hijacked connection half read (what follows the headers may sit in a buffer that it skips), its
streams need a thread each, and neither can be given up cleanly in the middle. It takes a dozen lines of HTTP.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_WORDS_LIMIT: Final = 65536
_ACCEPTED: Final = (b"101", b"200")


async def request(
    engine: str, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Streams:
    """Send a request to the engine at a URL, and return what it answers as a stream.

    Raises:
        OSError: It does not answer, or refuses, in its own words.
    """
    place = urlsplit(engine.replace("http+unix", "unix"))
    if place.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(place.path)
    else:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
    content = json.dumps(body).encode() if body is not None else b""
    fields = {
        "Host": "docker",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **(headers or {}),
    }
    # In HTTP/1.0 there are no chunks to take apart: an answer ends with its connection.
    lines = [f"{method} {path} HTTP/1.0", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    try:
        writer.write("\r\n".join(lines).encode() + content)
        await _expect_acceptance(reader)
    except BaseException:
        writer.close()
        raise
    return reader, writer


async def hijack(engine: str, path: str, body: object = None) -> Streams:
    """POST to *path* and return the connection as a two-way stream of whatever the path is about.

    Raises:
        OSError: The engine refuses, in its own words.
    """
    return await request(engine, "POST", path, body, {"Connection": "Upgrade", "Upgrade": "tcp"})


async def _expect_acceptance(reader: asyncio.StreamReader) -> None:
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        raise ConnectionResetError("the engine closed the connection without an answer") from None
    if answer.split(b" ", 2)[1] not in _ACCEPTED:
        raise OSError(_words(await reader.read(_WORDS_LIMIT)))


def _words(answer: bytes) -> str:
    """Return what an engine says in refusal."""
    try:
        return str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        return answer.decode(errors="replace").strip()

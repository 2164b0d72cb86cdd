"""A way out of a group's network namespace: a small HTTP proxy that the stand-ins use.

A namespace holds nothing but a loopback interface, yet an image that fetches a page must be able to fetch one that a
test serves on this machine. The proxy listens inside and connects from outside.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .relay import carry_both, reset

if TYPE_CHECKING:
    import socket

_HEAD_LIMIT: Final = 65536
_HTTP_PORT: Final = 80


class OutboundProxy:
    """Serves `GET http://host/path` and `CONNECT host:port` on *listener*."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(cls, listener: socket.socket) -> OutboundProxy:
        """Bind *listener* to a free port of its loopback interface and serve on it."""
        listener.bind(("127.0.0.1", 0))
        proxy = cls(listener)
        proxy._server = await asyncio.start_server(proxy._serve, sock=listener, limit=_HEAD_LIMIT)
        return proxy

    @property
    def url(self) -> str:
        """The proxy's URL, as programs inside the namespace see it."""
        return "http://{}:{}".format(*self._listener.getsockname())

    async def close(self) -> None:
        """Serve no more. Safe to call twice."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # a server's callback runs as one
        self._serving.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            host, port, onward = _plan(head)
            far_reader, far_writer = await asyncio.open_connection(host, port)
            if onward is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                far_writer.write(onward)
            await carry_both(reader, writer, far_reader, far_writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as reason:
            body = f"The way out of the container group failed: {reason}\n".encode()
            writer.write(
                b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
            writer.close()
        except asyncio.CancelledError:
            reset(writer)  # not raised again: asyncio's server would log it
        finally:
            self._serving.discard(task)


def _plan(head: bytes) -> tuple[str, int, bytes | None]:
    """Return where to connect and, unless it is a tunnel, what to send there."""
    line, _, rest = head.partition(b"\r\n")
    method, target, version = line.decode("latin-1").split(" ")
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        return host, int(port), None
    url = urlsplit(target)
    if url.scheme != "http" or url.hostname is None:
        raise ValueError(f"{target!r} is not an http URL")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    fields = [field for field in rest.split(b"\r\n") if field and not _is_about_connection(field)]
    lines = [f"{method} {path} {version}".encode("latin-1"), *fields, b"Connection: close", b"", b""]
    return url.hostname, url.port or _HTTP_PORT, b"\r\n".join(lines)


def _is_about_connection(field: bytes) -> bool:
    return field.lower().startswith((b"connection:", b"proxy-"))

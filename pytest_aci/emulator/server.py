"""One emulator on two loopback ports, http and https, from its first socket to its last container."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from .application import TRANSPORT, Application
from .certificates import Certificates
from .environment import auth_file
from .proxy import Proxy
from .runtimes import folders

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import TracebackType

    from .cloud import Cloud

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 2


class JoiningTransport:
    """A transport that sends what is written in one turn of the event loop at once.

    uvicorn writes an answer's head and its body apart, and every write is a system call that wakes the client up.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send *data* soon, in order."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """Send what was written, then close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.write(b"".join(written))


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol, which does not wait forever for the rest of a request's headers.

    It also leaves the transport in the scope, so that a fault rule can cut the connection.
    """

    header_seconds = 10.0

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        inner: Callable[..., Awaitable[None]] = self.app
        self._patience: asyncio.TimerHandle | None = None

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope[TRANSPORT] = self.transport
            await inner(scope, receive, send)

        self.app = with_transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn itself does
        """Begin to wait for a request."""
        super().connection_made(JoiningTransport(transport, self.loop))  # type: ignore[arg-type] # looks like one
        self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        """Stop waiting once a request's headers are complete."""
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation hides that there is none at first
        if cycle is not None and not cycle.response_complete:
            self._stop_waiting()
        else:
            self._wait_for_headers()

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio keeps the connection open for a true value
        """Let a client that has closed its half still have its answer, which TLS can not do."""
        cycle: RequestResponseCycle | None = self.cycle  # see above
        waits = cycle is not None and not cycle.response_complete and not cycle.more_body and self.scheme == "http"
        if cycle is not None and waits:
            cycle.keep_alive = False
        return waits

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Leave the connection to the web socket."""
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def _wait_for_headers(self) -> None:
        """Begin to wait; bytes that trickle in do not begin it anew."""
        if self._patience is None and not self.transport.is_closing():
            self._patience = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class QuietServer(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever started it, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.has_started.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


class Server:
    """Serves a cloud inside `async with`; leaving it ends every container.

    Attributes:
        url: The http address.
        https_url: The https address.
        ca_bundle: A file with the authorities that a client of the https address must trust.
        auth_file: A service principal's auth file that points here.
        proxy: The CONNECT proxy of the transparent mode.
    """

    def __init__(self, cloud: Cloud, *, port: int = 0, https_port: int = 0) -> None:
        self._cloud = cloud
        self._ports = (port, https_port)
        self._listeners: list[socket.socket] = []
        self._servers: list[QuietServer] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.url = self.https_url = ""
        self.ca_bundle = Path()
        self.auth_file = Path()
        self.proxy: Proxy | None = None
        self._folder: Path | None = None
        self._leaving = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def _start(self) -> None:
        # Both sockets first: a port that is taken is found out before anything else exists.
        for port in self._ports:
            self._listeners.append(_listener(port))
        http, https = self._listeners
        self._folder = folders.make()
        certificates = await asyncio.to_thread(Certificates, sorted(self._cloud.configuration.allowed_hosts))
        self.ca_bundle = self._folder / "ca-bundle.pem"
        self.auth_file = self._folder / "auth.json"
        certificates.write_bundle(self.ca_bundle)
        self.url = f"http://{LOOPBACK}:{http.getsockname()[1]}"
        self.https_url = self._cloud.https_url = f"https://localhost:{https.getsockname()[1]}"
        await self._cloud.open()
        application = Application(self._cloud)
        protocol = type("Protocol", (ImpatientProtocol,), {"header_seconds": self._cloud.configuration.header_seconds})
        for listener, context in ((http, None), (https, certificates.server_context())):
            config = uvicorn.Config(
                application,
                http=protocol,
                ws="websockets-sansio",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
            config.load()
            config.ssl = context
            server = QuietServer(config)
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve(sockets=[listener])))
        await asyncio.gather(*(each.has_started.wait() for each in self._servers))
        if self._cloud.configuration.is_transparent:
            self.proxy = await self._leaving.enter_async_context(Proxy(https.getsockname()[1]))
        self.auth_file.touch(mode=0o600)
        self.auth_file.write_text(auth_file(self.ready_line()), encoding="utf-8")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leaving.aclose()
        for server in self._servers:
            server.should_exit = True
        try:
            await self._cloud.close()
        finally:
            for server in self._servers:
                # A polite end of TLS waits for a client that may never read again.
                for connection in list(server.server_state.connections):
                    connection.transport.abort()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for listener in self._listeners:
                listener.close()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def ready_line(self) -> dict[str, Any]:
        """What a client needs to know, as the ready line on stdout says it."""
        configuration = self._cloud.configuration
        line = {
            "url": self.url,
            "https_url": self.https_url,
            "ca_bundle": str(self.ca_bundle),
            "auth_file": str(self.auth_file),
            "subscription_id": configuration.subscriptions[0],
            "tenant_id": configuration.tenant,
            "pid": os.getpid(),
            "token": self._cloud.token,
        }
        return line | ({"proxy_url": self.proxy.url} if self.proxy is not None else {})


def _listener(port: int) -> socket.socket:
    """A loopback socket; port 0 takes a free one.

    The protocol number matters: asyncio switches Nagle's algorithm off only for sockets that were made with it.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    listener.listen(BACKLOG)
    return listener

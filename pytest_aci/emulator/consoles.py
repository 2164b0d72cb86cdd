"""Exec and attach: sessions that a POST opens, and the web sockets on which they are lived."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect, WebSocketState

from .runtimes.base import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.websockets import WebSocket

    from .host import Host
    from .records import ContainerGroup
    from .runtimes.base import Terminal

logger = logging.getLogger(__name__)

END_OF_PASSWORD = "[[EOM]]"  # noqa: S105 # how every password ends
PUNCTUATION = ">[{!.}]<"
LIFE = 600.0
"""Seconds in which a session can be used, once."""
REMEMBERED = 1000
TEXT_LIMIT = 50
"""Characters of a text message that arrive; the service cuts the rest off."""
POLICY_VIOLATION, INTERNAL_ERROR = 1008, 1011
CLOSE_BYTES = 123
"""As many bytes of a reason fit into the frame that closes a web socket."""
PASSWORD_SECONDS = 10.0
AHEAD = 1024 * 1024
"""Bytes that a client may type ahead of the program; whoever has typed more is not listened to meanwhile."""
PATIENCE = 30.0
"""Seconds after which a program that does not read ends the session of such a client, whose going nobody would hear."""


class UnreadError(Exception):
    """A program leaves unread what is typed; the sentence is the reason with which its session is closed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The program has not read what was typed for {seconds:g} seconds.")


@dataclass(frozen=True, slots=True)
class Console:
    """One session. *command* is `None` for an attach; it is one program's name, never a command line."""

    id: str
    password: str = field(repr=False)
    group: ContainerGroup
    container: str
    command: str | None
    rows: int
    columns: int
    opened: float


class Consoles:
    """The sessions that were opened and not used yet."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Console] = OrderedDict()

    def open(self, group: ContainerGroup, container: str, command: str | None, rows: int, columns: int) -> Console:
        """A new session with a password that ends as Azure's do."""
        password = secrets.token_urlsafe(24) + "".join(secrets.choice(PUNCTUATION) for _ in range(4)) + END_OF_PASSWORD
        console = Console(str(uuid.uuid4()), password, group, container, command, rows, columns, time.monotonic())
        self._waiting[console.id] = console
        while len(self._waiting) > REMEMBERED:
            self._waiting.popitem(last=False)
        return console

    def take(self, session: str) -> Console | None:
        """The session with this id, which can not be taken again; `None` if there is none or it is too old."""
        console = self._waiting.pop(session, None)
        if console is None or time.monotonic() - console.opened > LIFE:
            return None
        return console


class Typed:
    """What a client has typed and the program has not read yet."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._size = 0
        self._room = asyncio.Event()

    async def add(self, data: bytes) -> None:
        """Keep *data*, then wait until there is room for more.

        Raises:
            UnreadError: There is none for so long that the program probably never reads.
        """
        self._pieces.put_nowait(data)
        self._size += len(data)
        if self._size <= AHEAD:
            return
        self._room.clear()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._room.wait()
        except TimeoutError:
            raise UnreadError(PATIENCE) from None

    async def take(self) -> bytes:
        """The next piece, as soon as there is one."""
        data = await self._pieces.get()
        self._size -= len(data)
        if self._size <= AHEAD:
            self._room.set()
        return data


async def serve(socket: WebSocket, console: Console, host: Host) -> None:
    """Live one session: an empty message at once, the password in, then the terminal until either side ends."""
    await socket.accept()
    try:
        await socket.send_bytes(b"")
        try:
            async with asyncio.timeout(PASSWORD_SECONDS):
                given = await _receive(socket)
        except TimeoutError:
            await _close(socket, POLICY_VIOLATION, "The password did not come in time.")
            return
        if not secrets.compare_digest(given, console.password.encode()):
            await socket.close(POLICY_VIOLATION, "The password is wrong.")
            return
        lifecycle = host.find(console.group)
        if lifecycle is None or lifecycle.sandbox is None or console.container not in lifecycle.containers.running:
            await socket.close(INTERNAL_ERROR, f"The container '{console.container}' is not running.")
            return
        if console.command is None:
            terminal = await lifecycle.sandbox.attach(console.container)
        else:
            terminal = await lifecycle.sandbox.exec(
                console.container, [console.command], rows=console.rows, columns=console.columns
            )
        await _bridge(socket, terminal)
    except WebSocketDisconnect:
        pass
    except CannotStart as refused:
        logger.warning("exec in container %s: %s", console.container, refused.reason)
        await _close(socket, INTERNAL_ERROR, refused.reason.encode()[:CLOSE_BYTES].decode(errors="ignore"))
    except Exception:
        logger.exception("The console of container %s broke down", console.container)
        await _close(socket, INTERNAL_ERROR, "The session ended unexpectedly.")


async def _bridge(socket: WebSocket, terminal: Terminal) -> None:
    """Carry bytes both ways until the command ends or the client goes."""
    typed = Typed()

    async def hearing() -> None:
        while True:
            await typed.add(await _receive(socket, cut=True))

    async def typing() -> None:
        while True:
            await terminal.write(await typed.take())

    async def showing() -> None:
        async for output in terminal.output():
            await socket.send_bytes(output)

    # The client is heard apart from the typing, which waits for a program that does not read: it may go meanwhile.
    ways = [asyncio.create_task(each) for each in (hearing(), typing(), showing())]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        outcomes = await asyncio.gather(*ways, return_exceptions=True)
        await terminal.close()
        await _close(socket, *_farewell(outcomes))


def _farewell(outcomes: Iterable[BaseException | None]) -> tuple[int, str]:
    """The code and the reason with which a session is closed; what broke down is logged."""
    farewell = (1000, "")
    for outcome in outcomes:
        if isinstance(outcome, UnreadError):
            farewell = (INTERNAL_ERROR, str(outcome))
        elif isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
            logger.error("A console broke down", exc_info=outcome)
    return farewell


async def _receive(socket: WebSocket, *, cut: bool = False) -> bytes:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1000)
    text = message.get("text")
    if text is not None:
        return str(text[:TEXT_LIMIT] if cut else text).encode()
    return bytes(message.get("bytes") or b"")


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    if socket.application_state is WebSocketState.CONNECTED and socket.client_state is WebSocketState.CONNECTED:
        with contextlib.suppress(RuntimeError, OSError):
            await socket.close(code, reason)

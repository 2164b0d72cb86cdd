"""The wire between the emulator and a warden: length-prefixed marshal, file descriptors beside it.

marshal, because both ends are the same interpreter and the warden must start in a few milliseconds, of which importing
json would cost twelve.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False  # spelled out because importing typing would cost the warden's start several milliseconds
if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class Bind(TypedDict):
        """A directory *source* to be seen at *path* inside a container."""

        source: str
        path: str
        read_only: bool

    class Request(TypedDict):
        """What the emulator asks: *do* is `spawn`, `socket` or `signal`; the other keys belong to one of them."""

        id: int
        do: str
        argv: NotRequired[list[str]]
        env: NotRequired[dict[str, str]]
        folder: NotRequired[str]
        binds: NotRequired[list[Bind]]
        root: NotRequired[str]
        inside: NotRequired[int]
        terminal: NotRequired[tuple[int, int]]
        data_bytes: NotRequired[int]
        datagram: NotRequired[bool]
        pid: NotRequired[int]
        signal: NotRequired[int]

    class Report(TypedDict):
        """What the warden says: an answer (with the request's *id*), or that process *pid* ended with *code*."""

        id: NotRequired[int]
        pid: NotRequired[int]
        code: NotRequired[int]
        error: NotRequired[str]
        descriptors: NotRequired[int]


_PREFIX = 4


def pack(message: Request | Report) -> bytes:
    """Return *message* as bytes for a stream."""
    body = marshal.dumps(dict(message))
    return len(body).to_bytes(_PREFIX, "big") + body


class Unpacker:
    """Turns what a stream delivers back into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Request | Report]:
        """Return the messages that *data* completes."""
        self._buffer += data
        messages: list[Request | Report] = []
        while len(self._buffer) >= _PREFIX:
            end = _PREFIX + int.from_bytes(self._buffer[:_PREFIX], "big")
            if len(self._buffer) < end:
                break
            # The peer is a process that this one started, or that started this one.
            messages.append(marshal.loads(self._buffer[_PREFIX:end]))  # noqa: S302 # see above
            del self._buffer[:end]
        return messages

"""What a container wrote, kept over all of its runs."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LIMIT: Final = 4 * 1024 * 1024
"""Bytes of output that are kept, as in ACI; the oldest lines go first."""
BEHIND: Final = 64
"""Pieces of output that a follower may leave unread."""


@dataclass(slots=True)
class _Line:
    at: datetime
    text: bytearray


class Log:
    """Output as lines, each with the moment at which it began."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._size = 0
        self._lines: deque[_Line] = deque()
        self._open = False
        self._followers: set[asyncio.Queue[bytes | None]] = set()

    def write(self, data: bytes) -> None:
        """Add output, which may end in the middle of a line."""
        now = datetime.now(UTC)
        for piece in _split(data):
            if self._open:
                self._lines[-1].text += piece
            else:
                self._lines.append(_Line(now, bytearray(piece)))
            self._open = not piece.endswith(b"\n")
        self._size += len(data)
        self._trim()
        for follower in list(self._followers):
            if follower.qsize() < BEHIND:
                follower.put_nowait(data)
            else:
                self.unfollow(follower)

    def read(self, *, tail: int | None = None, timestamps: bool = False) -> bytes:
        """Return the last *tail* lines, or all; with *timestamps* each begins with its time as Docker writes it."""
        first = 0 if tail is None else max(0, len(self._lines) - tail)
        lines = list(self._lines)[first:]
        if not timestamps:
            return b"".join(line.text for line in lines)
        return b"".join(f"{line.at:%Y-%m-%dT%H:%M:%S.%f}000Z ".encode() + line.text for line in lines)

    def follow(self) -> asyncio.Queue[bytes | None]:
        """Return a queue that gets what is written from now on; None stands for the end of a run.

        Whoever leaves `BEHIND` pieces in it gets None and nothing more.
        """
        follower: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._followers.add(follower)
        return follower

    def unfollow(self, follower: asyncio.Queue[bytes | None]) -> None:
        """Give a queue from `follow` its None, and nothing more. Safe to call twice."""
        if follower in self._followers:
            self._followers.remove(follower)
            follower.put_nowait(None)

    def _trim(self) -> None:
        while self._size > self._limit and len(self._lines) > 1:
            self._size -= len(self._lines.popleft().text)
        if self._size > self._limit:
            del self._lines[0].text[: self._size - self._limit]
            self._size = self._limit

    def end(self) -> None:
        """Say good-bye to all followers: the container's process has ended."""
        for follower in list(self._followers):
            self.unfollow(follower)


def select(stamped: bytes, *, tail: int | None = None, timestamps: bool = False) -> bytes:
    """Return the last *tail* lines, or all, of what was read with timestamps; without these unless they are wanted."""
    lines = _split(stamped)
    first = 0 if tail is None else max(0, len(lines) - tail)
    return b"".join(line if timestamps else line.partition(b" ")[2] for line in lines[first:])


def newest(stamped: bytes, size: int) -> bytes:
    """Return the last *size* bytes of what was read with timestamps, which count in no line and are kept in each."""
    kept: list[bytes] = []
    for line in reversed(_split(stamped)):
        if size <= 0:
            break
        stamp, blank, text = line.partition(b" ")
        kept.append(stamp + blank + text[-size:])
        size -= len(text)
    return b"".join(reversed(kept))


def _split(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")  # splitlines() would also cut at a carriage return
    return [line + b"\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]

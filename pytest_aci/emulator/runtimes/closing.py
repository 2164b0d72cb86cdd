"""Closing things so that none is left because closing it, or another one, went wrong once."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from .base import Sandbox

_LOG: Final = logging.getLogger(__name__)


class Closing:
    """What closes something: it is done once for all who await it, and again for whoever awaits it after a failure."""

    def __init__(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._close = close
        self._closing: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Close it, also if the caller is cancelled meanwhile."""
        if self._closing is None or (self._closing.done() and self._closing.exception() is not None):
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)


async def close_all(sandboxes: Iterable[Sandbox]) -> None:
    """Close all sandboxes at once; one that can not be closed is logged and keeps no other from it."""
    for outcome in await asyncio.gather(*(each.close() for each in sandboxes), return_exceptions=True):
        if isinstance(outcome, BaseException):
            _LOG.error("A container group could not be removed", exc_info=outcome)

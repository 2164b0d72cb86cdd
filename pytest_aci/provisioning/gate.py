from __future__ import annotations

import time
from contextlib import contextmanager
from threading import BoundedSemaphore, Condition
from typing import TYPE_CHECKING

from pytest_aci.errors import RunEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CREATIONS_IN_FLIGHT = 32
CLOSING_SECONDS = 15.0
SECONDS_BETWEEN_LOOKS = 0.2


class Gate:
    """What every creation passes: a bounded number at once, and none any more once the run is ending.

    Without it, a thread could create a group after everything was deleted.
    """

    def __init__(self, permits: int = CREATIONS_IN_FLIGHT) -> None:
        self._permits = BoundedSemaphore(permits)
        self._changed = Condition()
        self._inside = 0
        self._closed = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Let one request through.

        Raises:
            RunEnded: The gate is closed.
        """
        with self._permits:
            with self._changed:
                if self._closed:
                    raise RunEnded
                self._inside += 1
            try:
                yield
            finally:
                with self._changed:
                    self._inside -= 1
                    self._changed.notify_all()

    def close(self, seconds: float = CLOSING_SECONDS, *, hurried: Callable[[], bool] = lambda: False) -> bool:
        """Let nothing more through, and wait for what is; whether all of it came back within *seconds*.

        Once *hurried* says so, it waits no more.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            self._closed = True
            while self._inside and not hurried() and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(min(left, SECONDS_BETWEEN_LOOKS))
            return not self._inside

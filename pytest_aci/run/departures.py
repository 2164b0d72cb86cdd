from __future__ import annotations

import time
from threading import Lock, Thread
from typing import TYPE_CHECKING

from pytest_aci.cleanup.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

DEPARTING_SECONDS = 60.0
SECONDS_BETWEEN_LOOKS = 0.2


class Departures:
    """Groups that are deleted while the run goes on. Only what is gone counts; the rest is tried again at the end."""

    def __init__(self) -> None:
        self._threads: dict[str, Thread] = {}
        self._unnoticed: list[Thread] = []
        self._lock = Lock()
        self._outcome = Outcome()

    def begin(self, key: str, delete: Callable[[], Outcome]) -> None:
        """Delete in a thread what is known by *key*."""

        def work() -> None:
            gone = delete().gone
            with self._lock:
                self._outcome += Outcome(gone)

        thread = Thread(target=work, name=f"aci-delete-{len(self._threads)}", daemon=True)
        self._threads[key] = thread
        with self._lock:
            self._unnoticed.append(thread)
        thread.start()

    def await_one(self, key: str) -> None:
        """Wait until what is known by *key* has gone, if it is going."""
        thread = self._threads.pop(key, None)
        if thread is not None:
            thread.join()

    def make_room(self) -> bool:
        """Wait a minute at most for each that is going; whether any has gone since this was last asked."""
        with self._lock:
            leaving, self._unnoticed = self._unnoticed, []
        for thread in leaving:
            thread.join(DEPARTING_SECONDS)
        return bool(leaving)

    def await_all(self, hurried: Callable[[], bool] = lambda: False) -> Outcome:
        """Wait a minute at most for all, or until *hurried* says so, and return what is gone."""
        deadline = time.monotonic() + DEPARTING_SECONDS
        for thread in self._threads.values():
            while thread.is_alive() and not hurried() and (left := deadline - time.monotonic()) > 0:
                thread.join(min(left, SECONDS_BETWEEN_LOOKS))
        with self._lock:
            return self._outcome

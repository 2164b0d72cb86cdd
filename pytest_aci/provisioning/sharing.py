from __future__ import annotations

import json
from concurrent.futures import CancelledError, Future
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from filelock import FileLock

from pytest_aci.errors import FailedElsewhere, NoRoom
from pytest_aci.provisioning.sheet import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

T = TypeVar("T")


class Fate(Future[T]):
    """What becomes of a thing that is being made; *trace* is where it failed, for each who is told anew."""

    trace: TracebackType | None = None

    @property
    def is_well(self) -> bool:
        """Whether the thing is there."""
        return self.done() and not self.cancelled() and self.exception() is None


class Shared(Generic[T]):
    """Things of which a run makes one each, whichever thread or process asks first.

    Within a process, later askers wait for the first and get the same object. With a *folder*, the processes of one
    run agree too: what was made is described by a small file under a lock, and the others *attach* to it.
    A failure is told to all, so that nobody tries again what has just failed; *hide* takes secrets out of what is
    written about it.
    """

    def __init__(
        self,
        folder: Path | None,
        describe: Callable[[T], Mapping[str, Any]],
        *,
        hide: Callable[[str], str] = str,
    ) -> None:
        self._folder = folder
        self._describe = describe
        self._hide = hide
        self._lock = Lock()
        self._fates: dict[str, Fate[T]] = {}

    def get(self, key: str, make: Callable[[], T], attach: Callable[[Mapping[str, Any]], T]) -> T:
        """Return the thing of that key, made by *make* if nobody in the run has made it.

        Raises:
            FailedElsewhere: Another process of the run tried and failed.
        """
        with self._lock:
            mine = key not in self._fates
            fate = self._fates.setdefault(key, Fate())
        if mine:
            self._decide(key, fate, lambda: self._get_across_processes(key, make, attach))
        try:
            problem = fate.exception()
        except CancelledError:  # whoever asked was interrupted, which says nothing about the thing
            return self.get(key, make, attach)
        if problem:
            raise problem.with_traceback(fate.trace)
        return fate.result()

    def find(self, key: str) -> T | None:
        """Return the thing of that key if this process holds it already."""
        fate = self._fates.get(key)
        return fate.result() if fate and fate.is_well else None

    def forget(self, key: str) -> None:
        """Let the next one who asks make the thing anew."""
        with self._lock:
            self._fates.pop(key, None)

    def made(self) -> list[T]:
        """Return what this process holds so far, in the order of asking."""
        with self._lock:
            fates = list(self._fates.values())
        return [fate.result() for fate in fates if fate.is_well]

    def _decide(self, key: str, fate: Fate[T], make: Callable[[], T]) -> None:
        try:
            fate.set_result(make())
        except Exception as problem:  # noqa: BLE001 # it is told to all, also to the one who asked
            fate.trace = problem.__traceback__
            fate.set_exception(problem)
        except BaseException:
            self.forget(key)
            fate.cancel()
            raise

    def _get_across_processes(self, key: str, make: Callable[[], T], attach: Callable[[Mapping[str, Any]], T]) -> T:
        if self._folder is None:
            return make()
        for folder in (self._folder.parent, self._folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        slip = self._folder / f"{sha256(key.encode()).hexdigest()[:24]}.json"
        with FileLock(slip.with_suffix(".lock")):
            if slip.exists():
                facts = json.loads(slip.read_text(encoding="utf-8"))
                if "failure" in facts:
                    raise FailedElsewhere(failure=facts["failure"], is_lack_of_room=facts["is_lack_of_room"])
                return attach(facts)
            try:
                made = make()
            except Exception as problem:
                said = self._hide(str(problem))
                write_whole(slip, {"failure": said, "is_lack_of_room": isinstance(problem, NoRoom)})
                raise
            write_whole(slip, self._describe(made))
            return made

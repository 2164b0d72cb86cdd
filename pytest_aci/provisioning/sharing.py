from __future__ import annotations

import json
from concurrent.futures import Future
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from filelock import FileLock

from pytest_aci.errors import FailedElsewhere, NoRoom
from pytest_aci.provisioning.sheet import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")


class Shared(Generic[T]):
    """Things of which a run makes one each, whichever thread or process asks first.

    Within a process, later askers wait for the first and get the same object. With a *folder*, the processes of one
    run agree too: what was made is described by a small file under a lock, and the others *attach* to it.
    A failure is told to all, so that nobody tries again what has just failed.
    """

    def __init__(
        self,
        folder: Path | None,
        describe: Callable[[T], Mapping[str, Any]],
    ) -> None:
        self._folder = folder
        self._describe = describe
        self._lock = Lock()
        self._futures: dict[str, Future[T]] = {}

    def get(self, key: str, make: Callable[[], T], attach: Callable[[Mapping[str, Any]], T]) -> T:
        """Return the thing of that key, made by *make* if nobody in the run has made it.

        Raises:
            FailedElsewhere: Another process of the run tried and failed.
        """
        with self._lock:
            mine = key not in self._futures
            future = self._futures.setdefault(key, Future())
        if mine:
            try:
                future.set_result(self._get_across_processes(key, make, attach))
            except BaseException as problem:
                future.set_exception(problem)
                raise
        return future.result()

    def find(self, key: str) -> T | None:
        """Return the thing of that key if this process holds it already."""
        future = self._futures.get(key)
        return future.result() if future and future.done() and future.exception() is None else None

    def forget(self, key: str) -> None:
        """Let the next one who asks make the thing anew."""
        with self._lock:
            self._futures.pop(key, None)

    def made(self) -> list[T]:
        """Return what this process holds so far, in the order of asking."""
        return [one.result() for one in self._futures.values() if one.done() and one.exception() is None]

    def _get_across_processes(self, key: str, make: Callable[[], T], attach: Callable[[Mapping[str, Any]], T]) -> T:
        if self._folder is None:
            return make()
        self._folder.mkdir(parents=True, exist_ok=True)
        slip = self._folder / f"{sha256(key.encode()).hexdigest()[:24]}.json"
        with FileLock(slip.with_suffix(".lock")):
            if slip.exists():
                facts = json.loads(slip.read_text(encoding="utf-8"))
                if "failure" in facts:
                    raise FailedElsewhere(
                        what=facts["key"], failure=facts["failure"], is_lack_of_room=facts["is_lack_of_room"]
                    )
                return attach(facts)
            try:
                made = make()
            except Exception as problem:
                write_whole(slip, {"key": key, "failure": str(problem), "is_lack_of_room": isinstance(problem, NoRoom)})
                raise
            write_whole(slip, {"key": key, **self._describe(made)})
            return made

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T = TypeVar("T")


class Sheet(Generic[T]):
    """A value of JSON that the threads and processes of a run change in turn.

    Without a *file*, only this process knows it. *blank* is what it is at first.
    """

    def __init__(self, file: Path | None, blank: T) -> None:
        self._file = file
        self._value = blank
        self._lock = Lock()

    @contextmanager
    def changing(self) -> Iterator[T]:
        """The value, to be changed in place. Others wait until the block ends; if it raises, nothing is written."""
        with self._lock, self._locked():
            if self._file and self._file.exists():
                self._value = json.loads(self._file.read_text(encoding="utf-8"))
            yield self._value
            if self._file:
                write_whole(self._file, self._value)

    def _locked(self) -> FileLock | nullcontext[None]:
        if self._file is None:
            return nullcontext()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self._file.with_suffix(".lock"))


def write_whole(file: Path, value: Any) -> None:
    """Write a value as JSON whole or not at all: whoever writes may be killed."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(file)

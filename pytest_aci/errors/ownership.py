from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.errors.base import AciError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Unowned(AciError):
    """A promise to delete could not be written down, so nothing was created."""

    def __init__(self, *, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"Nothing was created: ownership can not be recorded in {path}: {reason}. "
            "Free space there, or set XDG_STATE_HOME to a folder that can be written."
        )


class Unguarded(AciError):
    """The watchdog does not watch, so nothing was created."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"Nothing was created: no watchdog would delete it if this run is killed: {reason}. "
            "Run again, or set --aci-watchdog=off to trust the expiry tag and `pytest-aci sweep` alone."
        )


class MayNotDelete(AciError):
    """The credential may create and not delete, so nothing was created. *missing* are the actions that it lacks."""

    def __init__(self, *, missing: Sequence[str], borrowed: str | None = None) -> None:
        self.missing = tuple(missing)
        self.borrowed = borrowed
        place = f"resource group {borrowed!r}" if borrowed else "the subscription"
        super().__init__(
            f"Nothing was created: the credential can create but not delete in {place}; it lacks "
            f"{' and '.join(missing)}. Give it a role with these actions: Contributor, or the one that "
            "`pytest-aci permissions` prints."
        )


class DeafWarning(UserWarning):
    """pytest runs in a thread, where Python sets no handlers for signals."""

    def __init__(self) -> None:
        super().__init__(
            "pytest-aci can not act on SIGTERM and SIGHUP outside of the main thread: after one of them, "
            "the watchdog deletes what this run has created."
        )

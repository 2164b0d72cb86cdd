from __future__ import annotations

from pytest_aci.errors import DeafWarning, Unguarded, Unowned


def test_unowned() -> None:
    """A ledger that can not be written says where, why, and that nothing was created."""
    assert str(Unowned(path="/state/1.jsonl", reason="No space left on device")) == (
        "Nothing was created: ownership can not be recorded in /state/1.jsonl: No space left on device. "
        "Free space there, or set XDG_STATE_HOME to a folder that can be written."
    )


def test_unguarded() -> None:
    """A watchdog that does not watch says why, and how to do without."""
    assert str(Unguarded(reason="it has died")) == (
        "Nothing was created: no watchdog would delete it if this run is killed: it has died. "
        "Run again, or set --aci-watchdog=off to trust the expiry tag and `pytest-aci sweep` alone."
    )


def test_deaf() -> None:
    """Outside of the main thread, the warning says which layer is missing and which takes its place."""
    assert str(DeafWarning()) == (
        "pytest-aci can not act on SIGTERM and SIGHUP outside of the main thread: after one of them, "
        "the watchdog deletes what this run has created."
    )

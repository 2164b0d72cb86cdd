from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.errors import FailedElsewhere, NoRoom
from pytest_aci.provisioning.sharing import Shared

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def shared(folder: Path | None) -> Shared[Any]:
    """What one process of a run shares with the others."""
    return Shared(folder, describe=lambda made: {"name": made})


def never() -> str:
    """Make what was made already."""
    raise AssertionError("made twice")


def never_attach(_: object) -> dict[str, str]:
    """Attach to what nobody else has made."""
    raise AssertionError("made elsewhere")


def attach(facts: Mapping[str, Any]) -> str:
    """Attach to what another process has made."""
    return f"attached {facts['name']}"


def test_one_is_made_for_many_threads() -> None:
    """However many threads ask at once, one thing is made, and all get the same object."""
    things, barrier, made = shared(None), Barrier(8), []

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask(_: int) -> object:
        barrier.wait()
        return things.get("web", make, attach)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert all(one is made[0] for one in found)


def test_other_processes_attach(tmp_path: Path) -> None:
    """What one process has made, the others attach to by its description."""
    assert shared(tmp_path).get("web", lambda: "web", attach) == "web"
    assert shared(tmp_path).get("web", never, attach) == "attached web"


def test_a_failure_is_told_to_all(tmp_path: Path) -> None:
    """What one process could not make, no other tries again; it gets the words of the first."""

    def fail() -> str:
        raise NoRoom(group="web", tried={"westeurope": refusal(doing="create", code="Full", message="no room")})

    with pytest.raises(NoRoom):
        shared(tmp_path).get("web", fail, attach)
    with pytest.raises(FailedElsewhere, match=r"(?s)No region has room.*Told by the xdist worker") as raised:
        shared(tmp_path).get("web", never, attach)
    assert raised.value.is_lack_of_room


def test_nothing_on_disk_is_secret_or_for_others(tmp_path: Path) -> None:
    """What is written says neither what was asked for nor a secret, and nobody else can read it."""
    things: Shared[dict[str, str]] = Shared(
        tmp_path / "run" / "shared", describe=dict, hide=lambda text: text.replace("hunter2", "…")
    )

    def fail() -> dict[str, str]:
        message = "the log says hunter2"
        raise ValueError(message)

    things.get("web hunter2", lambda: {"name": "web"}, never_attach)
    with pytest.raises(ValueError, match="hunter2"):
        things.get("job hunter2", fail, never_attach)
    written = [path.read_text("utf-8") for path in (tmp_path / "run" / "shared").glob("*.json")]
    assert len(written) == 2
    assert "hunter2" not in "".join(written)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "run", tmp_path / "run" / "shared")} == {0o700}


def test_a_crash_leaves_no_slip(tmp_path: Path) -> None:
    """A maker that dies leaves neither a slip nor a lock, so that the next one makes it."""

    def die() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared(tmp_path).get("web", die, attach)
    assert shared(tmp_path).get("web", lambda: "web", attach) == "web"


def test_an_interrupt_is_nobody_elses_fate() -> None:
    """Who waits for a maker that is interrupted makes the thing itself."""
    things, begun, waiting = shared(None), Event(), Event()

    def hang() -> str:
        begun.set()
        waiting.wait(60)
        raise KeyboardInterrupt

    def ask() -> str:
        begun.wait(60)
        return str(things.get("web", lambda: "web", attach))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(things.get, "web", hang, attach)
        second = pool.submit(ask)
        begun.wait(60)
        waiting.set()
        assert isinstance(first.exception(), KeyboardInterrupt)
        assert second.result() == "web"
    assert things.made() == ["web"]


def test_each_who_is_told_of_a_failure_gets_its_own_trace() -> None:
    """The trace leads to where it failed, and does not show the lines of those who were told before."""
    things = shared(None)

    def fail() -> str:
        raise ValueError

    def told() -> list[str]:
        with pytest.raises(ValueError) as raised:  # noqa: PT011 # it is the one above
            things.get("web", fail, attach)
        return [entry.name for entry in raised.traceback]

    assert told()[-1] == "fail"
    assert told() == told()

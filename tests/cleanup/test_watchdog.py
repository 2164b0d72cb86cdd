from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.cleanup import sentinel
from pytest_aci.cleanup import watchdog as module
from pytest_aci.cleanup.ledger import Claim, Ledger
from pytest_aci.cleanup.process import Process
from pytest_aci.cleanup.watchdog import Estate, Watchdog
from pytest_aci.errors import Unguarded

if TYPE_CHECKING:
    from collections.abc import Iterator

NONCE = "0123456789abcdef"
WEB = Claim("container_group", f"web-{NONCE}", f"pytest-aci-{NONCE}", "x")
JOB = Claim("container_group", f"job-{NONCE}", f"pytest-aci-{NONCE}", "x")
DEAD = Process(2**22 + 1, "1")


def estate(folder: Path, **facts: Any) -> Estate:
    """What an heir would need to know."""
    return Estate(str(folder), "run", "http://127.0.0.1:9", "", facts, None)


@pytest.fixture
def watchdog(tmp_path: Path) -> Iterator[Watchdog]:
    """A watchdog over this process."""
    watchdog = Watchdog(Process.current(), lambda: estate(tmp_path), lifetime=60)
    yield watchdog
    watchdog.dismiss()


def test_it_starts_at_the_first_claim(watchdog: Watchdog) -> None:
    """Nothing is started before there is something to watch over, and then only once."""
    assert watchdog.pid is None
    watchdog.witness(WEB)
    pid = watchdog.pid
    watchdog.witness(WEB)
    assert pid is not None
    assert watchdog.pid == pid


def test_it_goes_when_it_is_dismissed(watchdog: Watchdog) -> None:
    """When everything is deleted, it ends by itself; dismissing it twice does no harm."""
    watchdog.witness(WEB)
    assert watchdog.pid
    process = Process(watchdog.pid)
    watchdog.dismiss()
    watchdog.dismiss()
    assert not process.is_alive


def test_a_dead_one_is_noticed(watchdog: Watchdog) -> None:
    """A claim that nobody witnesses is refused, with the way out."""
    watchdog.witness(WEB)
    assert watchdog.pid
    os.kill(watchdog.pid, signal.SIGKILL)
    with pytest.raises(Unguarded, match=r"Nothing was created: .* it has died: .* --aci-watchdog=off"):
        watchdog.witness(WEB)


def test_one_that_does_not_answer_is_noticed(watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watchdog that is there and says nothing does not count as one."""
    monkeypatch.setattr(module, "ACKNOWLEDGEMENT_SECONDS", 0.0)
    with pytest.raises(Unguarded, match="it does not answer"):
        watchdog.witness(WEB)
    monkeypatch.undo()


def test_one_that_can_not_start_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a watchdog nothing may be created."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(Unguarded, match="it could not be started: No such file or directory"):
        Watchdog(Process.current(), lambda: estate(tmp_path), lifetime=60).witness(WEB)


def test_who_outlives_the_owner_may_create_nothing(tmp_path: Path) -> None:
    """A worker whose controller is dead gets no claim witnessed any more."""
    watchdog = Watchdog(DEAD, lambda: estate(tmp_path), lifetime=60)
    with pytest.raises(Unguarded, match="the process which has to delete is dead"):
        watchdog.witness(WEB)
    watchdog.dismiss()


def test_secrets_go_through_the_pipe_only(tmp_path: Path) -> None:
    """Neither arguments nor environment of the watchdog hold what the run's environment holds."""
    watchdog = Watchdog(Process.current(), lambda: estate(tmp_path, AZURE_CLIENT_SECRET="c4nary"), lifetime=60)
    watchdog.witness(WEB)
    seen = "".join(Path(f"/proc/{watchdog.pid}/{name}").read_text() for name in ("cmdline", "environ"))
    assert "sentinel.py" in seen
    assert "c4nary" not in seen
    assert "c4nary" not in repr(estate(tmp_path, AZURE_CLIENT_SECRET="c4nary"))
    watchdog.dismiss()


def test_a_forked_child_lets_go_of_the_pipe(watchdog: Watchdog) -> None:
    """A child that outlives its parent does not keep the watchdog from noticing."""
    watchdog.witness(WEB)
    child = os.fork()
    if child == 0:
        assert watchdog._process
        assert watchdog._process.stdin
        os._exit(0 if watchdog._process.stdin.closed else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    watchdog.witness(WEB)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize(("settled", "owes"), [(False, True), (True, False)])
def test_the_sentinel_reads_ledgers(tmp_path: Path, settled: bool, owes: bool, answered: bool) -> None:
    """The small process finds out by itself whether a run owes something, by the ledger's own rules."""
    ledger = Ledger(tmp_path)
    ledger.claim(WEB)
    if answered:
        ledger.answer(WEB)
    if settled:
        ledger.settle(WEB)
    (tmp_path / "1.jsonl").write_text("garbage\n")
    assert sentinel.owes(tmp_path) is owes


def test_the_sentinel_knows_the_living() -> None:
    """The small process tells living processes from dead and other ones, as `Process` does."""
    assert sentinel.is_alive(Process.current().to_text())
    assert not sentinel.is_alive(DEAD.to_text())
    assert not sentinel.is_alive(f"{os.getpid()}@1")


def test_a_run_without_a_folder_owes_nothing(tmp_path: Path) -> None:
    """When the folder is gone, the run has ended well."""
    assert not sentinel.owes(tmp_path / "gone")


def test_a_late_answer_harms_no_later_claim(watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes after nobody waits for it any more is passed over, and the next claim is witnessed."""
    monkeypatch.setattr(module, "ACKNOWLEDGEMENT_SECONDS", 0.0)
    with pytest.raises(Unguarded, match="it does not answer"):
        watchdog.witness(JOB)
    monkeypatch.undo()
    watchdog.witness(WEB)
    watchdog.witness(JOB)


def test_one_that_does_not_end_in_time_keeps_nobody(watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose watchdog takes long to end does not fail for it."""
    watchdog.witness(WEB)
    process = watchdog._process
    assert process
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(module, "ACKNOWLEDGEMENT_SECONDS", 0.0)
    watchdog.dismiss()
    process.send_signal(signal.SIGCONT)
    assert process.wait(60) == 0


def test_each_claim_prolongs_the_watch() -> None:
    """What is claimed late lives as long as what was claimed early, and is watched over as long."""
    reader, writer = os.pipe()
    watching = sentinel.Sentinel(reader, writer)
    watching._hear({"claim": "web", "will": {"owner": Process.current().to_text(), "seconds": 60.0}})
    first = watching._deadline
    watching._hear({"claim": "job"})
    assert watching._deadline > first
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize(
    ("text", "age", "takes_charge"),
    [
        ("", 0.0, False),  # somebody is just writing it
        ("", 60.0, True),
        ("12", 60.0, True),
        ("x@", 60.0, True),
        ("0@", 60.0, True),
        (f"{DEAD.pid}@", 0.0, True),
        (f"{os.getpid()}@", 60.0, False),
    ],
    ids=["being written", "empty", "cut off", "no number", "zero", "dead", "alive"],
)
def test_a_lock_without_a_living_owner_locks_nobody_out(
    tmp_path: Path, text: str, age: float, takes_charge: bool
) -> None:
    """What a full disk or a kill has left of a lock is taken for one for some seconds at most."""
    lock = tmp_path / sentinel.LOCK
    lock.write_text(text)
    moment = lock.stat().st_mtime - age
    os.utime(lock, (moment, moment))
    assert sentinel.Sentinel(0, 0)._takes_charge(tmp_path) is takes_charge


def test_a_lock_that_can_not_be_written_keeps_nobody_from_deleting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk there is no lock, neither for this sentinel nor for the next one: to delete twice is harmless."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    def begin(path: Path, *_: str, **__: str) -> Full:
        path.touch()
        return Full()

    monkeypatch.setattr(Path, "open", begin)
    assert sentinel.Sentinel(0, 0)._takes_charge(tmp_path)
    assert not (tmp_path / sentinel.LOCK).exists()
    assert sentinel.Sentinel(0, 0)._takes_charge(tmp_path / "never")


def test_one_whose_time_is_over_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that claims nothing for longer than a group may live can create again, under a watchdog of its own."""
    monkeypatch.setattr(module, "MARGIN_SECONDS", -60.0)
    watchdog = Watchdog(Process.current(), lambda: estate(tmp_path), lifetime=60)
    watchdog.witness(WEB)
    first = watchdog._process
    assert first
    assert first.wait(60) == 0
    monkeypatch.undo()
    watchdog.witness(JOB)
    assert watchdog.pid != first.pid
    watchdog.witness(WEB)
    watchdog.dismiss()

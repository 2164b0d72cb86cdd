from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_aci.cleanup.ledger import SECONDS_UNDER_WAY, Account, Claim, Cover, Kind, Ledger, account, read
from pytest_aci.cleanup.process import Process
from pytest_aci.errors import Unguarded, Unowned

if TYPE_CHECKING:
    from pathlib import Path

NONCE = "0123456789abcdef"
PLACE = f"pytest-aci-{NONCE}"
HOME = Claim("resource_group", PLACE, PLACE, "2026-01-02T12:00:00Z")
WEB = Claim("container_group", f"web-{NONCE}", PLACE, "2026-01-02T12:00:00Z")
LENT = Claim("container_group", f"web-{NONCE}", "rg-lent", "2026-01-02T12:00:00Z")
NOW = datetime(2026, 1, 2, 10, tzinfo=UTC)
COVER = Cover(Process(1, "2"), "http://127.0.0.1:1", "00000000-0000-0000-0000-000000000000")


def line(event: str, claim: Claim = WEB, **changed: object) -> str:
    """A line of a ledger."""
    facts = {"kind": claim.kind, "name": claim.name, "resource_group": claim.resource_group, "expires": claim.expires}
    return json.dumps({"event": event, **facts, **changed})


def test_a_claim_is_on_disk_when_it_is_made(tmp_path: Path) -> None:
    """Whoever reads the folder after a claim sees it, with where it stands and who has to delete it."""
    Ledger(tmp_path / "run", cover=lambda: COVER).claim(WEB)
    found = read(tmp_path / "run")
    assert (found.open, found.covers) == ((WEB,), (COVER,))


@pytest.mark.parametrize(
    ("kind", "name"),
    [("container_group", f"{'a' * 47}-{NONCE}"), ("container_group", "web"), ("resource_group", f"my-{NONCE}")],
)
def test_a_claim_that_could_not_be_read_again_is_refused(tmp_path: Path, kind: Kind, name: str) -> None:
    """A promise to delete that no reader takes for one is none, so nothing may be created by it."""
    ledger = Ledger(tmp_path / "run")
    claim = Claim(kind, name, PLACE, WEB.expires)
    with pytest.raises(ValueError, match=f"{claim} can not be claimed: who reads a ledger passes over names that are"):
        ledger.claim(claim)
    assert (read(tmp_path / "run"), ledger.open) == (Account(), ())


def test_what_is_claimed_is_nobody_elses_business(tmp_path: Path) -> None:
    """The folder of a run can be opened by its user only, however lax the umask is."""
    umask = os.umask(0)
    try:
        Ledger(tmp_path / "run").claim(WEB)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_what_is_used_again_is_on_disk(tmp_path: Path) -> None:
    """Whoever reads the folder knows whose things a run uses, also if it has claimed none of its own."""
    Ledger(tmp_path / "run", cover=lambda: COVER).use("earlier")
    assert read(tmp_path / "run") == Account(covers=(COVER,), used=frozenset({"earlier"}))


def test_a_claim_is_forced_to_the_disk_before_it_is_witnessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is: written, fsynced, witnessed; the names of a new file and its folder are on the disk as well."""
    order: list[str] = []

    def fsync(descriptor: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    monkeypatch.setattr(os, "fsync", fsync)
    ledger = Ledger(tmp_path, witness=lambda claim: order.append(claim.name))
    ledger.claim(WEB)
    ledger.claim(HOME)
    assert order == ["folder", "folder", "file", WEB.name, "file", HOME.name]
    assert read(tmp_path).open == (WEB, HOME)


def test_what_is_not_witnessed_is_witnessed_when_it_is_claimed_again(tmp_path: Path) -> None:
    """A claim without a witness is on disk and owed, and no excuse to create something without one."""
    asked: list[Claim] = []

    def witness(claim: Claim) -> None:
        asked.append(claim)
        raise Unguarded(reason="it does not answer")

    ledger = Ledger(tmp_path, witness=witness)
    for _ in range(2):
        with pytest.raises(Unguarded):
            ledger.claim(WEB)
    assert asked == [WEB, WEB]
    assert read(tmp_path).owed == (WEB,)
    assert read(tmp_path).asked == {}, "nothing was sent"


def test_settling_closes_a_claim(tmp_path: Path) -> None:
    """A settled claim is owed no more, in memory and on disk."""
    ledger = Ledger(tmp_path)
    ledger.claim(HOME)
    ledger.claim(WEB)
    ledger.settle(WEB)
    assert ledger.open == (HOME,)
    assert read(tmp_path).open == (HOME,)


def test_what_is_kept_is_open_and_not_owed(tmp_path: Path) -> None:
    """A kept claim outlives the run: it is still open, but nobody has to delete it now."""
    ledger = Ledger(tmp_path)
    ledger.claim(HOME)
    ledger.claim(WEB)
    ledger.keep(WEB)
    assert read(tmp_path).open == (HOME, WEB)
    assert read(tmp_path).owed == (HOME,)


def test_another_process_may_settle(tmp_path: Path) -> None:
    """Settling wins in whichever file it stands: the controller settles what a worker claimed."""
    (tmp_path / "10.jsonl").write_text(line("settle") + "\n")
    (tmp_path / "20.jsonl").write_text(line("claim") + "\n" + line("claim", HOME) + "\n")
    assert read(tmp_path).open == (HOME,)


def test_a_name_can_be_claimed_again(tmp_path: Path) -> None:
    """A test that is run again creates a group of the same name again: the last word counts."""
    ledger = Ledger(tmp_path)
    ledger.claim(WEB)
    ledger.settle(WEB)
    ledger.claim(WEB)
    assert read(tmp_path).open == (WEB,)


def test_claiming_twice_is_claiming_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that is open already is neither forced to the disk nor witnessed again."""
    witnessed: list[Claim] = []
    ledger = Ledger(tmp_path, witness=witnessed.append)
    ledger.claim(WEB)
    monkeypatch.setattr(os, "fsync", _full)
    ledger.claim(WEB)
    assert witnessed == [WEB]
    assert read(tmp_path).open == (WEB,)


def test_an_answer_is_on_disk_too(tmp_path: Path) -> None:
    """Whoever reads the folder sees whether a PUT can take effect yet, also when it is sent again."""
    ledger = Ledger(tmp_path, now=lambda: NOW)
    ledger.claim(WEB)
    assert read(tmp_path).asked == ledger.asked == {WEB: NOW}
    ledger.answer(WEB)
    assert read(tmp_path).open == (WEB,)
    assert read(tmp_path).asked == ledger.asked == {}
    ledger.claim(WEB)
    assert read(tmp_path).asked == ledger.asked == {WEB: NOW}
    ledger.settle(WEB)
    ledger.answer(WEB)
    assert read(tmp_path) == Account()


def test_an_answer_costs_no_turn_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not forced, and what can not be written at all harms nobody: a claim without it is looked at for longer."""
    ledger = Ledger(tmp_path)
    ledger.claim(WEB)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _full)
        ledger.answer(WEB)
    assert read(tmp_path).asked == {}
    ledger.claim(HOME)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write", lambda *_: _full(0))
        ledger.answer(HOME)
    assert list(read(tmp_path).asked) == [HOME]


@pytest.mark.parametrize(
    ("age", "are_under_way"),
    [(0, {HOME, LENT}), (SECONDS_UNDER_WAY - 1, {HOME, LENT}), (SECONDS_UNDER_WAY + 1, set()), (-3600, set())],
)
def test_what_may_appear_yet(age: float, are_under_way: set[Claim]) -> None:
    """A PUT that nobody has heard of for a minute is over; what is in a home that goes, goes with it."""
    asked: dict[Claim, datetime | None] = dict.fromkeys((HOME, WEB, LENT), NOW)
    account = Account(open=(HOME, WEB, LENT), asked=asked)
    assert account.under_way(NOW + timedelta(seconds=age)) == are_under_way


def test_what_is_in_a_home_that_stays_may_appear_yet() -> None:
    """A kept resource group takes nothing along."""
    account = Account(open=(HOME, WEB), kept=frozenset({HOME}), asked={WEB: NOW})
    assert account.under_way(NOW) == {WEB}


def test_what_another_process_hands_over_is_remembered(tmp_path: Path) -> None:
    """It is open until it is settled, and not written: its own process has done that."""
    ledger = Ledger(tmp_path)
    ledger.adopt(WEB)
    assert ledger.open == (WEB,)
    assert ledger.asked == {}
    assert read(tmp_path) == Account()
    ledger.settle(WEB)
    assert not ledger.open


def test_what_two_processes_claimed_stays_open_until_both_settled(tmp_path: Path) -> None:
    """A worker that takes over what a dead one created, and deletes it, does not speak for the dead one."""
    (tmp_path / "10.jsonl").write_text(line("claim") + "\n")
    (tmp_path / "20.jsonl").write_text(line("claim") + "\n" + line("settle") + "\n")
    assert read(tmp_path).open == (WEB,)


def test_nothing_is_written_without_a_folder() -> None:
    """A replayed run owes nothing on disk, and remembers its claims all the same."""
    ledger = Ledger(None)
    ledger.claim(WEB)
    assert ledger.open == (WEB,)
    ledger.settle(WEB)
    assert not ledger.open


def test_a_ledger_that_can_not_be_written_refuses(tmp_path: Path) -> None:
    """Without a record of ownership nothing may be created: the error says where and why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(
        Unowned, match=r"Nothing was created: ownership can not be recorded in .*file/run/\d+\.jsonl: Not"
    ):
        Ledger(tmp_path / "file" / "run").claim(WEB)


def test_a_claim_that_could_not_be_written_is_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused because the disk is full was never promised."""
    ledger = Ledger(tmp_path)
    ledger.claim(HOME)
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(Unowned, match="No space left on device"):
        ledger.claim(WEB)
    assert ledger.open == (HOME,)


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a write that a full disk cut off, the next line begins on a line of its own."""
    ledger = Ledger(tmp_path)
    ledger.claim(HOME)
    (path,) = tmp_path.glob("*.jsonl")

    def write_half(*_: object) -> None:
        with path.open("a") as file:
            file.write('{"event": "cla')
        _full(0)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write", write_half)
        with pytest.raises(Unowned):
            ledger.claim(WEB)
    ledger.claim(WEB)
    found = read(tmp_path)
    assert found.open == (HOME, WEB)
    assert found.unreadable == (f"{path.name}:2",)


@pytest.mark.parametrize(
    "bad",
    [
        "garbage",
        "{}",
        "[1]",
        '"text"',
        "null",
        '{"event": "claim"}',
        line("claim")[:-9],
        line("celebrate"),
        line("claim", kind="subscription"),
        line("claim", name="production"),
        line("claim", name=7),
        line("claim", HOME, name="rg-production"),
        line("claim", name=f"web-{NONCE}\n"),
        '{"event": "opened", "owner": "nobody", "endpoint": "", "subscription": ""}',
    ],
)
def test_a_bad_line_is_named_and_the_good_ones_are_used(bad: str) -> None:
    """A line that is cut off, of another kind, or on a name that we never give is named and claims nothing."""
    found = account([("1.jsonl:1", line("claim", HOME)), ("1.jsonl:2", bad), ("1.jsonl:3", line("claim"))])
    assert found.open == (HOME, WEB)
    assert found.unreadable == ("1.jsonl:2",)


def test_reading_survives_what_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 make a line unreadable, not the ledger."""
    (tmp_path / "1.jsonl").write_bytes(b"\xff\xfe\x00\n" + line("claim").encode() + b"\n\n")
    assert read(tmp_path) == Account(open=(WEB,), unreadable=("1.jsonl:1",), asked={WEB: None})


def test_a_folder_that_is_not_there_owes_nothing(tmp_path: Path) -> None:
    """No folder, no claims."""
    assert read(tmp_path / "never") == Account()


def test_threads_share_a_ledger(tmp_path: Path) -> None:
    """Claims of many threads are all written, each on a whole line."""
    ledger = Ledger(tmp_path)
    claims = [Claim("container_group", f"web-{number}-{NONCE}", PLACE, "x") for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.claim, claims))
    assert set(ledger.open) == set(claims)
    assert set(read(tmp_path).open) == set(claims)


def test_a_forked_child_owes_nothing(tmp_path: Path) -> None:
    """A test that forks does not make its child a debtor: it would delete what its parent uses."""
    ledger = Ledger(tmp_path)
    ledger.claim(WEB)
    child = os.fork()
    if child == 0:
        os._exit(len(ledger.open))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ledger.open == (WEB,)


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_run_that_is_forgotten_meanwhile_owes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another process removes between looking and reading is no error: all of its claims are paid."""
    Ledger(tmp_path).claim(WEB)
    (vanishing,) = tmp_path.glob("*.jsonl")
    monkeypatch.setattr(type(tmp_path), "glob", lambda *_: [vanishing])
    vanishing.unlink()
    assert read(tmp_path) == Account()

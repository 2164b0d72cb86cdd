from __future__ import annotations

import re

import pytest

from pytest_aci.emulator.runtimes.logs import BEHIND, Log, newest, select


def test_lines_in_pieces() -> None:
    """Output that arrives in pieces is the same output; a carriage return ends no line."""
    log = Log()
    for piece in (b"on", b"e\ntw", b"o\r50%\rdone\n", b"", b"three"):
        log.write(piece)
    assert log.read() == b"one\ntwo\r50%\rdone\nthree"
    assert log.read(tail=2) == b"two\r50%\rdone\nthree"
    assert log.read(tail=9) == log.read()
    assert log.read(tail=0) == b""


def test_timestamps_name_each_line_once() -> None:
    """Each line begins with its own time in UTC, with nine digits behind the second."""
    log = Log()
    log.write(b"a\nb")
    log.write(b"c\n")
    stamp = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"
    assert re.fullmatch(stamp + rb" a\n" + stamp + rb" bc\n", log.read(timestamps=True))


@pytest.mark.parametrize("tail", [None, 0, 1, 2, 3, 4, 9])
def test_kept_output_is_read_like_a_log(tail: int | None) -> None:
    """What was read with timestamps gives the same lines as the log itself, with and without their times."""
    log = Log()
    log.write(b"one two\n\n50%\rdone\nlast")
    kept = log.read(timestamps=True)
    for timestamps in (False, True):
        assert select(kept, tail=tail, timestamps=timestamps) == log.read(tail=tail, timestamps=timestamps)


@pytest.mark.parametrize(
    ("size", "text"), [(99, b"one\ntwo\n"), (8, b"one\ntwo\n"), (6, b"e\ntwo\n"), (4, b"two\n"), (0, b"")]
)
def test_newest_output(size: int, text: bytes) -> None:
    """The newest output of a size keeps the times of its lines, and cuts the first line short if it must."""
    log = Log()
    log.write(b"one\ntwo\n")
    kept = newest(log.read(timestamps=True), size)
    assert select(kept) == text
    assert kept.count(b"000Z ") == text.count(b"\n")


def test_oldest_lines_go_first() -> None:
    """Beyond its limit a log loses whole lines, the oldest first, and the beginning of a line that is too long."""
    log = Log(limit=10)
    log.write(b"12345\n67\n")
    log.write(b"89012\n")
    assert log.read() == b"67\n89012\n"
    log.write(b"a line that is longer than the limit\n")
    assert log.read() == b"the limit\n"
    for _ in range(5):
        log.write(b"no end, ")
    assert log.read() == b", no end, "
    log.write(b"\nx\n")
    assert log.read() == b"x\n"


def test_slow_followers_are_let_go() -> None:
    """A follower that leaves too much unread gets what there was, then None, and holds no more."""
    log = Log()
    slow, quick = log.follow(), log.follow()
    for number in range(BEHIND + 5):
        log.write(b"%d\n" % number)
        quick.get_nowait()
    assert slow.qsize() == BEHIND + 1
    assert [slow.get_nowait() for _ in range(slow.qsize())][-2:] == [b"%d\n" % (BEHIND - 1), None]
    log.end()
    assert quick.get_nowait() is None


def test_followers_hear_the_rest() -> None:
    """A follower gets what is written after it came, and None at the end."""
    log = Log()
    log.write(b"before\n")
    follower = log.follow()
    log.write(b"after\n")
    log.end()
    log.end()
    log.write(b"next run\n")
    assert [follower.get_nowait() for _ in range(follower.qsize())] == [b"after\n", None]

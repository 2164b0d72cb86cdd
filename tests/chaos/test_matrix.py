from __future__ import annotations

import re
from pathlib import Path

from pytest_aci import errors
from pytest_aci.arm.known import KNOWN_FAILURES
from tests.arm.known.test_known import MODES

ROOT = Path(__file__).parents[2]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
TESTS = rf"({TEST.pattern.replace('(', '(?:')}(?:, {TEST.pattern.replace('(', '(?:')})*) \|$"
ROW = re.compile(r"^\| ([CPG]\d\d) \| (.+) \| " + TESTS, re.MULTILINE)
MODE = re.compile(r"^\| (\d+) \| .+ \| (.+) \| " + TESTS, re.MULTILINE)
COUNT_OF_MODES = 52


def rows(row: re.Pattern[str]) -> list[tuple[str, str, str]]:
    """The rows of a table in docs/reliability.md: number, what becomes of it, and the tests that prove it."""
    return row.findall((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8"))


def test_every_row_is_there() -> None:
    """The matrix has each of its rows once, in order."""
    wanted = [
        f"{letter}{number:02}" for letter, count in (("C", 40), ("P", 35), ("G", 14)) for number in range(1, count + 1)
    ]
    assert [number for number, *_ in rows(ROW)] == wanted


def test_every_failure_mode_is_there() -> None:
    """Each way in which Azure has been seen to fail is listed once, in order."""
    assert [int(number) for number, *_ in rows(MODE)] == list(range(1, COUNT_OF_MODES + 1))


def test_every_test_exists() -> None:
    """The tests that prove a row are where the table says."""
    missing = [
        f"{file}::{function}"
        for *_, tests in rows(ROW) + rows(MODE)
        for file, function in TEST.findall(tests)
        if f"def {function}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_name_is_known() -> None:
    """What a failure mode becomes is the name of a known failure or of an error, and the one that it really gets."""
    known = {one.name for one in KNOWN_FAILURES} | set(errors.__all__)
    named = {int(number): re.findall(r"`([\w-]+)`", becomes) for number, becomes, *_ in rows(MODE)}
    assert {name for names in named.values() for name in names} - known == set()
    assert [(mode.number, mode.name) for mode in MODES if mode.name not in str(named[mode.number])] == []

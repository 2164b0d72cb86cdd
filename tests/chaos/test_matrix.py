from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([CPG]\d\d) \| (.+) \| `(tests/[\w/]+\.py)::(\w+)` \|$", re.MULTILINE)


def rows() -> list[tuple[str, str, str, str]]:
    """The rows of the matrix in docs/reliability.md: number, fault, file and function."""
    return ROW.findall((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8"))


def test_every_row_is_there() -> None:
    """The matrix has each of its rows once, in order."""
    wanted = [
        f"{letter}{number:02}" for letter, count in (("C", 40), ("P", 35), ("G", 14)) for number in range(1, count + 1)
    ]
    assert [number for number, *_ in rows()] == wanted


def test_every_test_exists() -> None:
    """The test that proves a row is where the matrix says."""
    missing = [
        f"{file}::{function}"
        for _, _, file, function in rows()
        if f"def {function}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []

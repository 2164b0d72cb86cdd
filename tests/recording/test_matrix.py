from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (K\d\d) \| .+ \| `(tests/[\w/]+\.py)::(\w+)` \|$", re.MULTILINE)


def rows() -> list[tuple[str, str, str]]:
    """The rows of docs/cassettes-matrix.md: number, file and function."""
    return ROW.findall((ROOT / "docs" / "cassettes-matrix.md").read_text(encoding="utf-8"))


def test_every_row_is_there() -> None:
    """The matrix has each of its rows once, in order."""
    assert [number for number, *_ in rows()] == [f"K{number:02}" for number in range(1, 22)]


def test_every_test_exists() -> None:
    """The test that proves a row is where the matrix says."""
    missing = [
        f"{file}::{function}"
        for _, file, function in rows()
        if f"def {function}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []

from __future__ import annotations

import re
import unicodedata
from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_aci.recording.owners import LONGEST, owner_of_fixture, owner_of_test, slug

RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}


@pytest.mark.parametrize(
    ("nodeid", "owner"),
    [
        ("tests/test_x.py::test_y", "tests/tests/test_x/test_y"),
        ("test_x.py::test_y", "tests/test_x/test_y"),
        ("test_x.py::TestIt::test_y", "tests/test_x/testit.test_y-"),
        ("test_x.py::test_y[a-b]", "tests/test_x/test_y-a-b-"),
        ("sub\\test_x.py::test_y", "tests/sub/test_x/test_y"),
    ],
)
def test_a_test_owns_a_readable_path(nodeid: str, owner: str) -> None:
    """The path of a cassette says which test it belongs to; a hash follows where the name had to be changed."""
    assert owner_of_test(nodeid).startswith(owner)
    assert len(owner_of_test(nodeid)) - len(owner) in ((8,) if owner.endswith("-") else (0,))


def test_fixtures_have_places_of_their_own() -> None:
    """A fixture's cassette lives under the file that defines it."""
    assert owner_of_fixture("tests/conftest.py", "db") == "fixtures/tests/conftest/db"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "a\0b",
        "a\nb",
        "CON",
        "nul",
        "NUL.txt",
        "com1.x",
        "a:b",
        "a. ",
        ".",
        "..",
        "",
        "x" * 300,
        "🐘",
        "aux.json",
    ],
)
def test_nasty_names_are_safe(name: str) -> None:
    """K11, K12: no name leaves its folder, and every name is a valid one on every system."""
    safe = slug(name)
    assert re.fullmatch(r"[a-z0-9_.-]+", safe)
    assert safe not in (".", "..")
    assert len(safe) <= LONGEST
    assert safe[-1] not in ". "
    assert safe.partition(".")[0].upper() not in RESERVED
    assert PureWindowsPath(safe).name == safe


@given(some.text(max_size=200), some.text(max_size=200))
def test_different_names_have_different_paths(one: str, other: str) -> None:
    """K12: no two names share a path, not even on a file system that ignores case; and a path is its own."""
    assert (slug(one) == slug(other)) == (one == other)
    assert slug(slug(one)) == slug(one) == slug(one).lower()


def test_case_and_unicode_twins_differ() -> None:
    """K12: names that differ in case only, or in how an accent is written, are different owners."""
    names = ["test_a", "test_A", "Test_a", unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")]
    assert len({slug(name) for name in names}) == len(names)

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import CassetteAged, CassetteAgeWarning, CassetteDamaged
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Interaction, Request, Response
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.redact import Redactor
from pytest_aci.recording.shelf import Shelf, age_of, header_of

if TYPE_CHECKING:
    from pathlib import Path

ASKED = Request("GET", "http://h/")


def shelve(path: Path, owner: str, days: int = 0) -> Path:
    """A cassette that was recorded so many days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    on = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
    path.write_text(to_text(Header(owner, {"on": on}), [Interaction(ASKED, Response(200))]))
    return path


def test_only_usable_cassettes_are_on_the_shelf(tmp_path: Path) -> None:
    """Broken and foreign files are passed over; the rest comes in the order of the paths."""
    shelve(tmp_path / "b.json", "b")
    shelve(tmp_path / "a" / "a.json", "a")
    (tmp_path / "c.json").write_text("{")
    assert [header.owner for header in Shelf(tmp_path).headers()] == ["a", "b"]
    assert header_of(tmp_path / "c.json") is None


def test_a_damaged_cassette_is_recorded_again_alone(tmp_path: Path) -> None:
    """The command is that of the test, and not that of the whole suite."""
    shelve(tmp_path / "tests" / "a.json", "tests/a").write_text("{")
    replay = deck(tmp_path, refuse=False)
    replay.command = "pytest --aci-mode=record a.py::b"
    with pytest.raises(CassetteDamaged, match=r"or record it with: pytest --aci-mode=record a\.py::b$"):
        replay.tape("tests/a").play(ASKED, "http")


def test_age_is_counted_in_days() -> None:
    """The day in the header says how old a cassette is; one without a day has no age."""
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    assert age_of(Header("a", {"on": yesterday})) == 1
    assert age_of(Header("a", {"on": "some day"})) is None
    assert age_of(Header("a")) is None


def deck(directory: Path, *, refuse: bool) -> Deck:
    """A deck that allows ten days."""
    return Deck(directory, writing=False, redactor=Redactor(), facts={}, max_age_days=10, refuse_aged=refuse)


def test_an_old_cassette_is_warned_of_once(tmp_path: Path) -> None:
    """A cassette beyond the limit warns when it is opened, and not again; a younger one is silent."""
    path = shelve(tmp_path / "tests" / "old.json", "tests/old", days=11)
    shelve(tmp_path / "tests" / "new.json", "tests/new", days=10)
    replay = deck(tmp_path, refuse=False)
    with pytest.warns(CassetteAgeWarning) as warned:
        replay.tape("tests/old").play(ASKED, "http")
    replay.tape("tests/old").play(ASKED, "http")
    replay.tape("tests/new").play(ASKED, "http")
    (sentence,) = (str(warning.message) for warning in warned)
    assert sentence == (
        f"The cassette {path} was recorded 11 days ago, and 10 are allowed. "
        "Record it again with: pytest --aci-mode=record"
    )


def test_an_old_cassette_may_be_refused(tmp_path: Path) -> None:
    """Where the project says so, a cassette beyond the limit is an error."""
    shelve(tmp_path / "tests" / "old.json", "tests/old", days=400)
    with pytest.raises(CassetteAged, match="was recorded 400 days ago, and 10 are allowed"):
        deck(tmp_path, refuse=True).tape("tests/old").play(ASKED, "http")

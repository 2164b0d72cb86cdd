from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_aci.errors import CassetteDamaged, CassetteUnwritable, NothingRecorded
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.promotion import Promotion, discard, promote, staging_of
from pytest_aci.recording.reading import read
from pytest_aci.recording.redact import Redactor


def aside(directory: Path, staging: Path | None, **bodies: str) -> Deck:
    """A closed deck that recorded one answer for each owner named, and nothing for those whose body is empty."""
    deck = Deck(directory, writing=True, redactor=Redactor(), facts={}, staging=staging, environment={})
    for name, body in bodies.items():
        tape = deck.tape(f"tests/{name}")
        if body:
            tape.write(Request("GET", "http://h/"), Response(200, "", (), body.encode()), "http")
    deck.close()
    return deck


def said(path: Path) -> str:
    """What a cassette answers."""
    return read(path)[1][0].response.body.decode()


def test_new_cassettes_wait_until_they_are_promoted(tmp_path: Path) -> None:
    """Recording leaves the old cassettes whole; promoting replaces what changed, and removes what is not needed."""
    old, staging = tmp_path / "cassettes", staging_of(tmp_path / "cassettes", "run1")
    aside(old, None, same="1", changed="1", gone="1", untouched="1")
    before = {path.name: path.read_bytes() for path in (old / "tests").iterdir()}
    deck = aside(old, staging, same="1", changed="2", gone="", new="3")
    assert {path.name: path.read_bytes() for path in (old / "tests").iterdir()} == before
    done = promote(staging, old, deck.owners)
    assert done == Promotion(
        replaced=(old / "tests" / "changed.json", old / "tests" / "new.json"),
        unchanged=(old / "tests" / "same.json",),
        removed=(old / "tests" / "gone.json",),
    )
    assert {path.stem: said(path) for path in (old / "tests").iterdir()} == {
        "same": "1",
        "changed": "2",
        "untouched": "1",
        "new": "3",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["cassettes"]


def test_what_is_discarded_was_never_there(tmp_path: Path) -> None:
    """K18: a recording that fails half way leaves the old cassettes as they were."""
    old, staging = tmp_path / "cassettes", staging_of(tmp_path / "cassettes", "run1")
    aside(old, None, a="1")
    aside(old, staging, a="2")
    discard(staging)
    assert said(old / "tests" / "a.json") == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["cassettes"]


def test_nothing_recorded_is_an_error(tmp_path: Path) -> None:
    """A recording run that wrote nothing says so, and removes nothing."""
    old, staging = tmp_path / "cassettes", staging_of(tmp_path / "cassettes", "run1")
    aside(old, None, a="1")
    deck = aside(old, staging, a="")
    with pytest.raises(NothingRecorded) as error:
        promote(staging, old, deck.owners)
    assert str(error.value) == (
        f"Nothing was recorded, so the cassettes in {old} are what they were. "
        "Only tests that use a fixture of pytest-aci are recorded: are any of them selected?"
    )
    assert said(old / "tests" / "a.json") == "1"


def test_a_broken_new_cassette_replaces_nothing(tmp_path: Path) -> None:
    """All new cassettes are read before the first old one is touched."""
    old, staging = tmp_path / "cassettes", staging_of(tmp_path / "cassettes", "run1")
    aside(old, None, a="1", b="1")
    deck = aside(old, staging, a="2", b="2")
    (staging / "tests" / "b.json").write_text("{")
    with pytest.raises(CassetteDamaged):
        promote(staging, old, deck.owners)
    assert [said(old / "tests" / name) for name in ("a.json", "b.json")] == ["1", "1"]


def test_what_was_replaced_is_put_back_if_the_next_one_can_not_be(tmp_path: Path) -> None:
    """All new cassettes take their places, or none: also those that were new, and those that went."""
    old, staging = tmp_path / "cassettes", staging_of(tmp_path / "cassettes", "run1")
    aside(old, None, a="1")
    before = (old / "tests" / "a.json").read_bytes()
    deck = aside(old, staging, a="2", b="2", c="2")
    (old / "tests" / "c.json").mkdir()
    with pytest.raises(CassetteUnwritable) as error:
        promote(staging, old, deck.owners)
    assert str(error.value) == f"The cassette {old} can not be written: Is a directory."
    assert (old / "tests" / "a.json").read_bytes() == before
    assert sorted(path.name for path in (old / "tests").iterdir()) == ["a.json", "c.json"]


def test_what_can_not_be_put_back_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a disk fails altogether, the error names what is no more what it was."""
    old, staging = tmp_path / "cassettes", staging_of(tmp_path / "cassettes", "run1")
    aside(old, None, a="1")
    deck = aside(old, staging, a="2", b="2")
    replace, calls = Path.replace, iter(range(9))

    def once(path: Path, target: Path) -> Path:
        if next(calls):
            raise OSError(errno.EIO, "Input/output error")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", once)
    with pytest.raises(CassetteUnwritable) as error:
        promote(staging, old, deck.owners)
    assert error.value.reason == (
        f"Input/output error, and what was recorded could not be taken out of {old / 'tests' / 'a.json'} again"
    )


def test_what_a_killed_run_wrote_aside_goes_with_the_next_one(tmp_path: Path) -> None:
    """Folders of runs of which no process is left are thrown away; that of a run which goes on, and others, stay."""
    old = tmp_path / "cassettes"
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    for name, pid in (("killed", int(dead.stdout)), ("alive", os.getpid())):
        staging_of(old, name).mkdir()
        (staging_of(old, name) / f".run.{pid}").touch()
    staging_of(old, "other").mkdir()
    deck = aside(old, staging_of(old, "run1"), a="1")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(".cassettes-alive", ".cassettes-other", ".cassettes-run1", "cassettes")
    ]
    assert (staging_of(old, "run1") / ".gitignore").read_text() == "*\n"
    promote(staging_of(old, "run1"), old, deck.owners)
    assert [path.name for path in old.iterdir()] == ["tests"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """K13: a link among the old cassettes is not written through."""
    old, staging, outside = tmp_path / "cassettes", staging_of(tmp_path / "cassettes", "run1"), tmp_path / "outside"
    deck = aside(old, staging, a="2")
    outside.mkdir()
    (old / "tests").symlink_to(outside)
    with pytest.raises(CassetteUnwritable, match="is a symbolic link"):
        promote(staging, old, deck.owners)
    assert list(outside.iterdir()) == []


def test_a_cassette_may_be_written_again(tmp_path: Path) -> None:
    """What a test's teardown adds after its cassette was written is written as well."""
    deck = Deck(tmp_path / "c", writing=True, redactor=Redactor(), facts={}, staging=tmp_path / "s", environment={})
    tape = deck.tape("tests/a")
    for body in (b"1", b"2"):
        tape.write(Request("GET", "http://h/"), Response(200, "", (), body), "http")
        assert deck.finish(tape) == tmp_path / "s" / "tests" / "a.json"
    assert len(read(tmp_path / "s" / "tests" / "a.json")[1]) == 2


def test_staging_is_beside_the_folder() -> None:
    """The new cassettes are on the same disk, so that they can be moved in at once, and hidden."""
    assert staging_of(Path("/x/cassettes"), "ab12") == Path("/x/.cassettes-ab12")

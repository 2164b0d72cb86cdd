from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pytest_aci.recording.audit import Finding, audit
from pytest_aci.recording.exchange import Interaction, Request, Response
from pytest_aci.recording.format import Header, to_text
from tests.recording.lives import Life

if TYPE_CHECKING:
    from pathlib import Path


def shelve(path: Path, body: bytes = b"", days: int = 0) -> Path:
    """A cassette with one answer, so many days old."""
    path.parent.mkdir(parents=True, exist_ok=True)
    on = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
    talk = [Interaction(Request("GET", "http://h/"), Response(200, "", (), body))]
    path.write_text(to_text(Header("tests/a", {"on": on}), talk))
    return path


def test_our_own_cassettes_are_clean(tmp_path: Path) -> None:
    """Nothing that the recorder writes is reported, whatever happened while it recorded."""
    for seed in range(3):
        Life(seed).record(tmp_path / str(seed), polls=1)
    assert audit(tmp_path) == []


def test_everything_that_is_wrong_is_found(tmp_path: Path) -> None:
    """Secrets, broken, foreign, old, large and unused files are each reported with their path, in order."""
    shelve(tmp_path / "tests" / "a.json")
    jwt = shelve(tmp_path / "tests" / "b.json", b"line\nkey eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl\n")
    (tmp_path / "c.json").write_text("{")
    (tmp_path / "d.json").write_text("interactions:\n- x\n")
    (tmp_path / "e.yaml").write_text("")
    (tmp_path / "f.json").symlink_to(jwt)
    old = shelve(tmp_path / "g.json", days=31)
    large = shelve(tmp_path / "h.json", b"x" * 5000)
    known = shelve(tmp_path / "i.json", b"tok-123-abc")
    found = audit(
        tmp_path,
        secrets={"the token": "tok-123-abc"},
        owners=["tests/a", "tests/b", "c", "d", "f", "g", "h"],
        max_age_days=30,
        largest=4096,
    )
    assert [(finding.path.name, finding.kind) for finding in found] == [
        ("c.json", "broken"),
        ("d.json", "foreign"),
        ("e.yaml", "foreign"),
        ("f.json", "foreign"),
        ("g.json", "old"),
        ("h.json", "large"),
        ("i.json", "secret"),
        ("i.json", "unused"),
        ("b.json", "secret"),
    ]
    assert [str(found[place]) for place in (3, 4, 5, 6, 7, 8)] == [
        f"{tmp_path / 'f.json'}: foreign: it is a symbolic link",
        f"{old}: old: recorded 31 days ago, and 30 are allowed",
        f"{large}: large: 5 KiB, more than 4 KiB",
        f"{known}: secret: interactions[0].response.text: the token (raw)",
        f"{known}: unused: no test, fixture or group of this suite plays it",
        f"{jwt}: secret: line 21 looks like: JSON web token",
    ]


def test_what_is_no_cassette_is_searched_too(tmp_path: Path) -> None:
    """A cassette that was edited by hand, one of vcrpy's and a note may hold secrets like any other file."""
    whole = shelve(tmp_path / "a.json", b"hello").read_text()
    (tmp_path / "a.json").write_text(whole.replace("hello", "tok-123-abc"))
    (tmp_path / "b.yaml").write_text("interactions:\n- Password=hunter2hunter2\n")
    found = audit(tmp_path, secrets={"the token": "tok-123-abc"})
    line = whole[: whole.index("hello")].count("\n") + 1
    assert [(finding.path.name, finding.kind) for finding in found] == [
        ("a.json", "broken"),
        ("a.json", "secret"),
        ("b.yaml", "foreign"),
        ("b.yaml", "secret"),
    ]
    assert (found[1].says, found[3].says) == (f"line {line}: the token", "line 2 looks like: connection string")


def test_a_finding_never_shows_a_secret(tmp_path: Path) -> None:
    """The report can be published: it says where a secret stands, not what it is."""
    shelve(tmp_path / "a.json", b"password=hunter2hunter2 and tok-123-abc")
    report = "\n".join(map(str, audit(tmp_path, secrets={"the token": "tok-123-abc"})))
    assert report.count("secret") == 2
    assert "hunter2" not in report
    assert "tok-123" not in report


def test_an_empty_folder_is_clean(tmp_path: Path) -> None:
    """Where nothing was recorded, nothing is wrong."""
    assert audit(tmp_path / "none") == []
    assert str(Finding(tmp_path, "old", "x")) == f"{tmp_path}: old: x"

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.recording.difference import difference
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.shelf import header_of, headers, similar

if TYPE_CHECKING:
    from pathlib import Path


def shelve(path: Path, owner: str, image: str) -> Path:
    """A cassette of a group with this image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_text(Header(owner, fingerprint={"image": image}), []))
    return path


def test_only_usable_cassettes_are_on_the_shelf(tmp_path: Path) -> None:
    """Broken and foreign files are passed over; the rest comes in the order of the paths."""
    shelve(tmp_path / "b.json", "b", "x")
    shelve(tmp_path / "a" / "a.json", "a", "x")
    (tmp_path / "c.json").write_text("{")
    assert [header.owner for header in headers(tmp_path)] == ["a", "b"]
    assert header_of(tmp_path / "c.json") is None


def test_similar_is_what_shares_the_beginning_of_the_name(tmp_path: Path) -> None:
    """Of the cassettes of the same kind and image, the one with the fewest differences is the nearest."""
    near = shelve(tmp_path / "single-web-1.json", "near", "web:1")
    shelve(tmp_path / "task-web-1.json", "other", "web:2")
    assert similar(tmp_path / "single-web-9.json", {"image": "web:2"}, difference) == (near, ["image: web:1 → web:2"])
    assert similar(tmp_path / "group.json", {"image": "web:2"}, difference) is None

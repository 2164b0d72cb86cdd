from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import CassetteUnwritable
from pytest_aci.recording.files import path_of, prepare, write
from pytest_aci.recording.format import Header, to_text

if TYPE_CHECKING:
    from pathlib import Path


def text(day: str = "2026-01-01", owner: str = "x") -> str:
    """A cassette of that day."""
    return to_text(Header(owner, {"on": day}), [])


@pytest.mark.parametrize("owner", ["../../../etc/passwd", "/etc/passwd", "a/../../b", "tests/..", "a\0b/c", "x" * 999])
def test_no_owner_leaves_the_folder(tmp_path: Path, owner: str) -> None:
    """K11: whatever an owner is called, its cassette is inside the folder."""
    path = path_of(tmp_path / "cassettes", owner)
    assert path.resolve().is_relative_to((tmp_path / "cassettes").resolve())
    assert write(path, text(), root=tmp_path / "cassettes")


def test_a_cassette_is_written_whole_with_usual_rights(tmp_path: Path) -> None:
    """The file has what was given, rights by the umask, and no temporary file stays beside it."""
    path = path_of(tmp_path, "tests/a")
    assert write(path, text(), root=tmp_path)
    assert path.read_text() == text()
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert [child.name for child in path.parent.iterdir()] == ["a.json"]


def test_another_day_changes_nothing(tmp_path: Path) -> None:
    """A file that would differ in its date alone stays as it is, also with the line ends of another system."""
    path = tmp_path / "a.json"
    path.write_bytes(text("2026-01-01").replace("\n", "\r\n").encode())
    before = path.read_bytes()
    assert not write(path, text("2031-01-01"), root=tmp_path)
    assert path.read_bytes() == before
    assert write(path, text("2031-01-01", owner="y"), root=tmp_path)


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    """K13: neither a linked file nor a linked folder is written through."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "a.json").symlink_to(outside / "a.json")
    for path, link in ((root / "folder" / "x.json", root / "folder"), (root / "a.json", root / "a.json")):
        with pytest.raises(CassetteUnwritable) as error:
            write(path, text(), root=root)
        assert str(error.value) == f"The cassette {path} can not be written: {link} is a symbolic link."
    assert list(outside.iterdir()) == []


def test_a_linked_root_is_the_users_own_choice(tmp_path: Path) -> None:
    """The folder of cassettes itself may be a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert write(path_of(tmp_path / "link", "a/b"), text(), root=tmp_path / "link")


def test_a_folder_that_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    """K16: recording into a place that can not be written fails before anything is created."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(CassetteUnwritable) as error:
        prepare(blocked / "cassettes")
    assert str(error.value) == f"The cassette {blocked / 'cassettes'} can not be written: Not a directory."


KILLED = """
import json, os, pathlib, random, signal, sys
from pytest_aci.recording import files

path = pathlib.Path(sys.argv[1])
old, new = json.load(sys.stdin)


def write_until(moment):
    moments = 0

    def trace(frame, event, argument):
        nonlocal moments
        moments += 1
        if moments == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    path.write_text(old)
    sys.settrace(trace)
    files.write(path, new, root=path.parent)
    sys.settrace(None)
    return moments


def killed_at(moment):
    child = os.fork()
    if not child:
        write_until(moment)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    found, left = path.read_text(), len(list(path.parent.iterdir()))
    files.prepare(path.parent)
    cleared = [one.name for one in path.parent.iterdir()]
    return os.waitstatus_to_exitcode(status), {old: "old", new: "new"}.get(found, found), left, cleared


write_until(0)  # the first time, Python does more
total, chance = write_until(0), random.Random(15)
# the file is touched near the end: most of the moments before belong to comparing it with the new text
moments = [*chance.sample(range(1, total - 300), 19), *chance.sample(range(total - 300, total), 80), total + 1]
print(json.dumps([killed_at(moment) for moment in moments]))
"""


def test_a_kill_leaves_old_or_new(tmp_path: Path) -> None:
    """K15: killed at any of a hundred moments, the file is the old one or the new one; the next run clears the rest."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "a.json")],
        input=json.dumps([text("2026-01-01", "old"), text("2026-01-01", "new")]),
        text=True,
        check=True,
        capture_output=True,
    )
    seen = json.loads(done.stdout)
    assert len(seen) == 100
    killed = [outcome for code, *outcome in seen if code == -signal.SIGKILL]
    assert {found for found, _, _ in killed} == {"old", "new"}
    assert {left for _, left, _ in killed} == {1, 2}  # a temporary file was there at times
    assert all(cleared == ["a.json"] for *_, cleared in seen)
    assert seen[-1] == [0, "new", 1, ["a.json"]]


def test_half_written_files_of_living_runs_stay(tmp_path: Path) -> None:
    """Another worker that is just writing is not disturbed."""
    ours = tmp_path / f".a.json.{os.getpid()}.tmp"
    ours.write_text("")
    (tmp_path / ".notes.tmp").write_text("")
    prepare(tmp_path)
    assert sorted(child.name for child in tmp_path.iterdir()) == sorted([ours.name, ".notes.tmp"])


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails, the sentence says why, the old cassette is whole and nothing else is left."""
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CassetteUnwritable, match="can not be written: No space left on device"):
        write(path, text(), root=tmp_path)
    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["a.json"]

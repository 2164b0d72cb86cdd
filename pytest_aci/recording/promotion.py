"""New cassettes are written aside, looked at, and only then take the place of the old ones."""

from __future__ import annotations

import glob
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_aci.errors import CassetteUnwritable, NothingRecorded
from pytest_aci.recording import files
from pytest_aci.recording.reading import read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


_MARK = ".run.{}"
"""The name of the file by which a process says that it writes into a folder: its process id."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What changed in the folder of cassettes, as paths in it."""

    replaced: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    removed: tuple[Path, ...]


def staging_of(directory: Path, run: str) -> Path:
    """Where a run writes its cassettes: beside the folder, so that they can be moved into it at once."""
    return directory.with_name(f".{directory.name}-{run}")


def promote(staging: Path, directory: Path, owners: Collection[str]) -> Promotion:
    """Let the cassettes in `staging` take the place of the old ones, and remove those that their owners need no more.

    `owners` are all owners that were recorded, also those that asked for nothing. Every new cassette is read before
    anything is touched; then each file is replaced at once. A cassette that differs in its date alone stays.

    Raises:
        NothingRecorded: There is nothing to promote.
        CassetteError: A new cassette is not whole, or an old one can not be replaced. What was replaced already is put
            back; the error says if something could not be.
    """
    new = sorted(path for path in staging.rglob(f"*{files.SUFFIX}") if path.is_file())
    if not new:
        raise NothingRecorded(path=directory)
    places = {path: directory / path.relative_to(staging) for path in new}
    for path, place in places.items():
        read(path)
        files.refuse_detours(place, directory)
    same = {path for path, place in places.items() if files.is_same(place, path.read_text("utf-8"))}
    unused = {files.path_of(directory, owner) for owner in owners} - set(places.values())
    removed = sorted(path for path in unused if path.is_file())
    done: dict[Path, Path | None] = {}
    try:
        for path, place in places.items():
            if path not in same:
                place.parent.mkdir(parents=True, exist_ok=True)
                kept = _kept(place, staging / "old" / str(len(done)))
                path.replace(place)
                done[place] = kept
        for path in removed:
            done[path] = _kept(path, staging / "old" / str(len(done)))
            path.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        if changed := _put_back(done):
            reason += f", and what was recorded could not be taken out of {', '.join(map(str, changed))} again"
        raise CassetteUnwritable(path=directory, reason=reason) from error
    discard(staging)
    return Promotion(
        tuple(place for path, place in places.items() if path not in same),
        tuple(places[path] for path in sorted(same)),
        tuple(removed),
    )


def _kept(path: Path, copy: Path) -> Path | None:
    """A copy of a file that is to be changed, if there is one."""
    if not path.is_file():
        return None
    copy.parent.mkdir(exist_ok=True)
    shutil.copy2(path, copy)
    return copy


def _put_back(done: Mapping[Path, Path | None]) -> list[Path]:
    """Undo changes: the old file for each path, or none; the paths of those that can not be undone."""
    stuck = []
    for path, kept in done.items():
        try:
            kept.replace(path) if kept else path.unlink()
        except OSError:
            stuck.append(path)
    return stuck


def claim(directory: Path, staging: Path) -> None:
    """Mark a run's folder with this process, and throw away those of which no process is left: of killed runs.

    Raises:
        OSError: It can not be written.
    """
    (staging / _MARK.format(os.getpid())).touch()
    (staging / ".gitignore").write_text("*\n", "utf-8")
    for folder in directory.parent.glob(f".{glob.escape(directory.name)}-*"):
        marks = [int(pid) for mark in folder.glob(_MARK.format("*")) if (pid := mark.suffix[1:]).isdigit()]
        if marks and not any(map(files.is_alive, marks)):
            discard(folder)


def discard(staging: Path) -> None:
    """Throw away what was recorded; the old cassettes were never touched."""
    shutil.rmtree(staging, ignore_errors=True)

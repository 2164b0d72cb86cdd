"""New cassettes are written aside, looked at, and only then take the place of the old ones."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_aci.errors import CassetteUnwritable, NothingRecorded
from pytest_aci.recording import files
from pytest_aci.recording.reading import read

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


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
        CassetteError: A new cassette is not whole, or an old one can not be replaced. Nothing was changed.
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
    try:
        for path, place in places.items():
            if path not in same:
                place.parent.mkdir(parents=True, exist_ok=True)
                path.replace(place)
        for path in removed:
            path.unlink()
    except OSError as error:
        raise CassetteUnwritable(path=directory, reason=error.strerror or str(error)) from error
    discard(staging)
    return Promotion(
        tuple(place for path, place in places.items() if path not in same),
        tuple(places[path] for path in sorted(same)),
        tuple(removed),
    )


def discard(staging: Path) -> None:
    """Throw away what was recorded; the old cassettes were never touched."""
    shutil.rmtree(staging, ignore_errors=True)

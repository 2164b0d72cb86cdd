from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pytest_aci.errors import CassetteUnwritable
from pytest_aci.recording.format import without_day
from pytest_aci.recording.owners import slug

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX = ".json"

_TEMPORARY = re.compile(r"\..+\.(\d+)\.tmp")


def path_of(directory: Path, owner: str) -> Path:
    """Where the cassette of an owner lives: always inside the directory, whatever the owner is called."""
    parts = [slug(part) for part in owner.split("/")]
    return directory.joinpath(*parts[:-1], parts[-1] + SUFFIX)


def write(path: Path, text: str, *, root: Path) -> bool:
    """Write a cassette whole or not at all; whether the file changed.

    A file that differs in nothing but its date stays as it is.

    Raises:
        CassetteUnwritable: The folder can not be written, or the path leads out of `root`.
    """
    refuse_detours(path, root)
    if is_same(path, text):
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # on the disk, and not only on its way there, before it takes the old one's place
        temporary.replace(path)
    except OSError as error:
        raise CassetteUnwritable(path=path, reason=error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return True


def is_same(path: Path, text: str) -> bool:
    """Whether a file holds this cassette already, whatever its date and its line ends are."""
    try:
        return without_day(path.read_text("utf-8")) == without_day(text)
    except (OSError, UnicodeDecodeError):
        return False


def prepare(directory: Path) -> None:
    """Make sure that cassettes can be written into a directory, and clear away what a killed run left half written.

    Raises:
        CassetteUnwritable: They can not. Better known before anything is created in a cloud.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / f".probe.{os.getpid()}.tmp"
        probe.write_bytes(b"")
        probe.unlink()
        for leftover in _leftovers(directory):
            leftover.unlink(missing_ok=True)
    except OSError as error:
        raise CassetteUnwritable(path=directory, reason=error.strerror or str(error)) from error


def _leftovers(directory: Path) -> Iterator[Path]:
    for path in directory.rglob(".*.tmp"):
        match = _TEMPORARY.fullmatch(path.name)
        if match and not is_alive(int(match[1])):
            yield path


def is_alive(pid: int) -> bool:
    """Whether a process is running, as far as can be seen."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def refuse_detours(path: Path, root: Path) -> None:
    """Refuse to write through a symbolic link: it may lead anywhere."""
    for place in (path, *path.parents):
        if place == root:
            break
        if place.is_symlink():
            raise CassetteUnwritable(path=path, reason=f"{place} is a symbolic link")
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise CassetteUnwritable(path=path, reason=f"it is not inside {root}")

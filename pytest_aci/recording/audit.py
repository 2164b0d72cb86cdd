from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_aci.errors import CassetteError, CassetteForeign
from pytest_aci.recording import files
from pytest_aci.recording.patterns import found_in
from pytest_aci.recording.placeholders import PLACEHOLDER
from pytest_aci.recording.proof import leaks
from pytest_aci.recording.reading import MAX_BYTES, decode, read_text
from pytest_aci.recording.shelf import age_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

LARGEST: Final = 1024 * 1024
"""Bytes from which on a cassette is reported as large."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one file that somebody should look at. What was found is never shown."""

    path: Path
    kind: str
    """`secret`, `broken`, `foreign`, `old`, `large` or `unused`."""
    says: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}: {self.says}"


def audit(
    directory: Path,
    *,
    secrets: Mapping[str, str] | None = None,
    owners: Collection[str] | None = None,
    max_age_days: int | None = None,
    largest: int = LARGEST,
) -> list[Finding]:
    """Everything that is wrong with the cassettes below a directory, in the order of their paths.

    `secrets` are values that must not be found, by a name that can be shown. `owners` are all that there are: the
    cassette of any other one is unused. Nothing is contacted, executed or changed.
    """
    wanted = None if owners is None else {files.path_of(directory, owner) for owner in owners}
    found: list[Finding] = []
    for path in sorted(path for path in directory.rglob("*") if path.is_file() or path.is_symlink()):
        found += _file(path, secrets or {}, max_age_days, largest)
        if wanted is not None and path.suffix == files.SUFFIX and path not in wanted:
            found.append(Finding(path, "unused", "no test, fixture or group of this suite plays it"))
    return found


def _file(path: Path, secrets: Mapping[str, str], max_age_days: int | None, largest: int) -> Iterator[Finding]:
    if path.is_symlink():
        yield Finding(path, "foreign", "it is a symbolic link")
        return
    if path.suffix != files.SUFFIX:
        yield Finding(path, "foreign", "it is not a cassette")
        yield from _patterns(path, _beginning(path), secrets)
        return
    size = path.stat().st_size
    if size > largest:
        yield Finding(path, "large", f"{size // 1024} KiB, more than {largest // 1024} KiB")
    try:
        text = read_text(path)
        header, _ = decode(text, path)
    except CassetteError as error:
        yield Finding(path, "foreign" if isinstance(error, CassetteForeign) else "broken", str(error))
        yield from _patterns(path, _beginning(path), secrets)
        return
    yield from (Finding(path, "secret", str(leak)) for leak in leaks(text, secrets))
    yield from _patterns(path, text)
    days = age_of(header)
    if max_age_days is not None and days is not None and days > max_age_days:
        yield Finding(path, "old", f"recorded {days} days ago, and {max_age_days} are allowed")


def _beginning(path: Path) -> str:
    """What can be read of a file that is no cassette."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _patterns(path: Path, text: str, secrets: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """What looks like a secret, or is one as it stands there, by line: the value stays where it is."""
    for name, value in (secrets or {}).items():
        if value in text:
            yield Finding(path, "secret", f"line {text.count(chr(10), 0, text.index(value)) + 1}: {name}")
    clean = PLACEHOLDER.sub(lambda found: " " * len(found[0]), text)
    for kind, offset in found_in(clean):
        yield Finding(path, "secret", f"line {clean.count(chr(10), 0, offset) + 1} looks like: {kind}")

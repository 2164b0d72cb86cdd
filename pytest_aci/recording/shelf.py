"""What stands in the folder of cassettes already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_aci.errors import CassetteError
from pytest_aci.recording.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pytest_aci.recording.format import Header

    Difference = Callable[[Mapping[str, Any], Mapping[str, Any]], list[str]]


def header_of(path: Path) -> Header | None:
    """What a cassette says about itself, or None if it can not be used."""
    try:
        return read(path)[0]
    except CassetteError:
        return None


def headers(directory: Path) -> Iterator[Header]:
    """The headers of all usable cassettes below a directory, in the order of their paths."""
    for path in sorted(directory.rglob("*.json")):
        header = header_of(path)
        if header is not None:
            yield header


def similar(path: Path, fingerprint: Mapping[str, Any], difference: Difference) -> tuple[Path, list[str]] | None:
    """The cassette beside a missing one whose spec differs least, and how, if one shares the beginning of its name."""
    stem = path.stem.rpartition("-")[0]
    found = [
        (sibling, difference(header.fingerprint, fingerprint))
        for sibling in sorted(path.parent.glob(f"{stem}-*.json"))
        if stem and (header := header_of(sibling)) and header.fingerprint
    ]
    return min(found, key=lambda item: len(item[1]), default=None)

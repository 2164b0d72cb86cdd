"""Reading a cassette that anybody may have touched: limited, checked, and never executed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_aci.errors import CassetteDamaged, CassetteForeign, CassetteMissing
from pytest_aci.recording.format import NAME, VERSION, Header, checksum_holds, from_document

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aci.recording.exchange import Interaction

MAX_BYTES = 32 * 1024 * 1024
MAX_CONTAINERS = 1_000_000
"""Objects and arrays in one file. They are counted before anything is parsed, so that a bomb costs nothing."""

_CONFLICT = re.compile(r"^<<<<<<< ", re.MULTILINE)
_FOREIGN_YAML = re.compile(r"^(?:interactions:|version: ?\d|---|%YAML|!!)", re.MULTILINE)
_LONE_SURROGATE = re.compile(r"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def read(path: Path) -> tuple[Header, list[Interaction]]:
    """What the cassette at `path` holds.

    Raises:
        CassetteMissing: There is no such file.
        CassetteForeign: It was not written by this plugin, or by a later release of it.
        CassetteDamaged: It is not whole: the reason, and the place where there is one.
    """
    return decode(read_text(path), path)


def decode(text: str, path: Path) -> tuple[Header, list[Interaction]]:
    """What the text of a cassette file says; `path` is for the errors, which are those of `read`."""
    document = parse(text, path)
    try:
        return from_document(document)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        _damaged(path, f"it is not shaped like a cassette ({type(error).__name__}: {error})")


def read_text(path: Path) -> str:
    """The text of a cassette file.

    Raises:
        CassetteMissing, CassetteDamaged: As `read` does.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            _damaged(path, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CassetteMissing(owner=path.stem, path=path) from error
    except OSError as error:
        _damaged(path, f"it can not be read: {error.strerror}")
    return text_of(raw, path)


def text_of(raw: bytes, path: Path) -> str:
    """The text of a file's bytes, without the byte order mark and the carriage returns of other systems."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _damaged(path, "it is not UTF-8", offset=error.start)
    return text.replace("\r\n", "\n")


def parse(text: str, path: Path) -> dict[str, Any]:
    """The checked JSON document of a cassette.

    Raises:
        CassetteForeign, CassetteDamaged: As `read` does.
    """
    if not text.strip():
        _damaged(path, "it is empty")
    conflict = "<<<<<<< " in text and _CONFLICT.search(text)
    if conflict:
        _damaged(path, "merge conflict in cassette", offset=conflict.start(), text=text)
    if not text.lstrip().startswith("{"):
        if _FOREIGN_YAML.search(text[:4096]):
            raise CassetteForeign(path=path, looks_like="YAML of vcrpy")
        _damaged(path, "it does not begin as a JSON object", offset=0, text=text)
    if text.count("{") + text.count("[") > MAX_CONTAINERS:
        _damaged(path, f"it holds more than {MAX_CONTAINERS} objects and arrays")
    surrogate = ("\\ud" in text or "\\uD" in text) and _LONE_SURROGATE.search(text)
    if surrogate:
        _damaged(path, "it holds an escaped surrogate", offset=surrogate.start(), text=text)
    whole = checksum_holds(text)
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        _damaged(path, f"it is not whole JSON: {error.msg}", offset=error.pos, text=text)
    except (ValueError, RecursionError) as error:
        _damaged(path, f"it is not acceptable JSON: {str(error) or 'nested too deep'}")
    _check_header(document, path)
    if not whole:
        _damaged(path, "its content does not match its checksum: it was edited by hand, or damaged")
    return document  # type: ignore[no-any-return] # _check_header found it to be an object


def _check_header(document: Any, path: Path) -> None:
    version = document.get(NAME)
    if version is None:
        raise CassetteForeign(path=path, looks_like="vcrpy's JSON" if "interactions" in document else "other JSON")
    if version != VERSION:
        raise CassetteForeign(path=path, version=version, reads=VERSION)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return made


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _damaged(path: Path, reason: str, *, offset: int | None = None, text: str = "") -> NoReturn:
    line = text.count("\n", 0, offset) + 1 if offset is not None and text else None
    raise CassetteDamaged(path=path, reason=reason, offset=offset, line=line) from None

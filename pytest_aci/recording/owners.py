from __future__ import annotations

import hashlib
import re
from typing import Final

OWNERS_FILE: Final = "PYTEST_ACI_OWNERS_FILE"
"""Where pytest is to write the owners of all cassettes that the collected tests can have; the audit asks."""

LONGEST: Final = 80
"""Characters of one component of a path, hash included: short enough for every file system, four levels deep."""

_UNSAFE = re.compile(r"[^a-z0-9_.-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")


def owner_of_test(nodeid: str) -> str:
    """The owner of what a test does itself: `tests/<module>/<test>`, from pytest's node id."""
    module, _, name = nodeid.partition("::")
    return "/".join(["tests", *_module(module), slug(name.replace("::", "."))])


def owner_of_fixture(place: str, name: str) -> str:
    """The owner of what a fixture does while it is set up or torn down: `fixtures/<place>/<name>`.

    `place` is the file that defines it, relative to the root directory.
    """
    return "/".join(["fixtures", *_module(place), slug(name)])


def slug(name: str) -> str:
    """The name as one component of a path that is valid and unique on every file system.

    Whatever had to be changed for that is made up for by a hash; names that need no change are their own. Names in
    upper case need one, because some file systems do not tell them from those in lower case.
    """
    clean = _UNSAFE.sub("-", name.lower()).strip("-.")
    if name and clean == name and len(name) <= LONGEST and not _RESERVED.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = clean[: LONGEST - 11].rstrip("-.") or "x"
    return f"x-{stem}-{digest}" if _RESERVED.fullmatch(stem) else f"{stem}-{digest}"


def _module(path: str) -> list[str]:
    parts = path.replace("\\", "/").removesuffix(".py").split("/")
    return [slug(part) for part in parts if part not in ("", ".")]

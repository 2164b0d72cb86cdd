"""Temporary folders that name their owner, so that those of a killed emulator can be told and removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from .owner import Owner

_PREFIX: Final = "pytest-aci-emulator-"


def make() -> Path:
    """Make a folder of this process."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{Owner.this_process()}-"))


def remove_orphans() -> list[str]:
    """Remove the folders of this user's emulators that are no more; what was removed."""
    removed = []
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = Owner.parse(folder.name.removeprefix(_PREFIX).rpartition("-")[0])
        if owner is not None and owner.is_dead and _is_ours(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(str(folder))
    return removed


def _is_ours(folder: Path) -> bool:
    try:
        return folder.lstat().st_uid == os.getuid()
    except FileNotFoundError:
        return False  # another emulator was quicker

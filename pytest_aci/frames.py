"""Which line a warning points at."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGE: Final = Path(__file__).parent
"""This package."""

LIBRARIES: Final = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib", "scripts"))
"""Where Python's own modules are, and what was installed."""


def level_outside(folders: Iterable[Path]) -> int:
    """How far up the nearest caller outside of *folders* is, as `warnings.warn` counts it for who asks.

    It is the outermost caller if all are inside.
    """
    prefixes = tuple(f"{folder}{os.sep}" for folder in folders)
    frame, level = sys._getframe(1), 1  # noqa: SLF001 # Python 3.11 has no skip_file_prefixes
    while frame.f_back and frame.f_code.co_filename.startswith((*prefixes, "<frozen ")):
        frame, level = frame.f_back, level + 1
    return level

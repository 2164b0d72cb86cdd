"""Where things are remembered from run to run. Every start of pytest imports this, so it imports almost nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder under which runs keep their ledgers: the user's state directory, by the XDG rules."""
    base = environment.get("XDG_STATE_HOME") or environment.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "state") / "pytest-aci"

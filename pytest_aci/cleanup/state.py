"""Where things are remembered from run to run. Every start of pytest imports this, so it imports almost nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_state_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder under which runs keep their ledgers, by the XDG rules; None for a user without a home.

    It is absolute: a variable that holds a relative path is passed over, as those rules have it.
    """
    bases = [Path(environment.get(name) or "") for name in ("XDG_STATE_HOME", "LOCALAPPDATA")]
    try:
        base = next((one for one in bases if one.is_absolute()), None) or Path.home().absolute() / ".local" / "state"
    except RuntimeError:  # neither HOME nor an entry among the users, as in many a container
        return None
    return base / "pytest-aci"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return the same for those who have to write there.

    Raises:
        Unowned: There is no such folder.
    """
    found = find_state_folder(environment)
    if found is None:
        from pytest_aci.errors import Unowned  # noqa: PLC0415 # loaded for mistakes only

        raise Unowned(path="~/.local/state", reason="this user has no home directory")
    return found

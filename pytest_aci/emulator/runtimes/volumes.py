"""The four kinds of volumes that ACI knows, as directories with content."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

from .base import CannotMount

if TYPE_CHECKING:
    from pathlib import Path

    from .base import VolumePlan

_CLONE_SECONDS: Final = 60.0
_SHARE: Final = re.compile(r"[a-z0-9]{3,24}/[a-z0-9-]{3,63}", re.ASCII)


def share_key(volume: VolumePlan) -> str | None:
    """Return what names an azureFile volume beyond its group, `account/share`; None for the other kinds.

    Raises:
        CannotMount: Azure Storage has no account or no share of such a name.
    """
    if volume.kind != "azureFile":
        return None
    key = f"{volume.settings.get('storageAccountName', '')}/{volume.settings.get('shareName', '')}"
    if not _SHARE.fullmatch(key):
        raise CannotMount(volume.name, f"{key!r} is no storage account and share of Azure's, as these are named")
    return key


async def fill(volume: VolumePlan, folder: Path) -> None:
    """Put into *folder* what a fresh volume holds: a secret's files, a repository's clone, otherwise nothing.

    Raises:
        CannotMount: The repository can not be cloned.
    """
    for name, content in volume.files.items():
        if name in {"", ".", ".."} or "/" in name:
            raise CannotMount(volume.name, f"a secret's file can not be named {name!r}")
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o444)
    if volume.kind == "gitRepo":
        await _clone(volume, folder)


async def _clone(volume: VolumePlan, folder: Path) -> None:
    """Clone as Kubernetes' gitRepo volume does: into a folder named after the repository unless one is given."""
    repository = volume.settings.get("repository", "")
    directory = volume.settings.get("directory") or repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
    target = folder / directory
    if directory.startswith("/") or ".." in directory.split("/"):
        raise CannotMount(volume.name, f"the directory {directory!r} is outside of the volume")
    revision = volume.settings.get("revision", "")
    if revision.startswith("-"):
        raise CannotMount(volume.name, f"the revision {revision!r} would be an option of git")
    await _git(volume.name, "clone", "--quiet", "--", repository, str(target))
    if revision:
        await _git(volume.name, "-C", str(target), "checkout", "--quiet", revision, "--")


async def _git(volume: str, *arguments: str) -> None:
    # In a git hook GIT_DIR and its like name the user's own repository, which git would change instead.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            env=environment | {"GIT_TERMINAL_PROMPT": "0"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except FileNotFoundError:
        raise CannotMount(volume, "git is not installed on this machine") from None
    except (OSError, ValueError) as reason:
        raise CannotMount(volume, f"git can not be asked for that: {reason}") from None
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _CLONE_SECONDS)
    except TimeoutError:
        raise CannotMount(volume, f"git did not finish within {_CLONE_SECONDS:.0f} seconds") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0:
        raise CannotMount(volume, output.decode(errors="replace").strip())

"""The images that need no Docker: small programs of our own in place of the documentation's samples."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .base import InaccessibleImage

_FOLDER: Final = Path(__file__).parent / "standins"
# Without `site` the interpreter starts in half the time, and no package of the emulator's environment is visible.
_PYTHON: Final = (sys.executable, "-E", "-s", "-S")


@dataclass(frozen=True, slots=True)
class Program:
    """What the process runtime runs for an image.

    *command* is the image's own, None if it has none; *files* lie in the folder in which its containers start.
    """

    command: tuple[str, ...] | None = None
    files: tuple[Path, ...] = ()


STAND_INS: Final = {
    "mcr.microsoft.com/azuredocs/aci-helloworld": Program((*_PYTHON, "helloworld.py"), (_FOLDER / "helloworld.py",)),
    "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar": Program((*_PYTHON, "sidecar.py"), (_FOLDER / "sidecar.py",)),
    "mcr.microsoft.com/azuredocs/aci-wordcount": Program((*_PYTHON, "wordcount.py"), (_FOLDER / "wordcount.py",)),
}
"""Repository to program, whatever the tag."""


def repository(image: str) -> str:
    """Return an image's name without tag and digest."""
    name = image.partition("@")[0]
    path, colon, tag = name.rpartition(":")
    return path if colon and "/" not in tag else name


def program(image: str, *, allow_host_commands: bool) -> Program:
    """Return what to run for *image*.

    Raises:
        InaccessibleImage: There is no stand-in, and commands of other images may not run on this machine.
    """
    if found := STAND_INS.get(repository(image)):
        return found
    if allow_host_commands:
        return Program()
    known = ", ".join(sorted(STAND_INS))
    raise InaccessibleImage(
        image,
        f"without Docker, the emulator has stand-ins for {known} only, unless --allow-host-commands is given.",
    )


def digest(image: str) -> str:
    """Return a digest reference for *image*: made up from its name, and therefore always the same."""
    if "@" in image:
        return image
    return f"{repository(image)}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"

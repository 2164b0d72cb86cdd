"""Images for tests, made from what this machine has, as no registry can be asked."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = "pytest-aci-tests/busybox"


def busybox() -> Path | None:
    """Return this machine's busybox, if it is there and needs no libraries."""
    found = shutil.which("busybox")
    if found is None:
        return None
    program = Path(found).resolve()
    described = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return program if "not a dynamic executable" in described.stdout + described.stderr else None


def build_busybox(client: Any, tag: str, *, entrypoint: Sequence[str] = (), command: Sequence[str] = ("sh",)) -> str:
    """Import an image `pytest-aci-tests/busybox:<tag>` that holds busybox alone; its name."""
    program = busybox()
    assert program is not None
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for folder in ("bin", "tmp", "etc", "root", "www"):
            entry = tarfile.TarInfo(folder)
            entry.type = tarfile.DIRTYPE
            entry.mode = 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        tar.add(program, "bin/busybox")
        applets = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
        for applet in applets:
            if applet != "busybox":
                entry = tarfile.TarInfo(f"bin/{applet}")
                entry.type = tarfile.SYMTYPE
                entry.linkname = "busybox"
                tar.addfile(entry)
        page = b"<h1>hello from busybox</h1>\n"
        entry = tarfile.TarInfo("www/index.html")
        entry.size = len(page)
        tar.addfile(entry, io.BytesIO(page))
    client.import_image_from_data(
        target.getvalue(),
        repository=REPOSITORY,
        tag=tag,
        changes=[f"ENTRYPOINT {_json(entrypoint)}", f"CMD {_json(command)}"],
    )
    return f"{REPOSITORY}:{tag}"


def _json(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"

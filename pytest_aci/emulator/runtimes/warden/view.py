"""What a container sees of the file system: the host's, with the group's volumes bound at their paths."""

# ruff: noqa: PTH102, PTH115, PTH118, PTH211 # pathlib would cost the warden's start more than all its other imports

from __future__ import annotations

import os

from .namespaces import MS_BIND, MS_READ_ONLY, MS_RECURSIVE, MS_RELATIME, MS_REMOUNT, mount

TYPE_CHECKING = False  # see messages
if TYPE_CHECKING:
    from .messages import Bind

# statvfs and mount use the same bits for nosuid, nodev, noexec, noatime and nodiratime, but not for relatime. A user
# namespace may not drop any of them in a remount.
_SAME_BITS = 0x2 | 0x4 | 0x8 | 0x400 | 0x800
_ST_RELATIME = 0x1000


def arrange(root: str, binds: list[Bind]) -> None:
    """Make *root*, an empty directory, this process's root: the host's tree with *binds* in it.

    Must run in a mount namespace of its own. Nothing is ever written to the host: where a mount path does not exist,
    its nearest existing parent is covered by a tmpfs that shows the parent's entries again.
    """
    mount("tmpfs", root, "tmpfs")
    _show_entries("/", root)
    ours = {root}
    for bind in sorted(binds, key=lambda bind: bind["path"]):
        target = _place(root, bind["path"], ours)
        mount(bind["source"], target, "", MS_BIND | MS_RECURSIVE)
        ours.add(target)
    for bind in binds:
        if bind["read_only"]:
            _make_read_only(root + os.path.realpath(bind["path"]))
    os.chroot(root)
    os.chdir("/")


def _show_entries(original: str, cover: str) -> None:
    with os.scandir(original) as entries:
        for entry in entries:
            target = os.path.join(cover, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), target)
                continue
            if entry.is_dir():
                os.mkdir(target)
            else:
                os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
            mount(entry.path, target, "", MS_BIND | MS_RECURSIVE)


def _place(root: str, path: str, ours: set[str]) -> str:
    here, original = root, "/"
    for part in os.path.realpath(path).strip("/").split("/"):
        below = os.path.join(here, part)
        if not os.path.lexists(below):
            if here not in ours:
                mount("tmpfs", here, "tmpfs")
                _show_entries(original, here)
                ours.add(here)
            os.mkdir(below)
            ours.add(below)
        here, original = below, os.path.join(original, part)
    return here


def _make_read_only(target: str) -> None:
    now = os.statvfs(target).f_flag
    flags = now & _SAME_BITS | (MS_RELATIME if now & _ST_RELATIME else 0)
    mount("", target, "", MS_BIND | MS_REMOUNT | MS_READ_ONLY | flags)

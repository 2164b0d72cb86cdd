from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.runtimes.base import CannotMount, VolumePlan
from pytest_aci.emulator.runtimes.volumes import fill, share_key

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository `code` whose file says `second`; it said `first` at the tag v1."""
    source = tmp_path / "code.git"
    source.mkdir()
    me = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*me, "init", "-q"], cwd=source, check=True)
    for word in ("first", "second"):
        (source / "file").write_text(word)
        subprocess.run([*me, "add", "file"], cwd=source, check=True)
        subprocess.run([*me, "commit", "-q", "-m", word], cwd=source, check=True)
    subprocess.run([*me, "tag", "v1", "HEAD~1"], cwd=source, check=True)
    return source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "volume"
    folder.mkdir()
    return folder


@pytest.mark.asyncio
async def test_secret(folder: Path) -> None:
    """A secret's files hold its bytes, for anyone to read and none to write."""
    await fill(VolumePlan("s", "secret", {"a": b"\x00\xff", "b": b""}), folder)
    assert _content(folder) == {"a": (b"\x00\xff", 0o444), "b": (b"", 0o444)}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["", "..", "../out", "/etc/x"])
async def test_secret_stays_inside(name: str, folder: Path) -> None:
    """A secret's file can not be named out of its volume."""
    with pytest.raises(CannotMount, match="The volume 's' could not be made: a secret's file can not be named"):
        await fill(VolumePlan("s", "secret", {name: b""}), folder)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("settings", "place", "content"),
    [
        ({}, "code/file", "second"),
        ({"directory": "."}, "file", "second"),
        ({"directory": "a/b", "revision": "v1"}, "a/b/file", "first"),
    ],
)
async def test_clone(settings: dict[str, str], place: str, content: str, repository: Path, folder: Path) -> None:
    """A repository is cloned into a folder of its name or the given one, at the newest or the given revision."""
    await fill(VolumePlan("g", "gitRepo", settings={"repository": f"file://{repository}", **settings}), folder)
    assert (folder / place).read_text() == content


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"directory": "../out"}, r"the directory '\.\./out' is outside of the volume"),
        ({"revision": "nope"}, "nope"),
        ({"revision": "--orphan=x"}, "the revision '--orphan=x' would be an option of git"),
        ({"repository": "file:///nonexistent"}, "nonexistent"),
        ({"repository": "--upload-pack=x"}, "does not exist"),
    ],
)
async def test_no_clone(settings: dict[str, str], reason: str, repository: Path, folder: Path) -> None:
    """What can not be cloned, or not there, is refused with git's words."""
    with pytest.raises(CannotMount, match=reason):
        await fill(VolumePlan("g", "gitRepo", settings={"repository": f"file://{repository}", **settings}), folder)


def test_clone_leaves_the_users_repository_alone(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone in a git hook, whose GIT_DIR and GIT_WORK_TREE name the user's repository, does not touch that one."""
    users = tmp_path / "users"
    subprocess.run(["git", "clone", "-q", str(repository), str(users)], check=True)
    monkeypatch.setenv("GIT_DIR", str(users / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(users))
    settings = {"repository": f"file://{repository}", "revision": "v1"}
    asyncio.run(fill(VolumePlan("g", "gitRepo", settings=settings), folder))
    assert (folder / "code" / "file").read_text() == "first"
    assert (users / "file").read_text() == "second"


def test_share_key() -> None:
    """An Azure file share is named by its account and its own name; other kinds are nobody else's."""
    settings = {"storageAccountName": "account", "shareName": "share"}
    assert share_key(VolumePlan("v", "azureFile", settings=settings)) == "account/share"
    assert share_key(VolumePlan("v", "emptyDir")) is None


def _content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mode & 0o777) for file in folder.iterdir()}


@pytest.mark.asyncio
@pytest.mark.parametrize("settings", [{"repository": "/a\0b"}, {"repository": "/a", "directory": "a\0b"}])
async def test_what_git_can_not_be_asked(settings: dict[str, str], folder: Path) -> None:
    """A name that no program can be given is a volume that can not be made."""
    with pytest.raises(CannotMount, match=r"git can not be asked for that: embedded null byte"):
        await fill(VolumePlan("v", "gitRepo", settings=settings), folder)


@pytest.mark.parametrize(
    ("account", "share"),
    [("account", "s" * 300), ("account", "s\0hare"), ("account", ".."), ("account", "no"), ("..", "share"), ("", "")],
)
def test_share_that_azure_storage_can_not_have(account: str, share: str) -> None:
    """A share whose name Azure Storage does not allow can not be mounted, and is no folder of this machine."""
    volume = VolumePlan("v", "azureFile", settings={"storageAccountName": account, "shareName": share})
    with pytest.raises(CannotMount, match=r"is no storage account and share of Azure's, as these are named"):
        share_key(volume)

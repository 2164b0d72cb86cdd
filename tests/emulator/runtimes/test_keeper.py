from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from pytest_aci.emulator.runtimes import keeper as module
from pytest_aci.emulator.runtimes.keeper import IsolationRefused, Keeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ENV = {"PATH": os.defpath}
HERE = Path("/")


@pytest_asyncio.fixture
async def keeper() -> AsyncIterator[Keeper]:
    """A warden without namespaces."""
    keeper = await Keeper.start("none")
    yield keeper
    await keeper.close()


async def finished(keeper: Keeper, *argv: str) -> tuple[int, bytes]:
    """Run a command to its end; exit code and output."""
    pid, output = await keeper.spawn(argv, ENV, HERE)
    code = await keeper.exit_code(pid)
    with os.fdopen(output, "rb") as shown:
        return code, shown.read()


def test_warden_is_light() -> None:
    """A warden imports its own package and nothing that is slow to import."""
    place = str(Path(module.__file__).parent)
    boot = module._BOOT.rpartition("sys.modules[")[0] + "print(*sys.modules)"
    command = [sys.executable, "-E", "-s", "-S", "-c", boot, "pytest_aci.emulator.runtimes", place, "0", "none"]
    imported = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "pytest_aci.emulator.runtimes.warden.loop" in imported
    assert not {"asyncio", "json", "pathlib", "subprocess", "typing", "pytest", "site"} & set(imported)


@pytest.mark.asyncio
async def test_exit_codes(keeper: Keeper) -> None:
    """A process's exit code is its own, or 128 and the number of the signal that ended it."""
    assert await finished(keeper, "sh", "-c", "echo out; exit 3") == (3, b"out\n")
    assert await finished(keeper, "sh", "-c", "kill -TERM $$") == (128 + signal.SIGTERM, b"")


@pytest.mark.asyncio
async def test_many_at_once(keeper: Keeper) -> None:
    """Answers and descriptors find those who asked, also when many ask at the same time."""
    answers = await asyncio.gather(*(finished(keeper, "sh", "-c", f"echo {n}; exit {n}") for n in range(60)))
    assert answers == [(n, f"{n}\n".encode()) for n in range(60)]


@pytest.mark.asyncio
async def test_refused_command(keeper: Keeper, tmp_path: Path) -> None:
    """What can not be started is an OSError with the reason, and the warden goes on."""
    with pytest.raises(OSError, match="exec: 'nope': executable file not found in"):
        await keeper.spawn(["nope"], ENV, HERE)
    with pytest.raises(OSError, match=r"No such file or directory: '.*/gone'"):
        await keeper.spawn(["true"], ENV, tmp_path / "gone")
    assert await finished(keeper, "true") == (0, b"")


@pytest.mark.asyncio
async def test_killed_before_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed before it executes its command was not started, however silently it went."""
    imports, call, arguments = module._BOOT.rpartition("sys.modules[")
    monkeypatch.setattr(module, "_BOOT", imports + _DIE_ON_THE_WAY + call + arguments)
    keeper = await Keeper.start("none")
    try:
        with pytest.raises(OSError, match=r"the process ended before its command began \(status 9\)"):
            await keeper.spawn(["true"], ENV, HERE)
    finally:
        await keeper.close()


@pytest.mark.asyncio
async def test_long_arguments(keeper: Keeper) -> None:
    """An environment of a megabyte arrives whole."""
    pid, output = await keeper.spawn(
        ["sh", "-c", "echo ${#A}"], ENV | {f"B{n}": "x" * 100_000 for n in range(10)}, HERE
    )
    assert await keeper.exit_code(pid) == 0
    os.close(output)


@pytest.mark.asyncio
async def test_killed_warden(keeper: Keeper) -> None:
    """If the warden itself is killed, its processes end with it, who waits is woken, and requests fail."""
    pid, output = await keeper.spawn(["sleep", "600"], ENV, HERE)
    keeper._process.kill()
    assert await asyncio.wait_for(keeper.exit_code(pid), 30) == 137
    with os.fdopen(output, "rb") as shown:
        assert await asyncio.wait_for(asyncio.to_thread(shown.read), 30) == b"", "the last writer is gone"
    with pytest.raises(OSError, match="the group's warden has ended"):
        await keeper.spawn(["true"], ENV, HERE)
    await keeper.send_signal(pid, signal.SIGKILL)


@pytest.mark.asyncio
async def test_refused_isolation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Namespaces that can not be had are refused with the reason."""
    imports, call, arguments = module._BOOT.rpartition("sys.modules[")
    # Only after the imports, as this interpreter may lie where others can not read.
    monkeypatch.setattr(module, "_BOOT", imports + _GIVE_UP_RIGHTS + call + arguments)
    reason = r"The isolation 'root' is not to be had here: .*Operation not permitted"
    with pytest.raises(IsolationRefused, match=reason):
        await Keeper.start("root")


_GIVE_UP_RIGHTS = """
import os
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
"""
_DIE_ON_THE_WAY = """
import os
os.chdir = lambda folder: os.kill(os.getpid(), 9)
"""

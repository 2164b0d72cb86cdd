"""A runtime without processes: containers live in memory and do what their image's name says."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_aci.emulator.runtimes.base import CannotStart, Exit, InaccessibleImage
from pytest_aci.emulator.timestamps import now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from pytest_aci.emulator.runtimes.base import ContainerPlan, Credential, GroupPlan

KILLED = 137


@dataclass
class Process:
    """One container's process. It ends when it is told to, or at once if its command is `["exit", "N"]`."""

    plan: ContainerPlan
    started: datetime = field(default_factory=now)
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 0


class EchoTerminal:
    """Shows the command and then whatever is typed; ends at `exit`."""

    def __init__(self, first: bytes) -> None:
        self._shown: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._shown.put_nowait(first)

    async def output(self) -> AsyncIterator[bytes]:
        """Yield what is shown."""
        while (piece := await self._shown.get()) is not None:
            yield piece

    async def write(self, data: bytes) -> None:
        """Show what is typed; `exit` ends it."""
        self._shown.put_nowait(data)
        if data.strip() == b"exit":
            self._shown.put_nowait(None)

    async def close(self) -> None:
        """Close what is open."""
        self._shown.put_nowait(None)


class FakeSandbox:
    """One group's containers in memory."""

    def __init__(self, runtime: FakeRuntime, plan: GroupPlan, address: str) -> None:
        self.plan = plan
        self.address = address
        self.host_ports: Mapping[int, int] = {}
        self.processes: dict[str, Process] = {}
        self.written: dict[str, bytes] = {}
        self.started: list[str] = []
        self.probed: tuple[int, bytes] = (0, b"")
        self._runtime = runtime

    async def start(self, plan: ContainerPlan) -> datetime:
        """Start a process in memory."""
        if plan.command == ("missing",):
            raise CannotStart(plan.name, "exec: missing: not found")
        process = Process(plan)
        self.processes[plan.name] = process
        self.started.append(plan.name)
        words = " ".join(plan.command or ("started",))
        self.written[plan.name] = self.written.get(plan.name, b"") + f"{words}\n".encode()
        if plan.command and plan.command[0] == "exit":
            process.code = int(plan.command[1])
            process.ended.set()
        return process.started

    async def wait(self, container: str) -> Exit:
        """Wait for its end."""
        process = self.processes[container]
        await process.ended.wait()
        return Exit(process.code, process.started, now(), process.id)

    async def stop(self, container: str, *, grace: float = 0.0) -> None:
        """Kill the process."""
        process = self.processes[container]
        if not process.ended.is_set():
            process.code = KILLED
            process.ended.set()

    async def logs(self, container: str, *, tail: int | None = None, timestamps: bool = False) -> bytes:
        """Return what the command line was, once per run."""
        lines = self.written[container].removesuffix(b"\n").split(b"\n")
        lines = [line + b"\n" for line in lines]
        if timestamps:
            lines = [b"2026-01-02T03:04:05.000000006Z " + line for line in lines]
        return b"".join(lines if tail is None else lines[max(len(lines) - tail, 0) :])

    async def exec(self, container: str, command: Sequence[str], *, rows: int, columns: int) -> EchoTerminal:
        """Show the command and the size."""
        if command == ["missing"]:
            raise CannotStart(container, "exec: 'missing': executable file not found in $PATH")
        return EchoTerminal(f"{'|'.join(command)} {rows}x{columns}".encode())

    async def attach(self, container: str) -> EchoTerminal:
        """Show what was written."""
        return EchoTerminal(self.written[container])

    async def probe(self, container: str, command: Sequence[str], *, seconds: float) -> tuple[int, bytes]:
        """Answer what the test put in `probed`."""
        return self.probed

    async def close(self) -> None:
        """Close what is open."""
        for name in self.processes:
            await self.stop(name)
        self._runtime.open_sandboxes.discard(self)

    def end(self, container: str, code: int) -> None:
        """Let a container's process exit by itself."""
        self.processes[container].code = code
        self.processes[container].ended.set()


class FakeRuntime:
    """Knows every image but `missing` and those below `forbidden/`; each sandbox has an address of its own.

    Attributes:
        opened: Every sandbox that was ever made.
        open_sandboxes: Those that were not closed yet.
        gate: Cleared, it holds every sandbox back from being opened.
    """

    name = "fake"

    def __init__(self) -> None:
        self.opened: list[FakeSandbox] = []
        self.open_sandboxes: set[FakeSandbox] = set()
        self.pulled: list[str] = []
        self._numbers = itertools.count(2)
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def pull(self, image: str, credentials: Sequence[Credential]) -> str:
        """Pretend to pull."""
        if image == "missing" or image.startswith("forbidden/"):
            raise InaccessibleImage(image, "it is not known here")
        self.pulled.append(image)
        return f"{image.partition(':')[0]}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"

    async def open(self, plan: GroupPlan) -> FakeSandbox:
        """Make a sandbox once the gate is open."""
        await self.gate.wait()
        number = next(self._numbers)
        sandbox = FakeSandbox(self, plan, f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        self.opened.append(sandbox)
        self.open_sandboxes.add(sandbox)
        return sandbox

    async def reconcile(self, known: Sequence[str]) -> list[str]:
        """Nothing can be left."""
        return []

    async def close(self) -> None:
        """Close what is open."""
        for sandbox in list(self.open_sandboxes):
            await sandbox.close()
        self.closed = True

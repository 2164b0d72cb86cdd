"""Image names that stand for a fault: `fault/exit:3` and its like, for who has nothing but a container group.

A container with such an image is played by the emulator: no process runs for it. Others of its group are real.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .runtimes.base import CannotStart, Exit, InaccessibleImage
from .timestamps import now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from .runtimes.base import ContainerPlan, Credential, GroupPlan, Runtime, Sandbox, Terminal

PREFIX = "fault/"
KILLED = 137


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fault image does. *pull* and *life* are seconds; a life of `None` lasts until it is stopped."""

    pull: float = 0.0
    life: float | None = None
    code: int = 0
    out_of_memory: bool = False
    refused: str = ""
    unstartable: str = ""


# What a fault image is called after its prefix, and the effect of its argument, which may be empty.
EFFECTS: Mapping[str, Callable[[str], Effect]] = {
    "exit": lambda given: Effect(life=0.0, code=int(given or 1)),
    "crash": lambda given: Effect(life=float(given or 0), code=1),
    "oom": lambda given: Effect(life=float(given or 0), code=KILLED, out_of_memory=True),
    "run": lambda given: Effect(life=float(given) if given else None),
    "slow-pull": lambda given: Effect(pull=float(given or 1)),
    "inaccessible": lambda _: Effect(refused="it is a fault that was asked for"),
    "unstartable": lambda given: Effect(unstartable=given or "exec: no such file or directory"),
}


def effect_of(image: str) -> Effect | None:
    """The effect that an image's name stands for, `None` for a real image.

    Raises:
        InaccessibleImage: The name begins like a fault's, and no fault is called that.
    """
    if not image.startswith(PREFIX):
        return None
    kind, _, argument = image.removeprefix(PREFIX).partition(":")
    if kind not in EFFECTS:
        raise InaccessibleImage(image, f"there is no such fault; there are {', '.join(EFFECTS)}")
    try:
        return EFFECTS[kind](argument)
    except ValueError:
        raise InaccessibleImage(image, f"{argument!r} is not a number") from None


class FaultyRuntime:
    """A runtime that plays fault images itself and leaves everything else to the real one."""

    def __init__(self, inner: Runtime) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """The real runtime's."""
        return self._inner.name

    async def pull(self, image: str, credentials: Sequence[Credential]) -> str:
        """Pull a real image, or pretend to."""
        effect = effect_of(image)
        if effect is None:
            return await self._inner.pull(image, credentials)
        await asyncio.sleep(effect.pull)
        if effect.refused:
            raise InaccessibleImage(image, effect.refused)
        repository = image.partition(":")[0]
        return f"{repository}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"

    async def open(self, plan: GroupPlan) -> Sandbox:
        """Make a place that the real runtime makes."""
        images = tuple(image for image in plan.images if effect_of(image) is None)
        return FaultySandbox(await self._inner.open(replace(plan, images=images)))

    async def reconcile(self, known: Sequence[str]) -> list[str]:
        """Leave it to the real runtime."""
        return await self._inner.reconcile(known)

    async def close(self) -> None:
        """Remove everything."""
        await self._inner.close()


class _Played:
    """A container that only seems to run."""

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self._started = now()
        self._stopped = asyncio.Event()
        self._id = secrets.token_hex(32)

    @property
    def started(self) -> datetime:
        """When it seemed to start."""
        return self._started

    async def wait(self) -> Exit:
        """Wait until its life is over or it is stopped."""
        effect = self._effect
        try:
            async with asyncio.timeout(effect.life):
                await self._stopped.wait()
        except TimeoutError:
            return Exit(effect.code, self._started, now(), self._id, effect.out_of_memory)
        return Exit(KILLED, self._started, now(), self._id)

    def stop(self) -> None:
        """End it."""
        self._stopped.set()


class FaultySandbox:
    """A sandbox in which some containers are played."""

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self._played: dict[str, _Played] = {}

    @property
    def address(self) -> str:
        """The real one."""
        return self._inner.address

    @property
    def host_ports(self) -> Mapping[int, int]:
        """The real ones."""
        return self._inner.host_ports

    async def start(self, plan: ContainerPlan) -> datetime:
        """Start a real container, or a played one."""
        effect = effect_of(plan.image)
        if effect is None:
            return await self._inner.start(plan)
        if effect.unstartable:
            raise CannotStart(plan.name, effect.unstartable)
        self._played[plan.name] = _Played(effect)
        return self._played[plan.name].started

    async def wait(self, container: str) -> Exit:
        """Wait until its life is over or it is stopped."""
        if container in self._played:
            return await self._played[container].wait()
        return await self._inner.wait(container)

    async def stop(self, container: str, *, grace: float = 0.0) -> None:
        """End it."""
        if container in self._played:
            self._played[container].stop()
        else:
            await self._inner.stop(container, grace=grace)

    async def logs(self, container: str, *, tail: int | None = None, timestamps: bool = False) -> bytes:
        """Return what a real container wrote; a played one writes nothing."""
        if container in self._played:
            return b""
        return await self._inner.logs(container, tail=tail, timestamps=timestamps)

    async def exec(self, container: str, command: Sequence[str], *, rows: int, columns: int) -> Terminal:
        """Open a terminal; a played container's is silent."""
        if container in self._played:
            return _Silent()
        return await self._inner.exec(container, command, rows=rows, columns=columns)

    async def attach(self, container: str) -> Terminal:
        """Follow the output; a played container has none."""
        if container in self._played:
            return _Silent()
        return await self._inner.attach(container)

    async def probe(self, container: str, command: Sequence[str], *, seconds: float) -> tuple[int, bytes]:
        """Ask a real container; a played one is always well."""
        if container in self._played:
            return 0, b""
        return await self._inner.probe(container, command, seconds=seconds)

    async def close(self) -> None:
        """Remove everything."""
        for played in self._played.values():
            played.stop()
        await self._inner.close()


class _Silent:
    """The terminal of a container that only seems to run."""

    async def output(self) -> AsyncIterator[bytes]:
        """Show nothing."""
        return
        yield b""

    async def write(self, data: bytes) -> None:
        """Nothing reads."""

    async def close(self) -> None:
        """Nothing runs."""

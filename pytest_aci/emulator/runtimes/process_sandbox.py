"""One group of the process runtime."""

from __future__ import annotations

import asyncio
import contextlib
import math
import shutil
import socket
import time
from typing import TYPE_CHECKING, Final

from . import addresses, volumes
from .base import CannotStart, NotRunning
from .closing import Closing
from .outbound import OutboundProxy
from .process_container import Launch, ProcessContainer
from .relay import DatagramRelay, StreamRelay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from .base import ContainerPlan, Exit, GroupPlan, Terminal
    from .keeper import Keeper
    from .process import ProcessRuntime
    from .warden.messages import Bind

_BYTES_PER_GB: Final = 10**9
# A stand-in is called running a moment before it serves, while Azure's clients hear of that only seconds later: who
# connects this soon is kept waiting instead of turned away.
_WARM_UP_SECONDS: Final = 2.0


class ProcessSandbox:
    """One group: a warden, an address, volumes as folders, and the containers. Made by `ProcessRuntime.open`."""

    def __init__(
        self, plan: GroupPlan, keeper: Keeper, folder: Path, runtime: ProcessRuntime, *, isolated: bool
    ) -> None:
        self._plan = plan
        self._keeper = keeper
        self._folder = folder
        self._runtime = runtime
        self._isolated = isolated
        self._address = addresses.reserve()
        self._bound: Mapping[int, int] = {}
        self._relays: list[StreamRelay | DatagramRelay] = []
        self._outbound: OutboundProxy | None = None
        self._containers: dict[str, ProcessContainer] = {}
        self._warm_at = 0.0
        self._closing = Closing(self._close)

    @property
    def address(self) -> str:
        """The group's own loopback address; 127.0.0.1 where there is only that."""
        return self._address.ip

    @property
    def host_ports(self) -> Mapping[int, int]:
        """Ports that are bound under another number."""
        return {port: bound for port, bound in self._bound.items() if port != bound}

    async def prepare(self) -> None:
        """Bind the ports and fill the volumes."""
        for volume in self._plan.volumes:
            if volumes.share_key(volume) is None:
                folder = self._volume(volume.name)
                folder.mkdir(parents=True)
                await volumes.fill(volume, folder)
        if self._isolated:
            await self._open_relays()
            self._outbound = await OutboundProxy.start(await self._keeper.open_socket())
        else:
            self._bound = addresses.bindable(self.address, self._plan.ports)
        if self.host_ports:
            self._runtime.notice(
                "Ports of container groups are reached under other numbers on this machine (below 1024 without the "
                "right to bind them, or taken on every address): ask url() or address() for the real ones."
            )

    async def start(self, plan: ContainerPlan) -> datetime:
        """Start a container."""
        container = self._containers.get(plan.name)
        if container is None:
            container = self._containers[plan.name] = ProcessContainer(plan.name, self._plan.id, self._keeper)
        started = await container.start(self._launch(plan))
        self._warm_at = time.monotonic() + _WARM_UP_SECONDS
        return started

    async def wait(self, container: str) -> Exit:
        """Wait for the end of a container's process."""
        return await self._container(container).wait()

    async def stop(self, container: str, *, grace: float = 0.0) -> None:
        """End a container's process."""
        if container in self._containers:
            await self._containers[container].stop(grace)

    async def logs(self, container: str, *, tail: int | None = None, timestamps: bool = False) -> bytes:
        """Return what a container wrote; nothing if it never ran."""
        if container not in self._containers:
            return b""
        return self._containers[container].log.read(tail=tail, timestamps=timestamps)

    async def exec(self, container: str, command: Sequence[str], *, rows: int, columns: int) -> Terminal:
        """Run a command inside a container."""
        return await self._container(container).exec(command, rows, columns)

    async def attach(self, container: str) -> Terminal:
        """Follow a container's output."""
        return self._container(container).attach()

    async def probe(self, container: str, command: Sequence[str], *, seconds: float) -> tuple[int, bytes]:
        """Run a probe's command inside a container."""
        return await self._container(container).probe(command, seconds)

    async def close(self) -> None:
        """End everything."""
        await self._closing()

    async def _close(self) -> None:
        for relay in self._relays:
            await relay.close()
        if self._outbound is not None:
            await self._outbound.close()
        await self._keeper.close()
        for container in self._containers.values():
            with contextlib.suppress(NotRunning):
                await container.wait()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        self._address.release()
        self._runtime.forget(self)

    def _container(self, name: str) -> ProcessContainer:
        if name not in self._containers:
            raise NotRunning(name)
        return self._containers[name]

    def _volume(self, name: str) -> Path:
        for volume in self._plan.volumes:
            if volume.name == name and (key := volumes.share_key(volume)) is not None:
                return self._runtime.share(key)
        return self._folder / "volumes" / name

    async def _open_relays(self) -> None:
        bound: dict[int, int] = {}
        for port, protocol in self._plan.ports:
            wish = bound.get(port, 0 if self.address == addresses.LOCALHOST else port)
            kind = socket.SOCK_DGRAM if protocol == "UDP" else socket.SOCK_STREAM
            listener = addresses.listen(self.address, wish, kind)
            bound[port] = listener.getsockname()[1]
            relay: StreamRelay | DatagramRelay
            if protocol == "UDP":
                relay = DatagramRelay(listener, port, lambda: self._keeper.open_socket(datagram=True))
            else:
                relay = StreamRelay(listener, port, self._keeper.open_socket, lambda: self._warm_at)
            self._relays.append(relay)
            await relay.start()
        self._bound = bound

    def _launch(self, plan: ContainerPlan) -> Launch:
        program = self._runtime.program(plan.image)
        argv = plan.command or program.command
        if not argv:
            raise CannotStart(plan.name, f"the image {plan.image!r} has no command of its own here; give it one.")
        folder = self._folder / "containers" / plan.name
        home, root = folder / "home", folder / "root"
        if not folder.exists():
            home.mkdir(parents=True)
            root.mkdir()
            for file in program.files:
                shutil.copy(file, home)
        binds: list[Bind] = [
            {"source": str(self._volume(mount.volume)), "path": mount.path, "read_only": mount.read_only}
            for mount in plan.mounts
        ]
        env = {"PATH": self._runtime.path(), "HOME": str(home), "LANG": "C.UTF-8", "HOSTNAME": "SandboxHost"}
        if self._outbound is not None:
            env["ACI_OUTBOUND"] = self._outbound.url
        if not self._isolated:
            env |= self._directions(plan)
        data_bytes = math.ceil(plan.memory_gb * _BYTES_PER_GB)
        return Launch(argv, env | dict(plan.env), home, root, tuple(binds) if self._isolated else (), data_bytes)

    def _directions(self, plan: ContainerPlan) -> dict[str, str]:
        """Return what tells a cooperative program where it is, for want of a network and paths of its own."""
        directions = {"ACI_BIND": self.address}
        for port, bound in self._bound.items():
            directions[f"ACI_PORT_{port}"] = str(bound)
        for mount in plan.mounts:
            directions[f"ACI_VOLUME_{mount.volume.upper().replace('-', '_')}"] = str(self._volume(mount.volume))
        return directions

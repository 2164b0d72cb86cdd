from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime


class InaccessibleImage(Exception):  # noqa: N818 # it says what is the case
    """An image can not be had: unknown here, forbidden, or not pulled in time."""

    def __init__(self, image: str, reason: str) -> None:
        self.image = image
        self.reason = reason
        super().__init__(f"The image {image!r} is not accessible: {reason}")


class CannotStart(Exception):  # noqa: N818 # it says what is the case
    """A container's command could not be executed at all, such as a program that the image lacks."""

    def __init__(self, container: str, reason: str) -> None:
        self.container = container
        self.reason = reason
        super().__init__(f"The container {container!r} could not be started: {reason}")


class CannotMount(Exception):  # noqa: N818 # it says what is the case
    """A volume's content can not be had, such as a repository that can not be cloned."""

    def __init__(self, volume: str, reason: str) -> None:
        self.volume = volume
        self.reason = reason
        super().__init__(f"The volume {volume!r} could not be made: {reason}")


class NotRunning(Exception):  # noqa: N818 # it says what is the case
    """Something was asked of a container that only a running one can do."""

    def __init__(self, container: str) -> None:
        self.container = container
        super().__init__(f"The container {container!r} is not running.")


class RuntimeUnavailable(Exception):  # noqa: N818 # it says what is the case
    """A runtime can not work on this machine at all."""

    def __init__(self, runtime: str, reason: str) -> None:
        self.runtime = runtime
        self.reason = reason
        super().__init__(f"The {runtime} runtime can not be used here: {reason}")


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens a registry: one entry of `imageRegistryCredentials`."""

    server: str
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MountPlan:
    """One of the group's volumes, seen at a path inside one container."""

    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """A volume of a group: exactly one of the four kinds that ACI knows.

    *kind* is `emptyDir`, `secret`, `gitRepo` or `azureFile`; *files* is a secret's content by file name;
    *settings* holds the remaining keys of the ARM document (repository, directory, revision, shareName, …).
    """

    name: str
    kind: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """One container as a runtime needs it. *memory_gb* is in GB of 10^9 bytes, *cpu* in cores."""

    name: str
    image: str
    command: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cpu: float = 1.0
    memory_gb: float = 1.5
    ports: tuple[int, ...] = ()
    mounts: tuple[MountPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """The part of a container group that its containers share: network, volumes, registry credentials.

    *id* is unique among all groups of the emulator's life; *ports* are (number, "TCP" or "UDP") pairs that the
    group's address must answer on; *images* are all images of the group, for a runtime to decide if it can have them.
    """

    id: str
    ports: tuple[tuple[int, str], ...] = ()
    volumes: tuple[VolumePlan, ...] = ()
    credentials: tuple[Credential, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container's process ended. *container_id* is 64 hexadecimal digits, as ACI's Killing event shows it."""

    code: int
    started: datetime
    finished: datetime
    container_id: str
    out_of_memory: bool = False


class Terminal(Protocol):
    """A command running inside a container on a pseudo terminal (exec), or a container's own output (attach)."""

    def output(self) -> AsyncIterator[bytes]:
        """Yield what the terminal shows, until the command ends."""

    async def write(self, data: bytes) -> None:
        """Type *data*; ignored where nothing reads (attach)."""

    async def close(self) -> None:
        """End the command and everything it started. Safe to call twice."""


class Sandbox(Protocol):
    """One group's place: an address of its own, its volumes, and the containers that run in it."""

    @property
    def address(self) -> str:
        """The IP address on which the group's ports answer."""

    @property
    def host_ports(self) -> Mapping[int, int]:
        """Group port to the port really bound on `address`; empty where they are the same (the usual case)."""

    async def start(self, plan: ContainerPlan) -> datetime:
        """Start a container, or start it again after its exit with its earlier logs kept; when it really ran.

        Raises:
            CannotStart: The command can not be executed.
        """

    async def wait(self, container: str) -> Exit:
        """Wait until the container's current process has ended; at once if it has, with how it did.

        Raises:
            NotRunning: It was never started.
        """

    async def stop(self, container: str, *, grace: float = 0.0) -> None:
        """End the container's process, by SIGTERM first if *grace* seconds are given. Nothing if it does not run."""

    async def logs(self, container: str, *, tail: int | None = None, timestamps: bool = False) -> bytes:
        """Standard output and error of all runs of the container, interleaved; the last *tail* lines if given."""

    async def exec(self, container: str, command: Sequence[str], *, rows: int, columns: int) -> Terminal:
        """Run a command inside a running container on a pseudo terminal of the given size.

        Raises:
            NotRunning: The container does not run.
            CannotStart: The command can not be executed.
        """

    async def attach(self, container: str) -> Terminal:
        """Follow the container's output from now on."""

    async def probe(self, container: str, command: Sequence[str], *, seconds: float) -> tuple[int, bytes]:
        """Run a probe's command inside a running container; exit code (124 after *seconds*) and output.

        Raises:
            NotRunning: The container does not run.
        """

    async def close(self) -> None:
        """Remove everything: processes, containers, network, volumes. Safe to call twice."""


class Runtime(Protocol):
    """What an emulated container really is: a local process, or a Docker container."""

    @property
    def name(self) -> str:
        """`process` or `docker`."""

    async def pull(self, image: str, credentials: Sequence[Credential]) -> str:
        """Make an image available; its digest reference (`repository@sha256:…`), as ACI's Pulling event shows it.

        Raises:
            InaccessibleImage: It can not be had, with the reason.
        """

    async def open(self, plan: GroupPlan) -> Sandbox:
        """Make a group's place, with its address and its volumes, and nothing running in it yet.

        Raises:
            CannotMount: A volume's content can not be had.
            InaccessibleImage: No way was found to run all of the group's images (only of the runtime that chooses one).
        """

    async def reconcile(self, known: Sequence[str]) -> list[str]:
        """Remove what earlier emulators left behind, except groups whose id is in *known*; what was removed."""

    async def close(self) -> None:
        """Remove everything that this runtime ever made. Safe to call twice."""

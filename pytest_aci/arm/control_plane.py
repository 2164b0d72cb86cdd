from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pytest_aci.spec.values import Port

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """A resource group as ARM described it. *location* is the normalised name (`westeurope`)."""

    name: str
    id: str
    location: str
    tags: Mapping[str, str] = field(default_factory=dict)
    provisioning_state: str | None = None
    managed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """Any resource inside a resource group, such as one that this run did not make."""

    id: str
    type: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that ACI noted about a group or a container; repeats raise *count* and move *last*."""

    name: str
    message: str
    type: str
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContainerState:
    """One container of a group. *state* is None as long as ACI shows no instance view of it.

    *previous* is the state before the last restart, without container name and image of its own.
    """

    name: str
    image: str
    state: str | None = None
    detail: str | None = None
    exit_code: int | None = None
    restart_count: int = 0
    start_time: datetime | None = None
    finish_time: datetime | None = None
    previous: ContainerState | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupState:
    """A container group as ARM described it at one moment.

    *provisioning_state* is the deployment's (`Pending`, `Creating`, `Succeeded`, …), *state* that of the containers
    together (`Running`, `Stopped`, …); the latter is None in answers of `list`, which carry no instance view at all.
    *model* is the SDK's own `ContainerGroup`.
    """

    name: str
    id: str
    location: str
    tags: Mapping[str, str] = field(default_factory=dict)
    provisioning_state: str | None = None
    state: str | None = None
    ip: str | None = None
    fqdn: str | None = None
    ports: tuple[Port, ...] = ()
    containers: tuple[ContainerState, ...] = ()
    init_containers: tuple[ContainerState, ...] = ()
    events: tuple[Event, ...] = ()
    model: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PutAnswer(Generic[R_co]):
    """What a PUT answered.

    *created* is the difference between 201 and 200: False means that the resource existed and has just been
    overwritten. *operation_url* can be asked how the deployment goes on; Azure's support finds it by *correlation_id*.
    """

    created: bool
    operation_url: str | None
    resource: R_co
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class OperationStatus:
    """How a long-running operation goes: *status* is `Succeeded`, `Failed`, `Canceled`, or a word for not yet."""

    status: str
    code: str | None = None
    message: str | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class ExecSession:
    """Where the output of a command streams from, and the password that opens it.

    *path* is the ARM path of the container: the address differs from run to run, the path does not.
    """

    uri: str
    password: str = field(repr=False)
    path: str = ""


@dataclass(frozen=True, slots=True)
class ExecResult:
    """What a command printed on its terminal, standard output and error together. ACI tells no exit code."""

    output: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription that a credential can see."""

    id: str
    name: str
    tenant_id: str | None = None
    state: str = "Enabled"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role assignment allows: actions with `*` in them, and those that it takes back."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether it allows an action; their case does not matter."""
        return _matches(action, self.actions) and not _matches(action, self.not_actions)


def _matches(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


class ControlPlane(Protocol):
    """Azure Resource Manager, as far as container groups need it.

    Every call is one request: nothing waits for a deployment, only lists follow their pages. What ARM refuses is
    raised as `ControlPlaneError`; a thing that is not there is no error where the answer can say so.
    """

    def put_resource_group(self, name: str, location: str, tags: Mapping[str, str]) -> PutAnswer[ResourceGroup]:
        """Create a resource group, or overwrite the tags of one that exists: look at `created`."""

    def get_resource_group(self, name: str) -> ResourceGroup | None:
        """The resource group, or None."""

    def tag_resource_group(self, name: str, tags: Mapping[str, str]) -> None:
        """Replace the tags of a resource group that exists; one that does not is an error, and is not created."""

    def delete_resource_group(self, name: str) -> bool:
        """Ask for a deletion; True when it was accepted, False when there was nothing to delete."""

    def list_resource_groups(self) -> list[ResourceGroup]:
        """All resource groups of the subscription."""

    def list_resources(self, resource_group: str) -> list[Resource]:
        """Everything inside a resource group."""

    def put_group(self, resource_group: str, name: str, document: Mapping[str, Any]) -> PutAnswer[GroupState]:
        """Ask for a container group described by an ARM *document*, sent as it is."""

    def get_group(self, resource_group: str, name: str) -> GroupState | None:
        """The container group with its instance view, or None."""

    def list_groups(self, resource_group: str) -> list[GroupState]:
        """The container groups of a resource group, without any instance view."""

    def deployments(self, resource_group: str) -> dict[str, str]:
        """The provisioning state of every container group of a resource group, by name: a list, and quick to read."""

    def delete_group(self, resource_group: str, name: str) -> bool:
        """Ask for a deletion; True when it was accepted, False when there was nothing to delete."""

    def start_group(self, resource_group: str, name: str) -> None:
        """Ask a stopped container group to start."""

    def stop_group(self, resource_group: str, name: str) -> None:
        """Stop the containers of a group; the group stays."""

    def restart_group(self, resource_group: str, name: str) -> None:
        """Ask a running container group to restart."""

    def operation(self, url: str) -> OperationStatus:
        """How the operation at *url* goes; a URL of another host than ARM's is refused."""

    def logs(
        self, resource_group: str, group: str, container: str, *, tail: int | None = None, timestamps: bool = False
    ) -> str:
        """What a container printed: at most the last 4 MB, or the last *tail* lines."""

    def exec(
        self, resource_group: str, group: str, container: str, command: str, *, rows: int = 24, columns: int = 80
    ) -> ExecSession:
        """Start *command*, one program without a shell, in a container; its output waits at the session."""

    def run_exec(self, session: ExecSession, *, timeout: float = 60.0) -> ExecResult:
        """Read what a command prints until it ends; *timeout* in seconds."""

    def provider_state(self) -> str:
        """The registration state of `Microsoft.ContainerInstance`, such as `Registered`."""

    def grants(self, resource_group: str | None = None) -> list[Grant]:
        """What the credential may do in a resource group, or in the whole subscription."""

    def server_time(self) -> datetime | None:
        """What the server's clock shows now, as its last answer tells, or None before the first one."""

    def creations_left(self) -> int | None:
        """How many more container groups ACI last said that it takes for now, or None if it has not said so."""

"""What the emulated Azure remembers: resource groups, container groups, their containers, and operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .defaults import RESTART_POLICY
from .regions import normalised

if TYPE_CHECKING:
    from datetime import datetime

CONTAINER_GROUP_TYPE = "Microsoft.ContainerInstance/containerGroups"


@dataclass(slots=True)
class Event:
    """One line of a container's or a group's history; repeated ones are counted."""

    name: str
    message: str
    type: str
    first: datetime
    last: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """What a container does now or did before: `Waiting`, `Running` or `Terminated`."""

    state: str
    started: datetime | None = None
    exit_code: int | None = None
    finished: datetime | None = None
    detail: str = ""


@dataclass(slots=True)
class InstanceView:
    """A container as it runs. Its *current* state is `None` until something is known about it."""

    restart_count: int = 0
    current: State | None = None
    previous: State | None = None
    events: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class ResourceGroup:
    """A resource group. *tags* is `None` when none were ever sent, which is not the same as empty."""

    subscription: str
    name: str
    location: str
    tags: dict[str, str] | None = None
    managed_by: str | None = None
    provisioning_state: str = "Succeeded"

    @property
    def id(self) -> str:
        """The ARM id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}"


@dataclass(slots=True)
class ContainerGroup:
    """A container group: what was asked for (*properties*, secrets included) and what became of it.

    *logs* is what the containers of a stopped group wrote, each line with its time.
    """

    uid: str
    subscription: str
    resource_group: str
    name: str
    location: str
    properties: dict[str, Any] = field(repr=False)
    tags: dict[str, str] | None = None
    zones: list[str] | None = None
    identity: dict[str, Any] | None = None
    provisioning_state: str = "Pending"
    state: str = "Pending"
    ip: str | None = None
    events: list[Event] = field(default_factory=list)
    views: dict[str, InstanceView] = field(default_factory=dict)
    init_views: dict[str, InstanceView] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """The ARM id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/{CONTAINER_GROUP_TYPE}/{self.name}"
        )

    @property
    def restart_policy(self) -> str:
        """The policy in force: an unsent one is not filled in, but behaves as `Always`."""
        return str(self.properties.get("restartPolicy", RESTART_POLICY))

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The containers as asked for: `{"name": …, "properties": {…}}`."""
        return list(self.properties.get("containers", ()))

    @property
    def init_containers(self) -> list[dict[str, Any]]:
        """The init containers as asked for."""
        return list(self.properties.get("initContainers", ()))

    @property
    def dns_label(self) -> str | None:
        """The DNS name label, if the group has one."""
        return (self.properties.get("ipAddress") or {}).get("dnsNameLabel")

    @property
    def fqdn(self) -> str | None:
        """The DNS name that the label makes, if the group has one."""
        return None if self.dns_label is None else f"{self.dns_label}.{normalised(self.location)}.azurecontainer.io"

    @property
    def cores(self) -> float:
        """CPU cores that the group's containers ask for together."""
        return sum(_request(each)["cpu"] for each in self.containers)


@dataclass(slots=True)
class Operation:
    """A long-running operation on a group. *status* follows the group's provisioning state until it ends."""

    id: str
    group: ContainerGroup
    region: str
    started: datetime
    status: str = "Pending"
    error: dict[str, Any] | None = None

    @property
    def ended(self) -> bool:
        """Whether a poller may stop."""
        return self.status in ("Succeeded", "Failed", "Canceled")


@dataclass(slots=True)
class Deletion:
    """The job that deletes the resource group *group*. *error* is the body of a deletion that failed."""

    token: str
    group: str
    done: bool = False
    is_stuck: bool = False
    error: dict[str, Any] | None = None


def _request(container: dict[str, Any]) -> dict[str, float]:
    requests: dict[str, float] = container["properties"]["resources"]["requests"]
    return requests

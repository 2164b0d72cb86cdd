from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pytest_aci.errors import SpecError
from pytest_aci.spec import coherence, fingerprint

if TYPE_CHECKING:
    from pytest_aci.spec.secret import Secret
    from pytest_aci.spec.values import (
        EnvVar,
        Gpu,
        Identity,
        LogAnalytics,
        Mount,
        Port,
        Probe,
        RegistryCredential,
        Volume,
    )

__tracebackhide__ = True  # a mistake is shown where it was made: in the user's code

Kind = Literal["single", "sidecar", "task", "group"]
RestartPolicy = Literal["Always", "OnFailure", "Never"]


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container of a group. It is checked by the group that it becomes part of, and by `container()`.

    *cpu* is in cores, *memory_gb* in GB. *command* replaces the image's own entry point and arguments;
    None leaves them. *env* is sorted by name and holds plain and secure variables alike.
    """

    name: str
    image: str
    command: tuple[str, ...] | None = None
    env: tuple[EnvVar, ...] = ()
    ports: tuple[Port, ...] = ()
    cpu: float = 1.0
    memory_gb: float = 1.5
    gpu: Gpu | None = None
    mounts: tuple[Mount, ...] = ()
    liveness: Probe | None = None
    readiness: Probe | None = None


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """What a test wants: a container group without name, subscription or time. Made by the builders.

    Hashable and comparable: two tests that want equal groups share one.

    Raises:
        SpecError: Azure would refuse it; every complaint at once.
    """

    containers: tuple[ContainerSpec, ...]
    init_containers: tuple[ContainerSpec, ...] = ()
    location: str | None = None
    dns_label: str | None = None
    dns_scope: str = "Unsecure"
    os_type: Literal["Linux", "Windows"] = "Linux"
    restart_policy: RestartPolicy = "Always"
    volumes: tuple[Volume, ...] = ()
    registry_credentials: tuple[RegistryCredential, ...] = ()
    identity: Identity | None = None
    subnet_ids: tuple[str, ...] = ()
    zone: str | None = None
    priority: Literal["Regular", "Spot"] | None = None
    sku: Literal["Standard", "Dedicated", "Confidential"] | None = None
    log_analytics: LogAnalytics | None = None
    tags: tuple[tuple[str, str], ...] = ()
    kind: Kind = "group"

    def __post_init__(self) -> None:
        complaints = coherence.complaints_about_group(self)
        if complaints:
            raise SpecError(*complaints)

    @property
    def container_names(self) -> tuple[str, ...]:
        """The names of the containers in their order, without those that only prepare the group."""
        return tuple(container.name for container in self.containers)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port that the group's address answers on, in the order of the containers."""
        return tuple(port for container in self.containers for port in container.ports)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret inside, for those who must keep it out of what is written."""
        return fingerprint.secrets_in(self)

    def fingerprint(self) -> dict[str, Any]:
        """The spec as plain JSON without what was left to default, each secret masked: what a cassette remembers."""
        document: dict[str, Any] = fingerprint.plain(self, reveal=False)
        return document

    @property
    def key(self) -> str:
        """64 hexadecimal digits, equal for equal specs. It depends on the secrets' values: keep it in memory."""
        return fingerprint.digest(fingerprint.plain(self, reveal=True))

    @property
    def stem(self) -> str:
        """The readable start of the group's name, the same on every machine: it does not depend on a secret's value."""
        return fingerprint.stem(self.kind, self.containers[0].image, self.fingerprint())

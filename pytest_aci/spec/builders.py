"""How a spec is written down. Everything that can be wrong is reported together, before anything is asked of Azure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.spec import cautions, coherence, tidy
from pytest_aci.spec.checks import shown
from pytest_aci.spec.groups import ContainerSpec, GroupSpec, Kind
from pytest_aci.spec.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_aci.spec.secret import Secret
    from pytest_aci.spec.values import (
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


class _CommandlessOptions(TypedDict, total=False):
    """What a container can be given apart from its command.

    `env` and `secure_env` map names to strings; Azure never shows the
    latter again. `ports` are numbers, strings such as `"53/udp"`, or `Port`. `cpu` is in cores (1.0), `memory_gb` in
    GB (1.5). `volumes` maps paths to volumes or to names of the group's volumes; `Mount` where one is read-only.
    `liveness` and `readiness` are `Probe`s.
    """

    env: Mapping[str, str]
    secure_env: Mapping[str, str | Secret]
    ports: Iterable[int | str | Port]
    cpu: float
    memory_gb: float
    gpu: Gpu | None
    volumes: Mapping[str, str | Volume] | Iterable[Mount]
    liveness: Probe | None
    readiness: Probe | None


class ContainerOptions(_CommandlessOptions, total=False):
    """What a container can be given; `command`, a list, replaces the image's own program and arguments."""

    command: Sequence[str] | None


class SharedOptions(TypedDict, total=False):
    """What a group can be given, apart from its containers and volumes.

    `location` is the run's if not given. `dns_label` names the public address, an ending of the run's own is added;
    `dns_scope` says who may take the name afterwards. `identity` is an `Identity`, `"SystemAssigned"`, or resource
    ids. `subnet_ids` puts the group into a virtual network with a private address.
    """

    location: str | None
    dns_label: str | None
    dns_scope: str
    os_type: Literal["Linux", "Windows"]
    restart_policy: Literal["Always", "OnFailure", "Never"]
    init_containers: Iterable[ContainerSpec]
    registry_credentials: RegistryCredential | Iterable[RegistryCredential]
    identity: Identity | str | Sequence[str] | None
    subnet_ids: str | Sequence[str]
    zone: str | int | None
    priority: Literal["Regular", "Spot"] | None
    sku: Literal["Standard", "Dedicated", "Confidential"] | None
    log_analytics: LogAnalytics | None
    tags: Mapping[str, str]


class GroupOptions(SharedOptions, total=False):
    """`SharedOptions`, and `volumes`: those that containers mount by name."""

    volumes: Iterable[Volume]


class SingleOptions(ContainerOptions, SharedOptions, total=False):
    """`ContainerOptions` and `SharedOptions` for a group of one container."""


class TaskOptions(_CommandlessOptions, SharedOptions, total=False):
    """`SingleOptions` for a task, whose command stands beside its image."""


CONTAINER_OPTIONS = frozenset(ContainerOptions.__annotations__)
GROUP_OPTIONS = frozenset(GroupOptions.__annotations__)
SINGLE_OPTIONS = frozenset(SingleOptions.__annotations__)


def container(name: str, image: str, **options: Unpack[ContainerOptions]) -> ContainerSpec:
    """One container for `group`, `sidecar` or `init_containers=`; options: `ContainerOptions`.

    Raises:
        SpecError: Azure would refuse it; every complaint at once.
    """
    complaints = _unknown(options, CONTAINER_OPTIONS)
    spec = _container(name, image, options)
    complaints += coherence.complaints_about_container(spec)
    if complaints:
        raise SpecError(*complaints)
    return spec


def single(image: str, *, name: str = "main", **options: Unpack[SingleOptions]) -> GroupSpec:
    """A group of one container; options: `ContainerOptions` and `SharedOptions`.

    Raises:
        SpecError: Azure would refuse it; every complaint at once.
    """
    return _alone("single", image, name, dict(options))


def task(
    image: str, command: Sequence[str] | None = None, *, name: str = "main", **options: Unpack[TaskOptions]
) -> GroupSpec:
    """A group of one container that does its work and ends; as `single`, but it is not started again by itself.

    Raises:
        SpecError: Azure would refuse it; every complaint at once.
    """
    return _alone("task", image, name, {"restart_policy": "Never", "command": command, **options})


def sidecar(app: ContainerSpec | str, sidecar: ContainerSpec | str, **options: Unpack[GroupOptions]) -> GroupSpec:
    """A group of an application and a container at its side; of images alone they become `main` and `sidecar`.

    Raises:
        SpecError: Azure would refuse it; every complaint at once.
    """
    both = tuple(
        _container(name, part, {}) if isinstance(part, str) else part
        for name, part in (("main", app), ("sidecar", sidecar))
    )
    return _group("sidecar", both, dict(options), _unknown(options, GROUP_OPTIONS))


def group(*containers: ContainerSpec, **options: Unpack[GroupOptions]) -> GroupSpec:
    """A group of any containers; options: `GroupOptions`.

    Raises:
        SpecError: Azure would refuse it; every complaint at once.
    """
    return _group("group", containers, dict(options), _unknown(options, GROUP_OPTIONS))


def _alone(kind: Kind, image: str, name: str, options: dict[str, Any]) -> GroupSpec:
    own = {word: value for word, value in options.items() if word in CONTAINER_OPTIONS}
    shared = {word: value for word, value in options.items() if word not in CONTAINER_OPTIONS}
    return _group(kind, (_container(name, image, own),), shared, _unknown(options, SINGLE_OPTIONS))


def _container(name: str, image: str, options: Mapping[str, Any]) -> ContainerSpec:
    known = {word: value for word, value in options.items() if word in CONTAINER_OPTIONS}
    return ContainerSpec(name=name, image=image, **tidy.container_fields(known))


def _group(
    kind: Kind, containers: tuple[ContainerSpec, ...], options: dict[str, Any], complaints: list[Complaint]
) -> GroupSpec:
    """The group, with the volumes that its containers brought along; *complaints* are joined to its own."""
    known = {word: value for word, value in options.items() if word in GROUP_OPTIONS}
    fields = tidy.group_fields(known)
    init = fields.pop("init_containers", ())
    declared = fields.pop("volumes", ())
    everyone = (*containers, *(init if isinstance(init, tuple) else ()))
    mounted = [mount.volume for member in everyone for mount in tidy.mounts_of(member)]
    brought = [volume for volume in mounted if not isinstance(volume, str)]
    if isinstance(declared, tuple):
        declared = tidy.each_once((*declared, *brought))
    by_name = tuple(tidy.with_volumes_by_name(member) for member in containers)
    if isinstance(init, tuple):
        init = tuple(tidy.with_volumes_by_name(member) for member in init)
    try:
        spec = GroupSpec(by_name, init_containers=init, volumes=declared, kind=kind, **fields)
    except SpecError as error:
        raise SpecError(*complaints, *error.complaints) from None
    if complaints:
        raise SpecError(*complaints)
    cautions.warn(spec)
    return spec


def _unknown(options: Mapping[str, Any], known: frozenset[str]) -> list[Complaint]:
    words = known | {"image", "name"}  # given by position or for themselves, and misspelt just as well
    return [unknown_word(word, value, words) for word, value in options.items() if word not in known]


def unknown_word(word: str, value: object, known: Iterable[str]) -> Complaint:
    """The complaint about a keyword that nobody knows, with the nearest one that is known."""
    meant = nearest(word, known)
    hint = f"did you mean {meant}?" if meant else f"known are {', '.join(sorted(known))}"
    return Complaint(word, shown(value, hidden=True), f"no such keyword; {hint}")

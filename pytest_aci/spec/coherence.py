"""What the parts of a container group must agree on, and everything that is wrong with a spec in one list."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_aci.errors import Complaint
from pytest_aci.spec.checks import complaints, shown
from pytest_aci.spec.rules import CONTAINER_RULES, GROUP_RULES, MAX_CORES, MAX_MEMORY_GB, is_container

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_aci.spec.groups import ContainerSpec, GroupSpec

MAX_PORTS = 5


def complaints_about_container(container: ContainerSpec, prefix: str = "") -> list[Complaint]:
    """Everything that is wrong with a container by itself."""
    return [*complaints(CONTAINER_RULES, container, prefix), *_each_variable_once(container, prefix)]


def complaints_about_group(group: GroupSpec) -> list[Complaint]:
    """Everything that is wrong with a group; how its parts fit together is asked once each of them is right."""
    found = list(complaints(GROUP_RULES, group))
    for place, container in _placed(group):
        found += complaints_about_container(container, place)
    return found or [complaint for check in _CHECKS for complaint in check(group)]


def _placed(group: GroupSpec) -> Iterator[tuple[str, ContainerSpec]]:
    """Each container with the start of its fields' names: none where the group has been declared as one container."""
    alone = group.kind in ("single", "task") and len(group.containers) == 1
    for field in ("containers", "init_containers"):
        members = getattr(group, field)
        for index, container in enumerate(members if isinstance(members, tuple) else ()):
            if is_container(container):
                yield "" if alone and field == "containers" else f"{field}[{index}].", container


def _repeated(words: list[str]) -> list[str]:
    return [word for word, times in Counter(words).items() if times > 1]


def _each_variable_once(container: ContainerSpec, prefix: str) -> Iterator[Complaint]:
    if isinstance(container.env, tuple):
        for name in _repeated([str(variable.name) for variable in container.env]):
            yield Complaint(f"{prefix}env", repr(name), "a name in env or in secure_env, not in both")


def _each_name_once(group: GroupSpec) -> Iterator[Complaint]:
    for name in _repeated([container.name for _, container in _placed(group)]):
        yield Complaint("containers", repr(name), "a name of its own for each container and init container")
    for name in _repeated([volume.name for volume in group.volumes]):
        yield Complaint("volumes", repr(name), "a name of its own for each different volume")


def _ports_fit_one_address(group: GroupSpec) -> Iterator[Complaint]:
    numbers = [str(port.port) for port in group.ports]
    for number in _repeated(numbers):
        rule = "each port once in a group: its containers share one address, TCP and UDP the same numbers"
        yield Complaint("ports", number, rule)
    if len(numbers) > MAX_PORTS:
        yield Complaint("ports", ", ".join(numbers), f"at most {MAX_PORTS} ports for the address of a group")


def _fits_a_host(group: GroupSpec) -> Iterator[Complaint]:
    larger = "where a region offers more, give an SDK ContainerGroup model instead of a spec"
    cores = round(sum(container.cpu for container in group.containers), 2)
    memory = round(sum(container.memory_gb for container in group.containers), 1)
    if cores > MAX_CORES:
        yield Complaint("cpu", f"{cores} in sum", f"at most {MAX_CORES} cores for a group; {larger}")
    if memory > MAX_MEMORY_GB:
        yield Complaint("memory_gb", f"{memory} in sum", f"at most {MAX_MEMORY_GB} GB for a group; {larger}")


def _init_containers_only_prepare(group: GroupSpec) -> Iterator[Complaint]:
    rule = "not given: an init container has no ports, resources or probes"
    for index, container in enumerate(group.init_containers):
        unset = type(container)(container.name, container.image)
        for field in ("ports", "cpu", "memory_gb", "gpu", "liveness", "readiness"):
            if getattr(container, field) != getattr(unset, field):
                yield Complaint(f"init_containers[{index}].{field}", shown(getattr(container, field)), rule)


def _label_has_an_address(group: GroupSpec) -> Iterator[Complaint]:
    if group.dns_label and not group.ports:
        yield Complaint("dns_label", repr(group.dns_label), "a group with ports: without one it has no address to name")
    if group.dns_label and group.subnet_ids:
        yield Complaint("dns_label", repr(group.dns_label), "a group with a public address: one in a subnet has none")


def _windows_can_do_it(group: GroupSpec) -> Iterator[Complaint]:
    rule = "on Windows one container alone, without init containers, identity and volumes; os_type Linux has them all"
    refused = {
        "containers": len(group.containers) > 1,
        "init_containers": bool(group.init_containers),
        "identity": group.identity is not None,
        "volumes": bool(group.volumes),
    }
    for field, present in refused.items():
        if group.os_type == "Windows" and present:
            yield Complaint(field, shown(getattr(group, field)), rule)


def _mounts_have_volumes(group: GroupSpec) -> Iterator[Complaint]:
    known = [volume.name for volume in group.volumes]
    for place, container in _placed(group):
        for mount in container.mounts:
            if mount.volume not in known:
                rule = f"one of the group's volumes, which are {', '.join(known) or 'none'}"
                yield Complaint(f"{place}mounts", shown(mount.volume), rule)
        for path in _repeated([mount.path for mount in container.mounts]):
            yield Complaint(f"{place}mounts", repr(path), "each path once in a container")


def _registry_identities_are_assigned(group: GroupSpec) -> Iterator[Complaint]:
    assigned = [identity.casefold() for identity in (group.identity.user_assigned if group.identity else ())]
    for index, credential in enumerate(group.registry_credentials):
        if credential.identity and credential.identity.casefold() not in assigned:
            rule = "an identity that the group has too: add it to identity="
            yield Complaint(f"registry_credentials[{index}].identity", shown(credential.identity), rule)


_CHECKS: tuple[Callable[[GroupSpec], Iterator[Complaint]], ...] = (
    _each_name_once,
    _ports_fit_one_address,
    _fits_a_host,
    _init_containers_only_prepare,
    _label_has_an_address,
    _windows_can_do_it,
    _mounts_have_volumes,
    _registry_identities_are_assigned,
)

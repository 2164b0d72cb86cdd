"""What Azure allows and tests suffer from: said as a `SpecWarning` when a spec is built, and never in the way."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from pytest_aci.errors import SpecWarning
from pytest_aci.frames import PACKAGE, level_outside
from pytest_aci.secret_signs import looks_secret
from pytest_aci.spec import images
from pytest_aci.spec.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.spec.groups import GroupSpec

# As the service's FAQ listed them; the list changes, so it is a warning and not a rule.
RESERVED_PORTS = (
    range(22, 23),
    range(1025, 1028),
    range(3389, 3400),
    range(9999, 10000),
    range(19000, 19001),
    range(19080, 19081),
    range(19100, 19101),
    range(19390, 19391),
    range(20000, 30001),
    range(49152, 65535),
)


def cautions(group: GroupSpec) -> Iterator[str]:
    """What to tell somebody who asks for *group*, one sentence or two each; never a variable's value."""
    for look in (_reserved_ports, _plain_secrets, _anonymous_pulls, _smaller_than_documented):
        yield from look(group)


def warn(group: GroupSpec) -> None:
    """Give the cautions about *group* as warnings that point at the line outside this package that built it."""
    for caution in cautions(group):
        warnings.warn(caution, SpecWarning, stacklevel=level_outside([PACKAGE]))


def _reserved_ports(group: GroupSpec) -> Iterator[str]:
    for port in group.ports:
        if any(port.port in reserved for reserved in RESERVED_PORTS):
            yield (
                f"ports = {port.port}: Azure Container Instances keeps this port for itself; "
                "a group that asks for it can stay Waiting for ever. Let the container listen on another one."
            )


def _plain_secrets(group: GroupSpec) -> Iterator[str]:
    for container in (*group.containers, *group.init_containers):
        for variable in container.env:
            if not isinstance(variable.value, Secret) and looks_secret(variable.name, variable.value):
                yield (
                    f"env[{variable.name!r}] of container {container.name!r} looks like a secret; Azure shows plain "
                    f"variables to every reader of the group. Use secure_env={{{variable.name!r}: …}}."
                )


def _anonymous_pulls(group: GroupSpec) -> Iterator[str]:
    if any(credential.server in images.DOCKER_HUB for credential in group.registry_credentials):
        return
    for container in (*group.containers, *group.init_containers):
        reference = images.parse(container.image)
        if reference and reference.on_docker_hub:
            named = reference.tag or reference.digest
            tag = "" if named else " It has no tag either: what it means can change any day."
            yield (
                f"image = {container.image!r} is pulled from Docker Hub without a credential; its limit on anonymous "
                f"pulls is shared with strangers on Azure and fails creations (RegistryErrorResponse).{tag} "
                "Use mcr.microsoft.com, a registry of your own, or registry_credentials=."
            )


def _smaller_than_documented(group: GroupSpec) -> Iterator[str]:
    cores = round(sum(container.cpu for container in group.containers), 2)
    memory = round(sum(container.memory_gb for container in group.containers), 1)
    if cores < 1 or memory < 1:
        yield f"cpu = {cores}, memory_gb = {memory} in sum: Azure documents 1 core and 1 GB as the least for a group."

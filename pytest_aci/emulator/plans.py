"""From a container group's properties to the plans that a runtime works by."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from .runtimes.base import ContainerPlan, Credential, GroupPlan, MountPlan, VolumePlan

if TYPE_CHECKING:
    from .records import ContainerGroup

VOLUME_KINDS = ("azureFile", "emptyDir", "secret", "gitRepo")


def credentials(properties: dict[str, Any]) -> tuple[Credential, ...]:
    """What opens the registries of the group's images."""
    return tuple(
        Credential(each["server"], each.get("username", ""), each.get("password", ""))
        for each in properties.get("imageRegistryCredentials", ())
    )


def images(properties: dict[str, Any]) -> tuple[str, ...]:
    """Every image of the group once, init containers' first, in the order in which they are asked for."""
    containers = [*properties.get("initContainers", ()), *properties.get("containers", ())]
    return tuple(dict.fromkeys(each["properties"]["image"] for each in containers))


def group_plan(group: ContainerGroup, place: str) -> GroupPlan:
    """What the group's containers share; *place* is unique among all places of the emulator's life.

    Ports that only a probe asks for are published too: Azure probes from inside, the emulator from outside.
    """
    ports = [
        (int(each["port"]), str(each.get("protocol", "TCP")))
        for each in (group.properties.get("ipAddress") or {}).get("ports", ())
    ]
    ports += [(port, "TCP") for port in _probed_ports(group)]
    return GroupPlan(
        id=place,
        ports=tuple(dict.fromkeys(ports)),
        volumes=tuple(_volume(each) for each in group.properties.get("volumes", ())),
        credentials=credentials(group.properties),
        images=images(group.properties),
    )


def container_plan(container: dict[str, Any], group: ContainerGroup) -> ContainerPlan:
    """One container of a group as its runtime needs it; secure values of the environment included."""
    asked = container["properties"]
    requests = asked.get("resources", {}).get("requests", {})
    limits = asked.get("resources", {}).get("limits", {})
    command = asked.get("command")
    read_only = [
        each["name"] for each in group.properties.get("volumes", ()) if each.get("azureFile", {}).get("readOnly")
    ]
    return ContainerPlan(
        name=container["name"],
        image=asked["image"],
        # An empty list does not override anything.
        command=tuple(command) if command else None,
        env={
            each["name"]: each.get("secureValue", each.get("value", ""))
            for each in asked.get("environmentVariables", ())
        },
        cpu=float(limits.get("cpu", requests.get("cpu", 1.0))),
        memory_gb=float(limits.get("memoryInGB", requests.get("memoryInGB", 1.5))),
        ports=tuple(int(each["port"]) for each in asked.get("ports", ())),
        mounts=tuple(
            MountPlan(
                each["name"], mount_path(each["mountPath"]), each.get("readOnly", False) or each["name"] in read_only
            )
            for each in asked.get("volumeMounts", ())
        ),
    )


def mount_path(asked: str) -> str:
    """Where a volume is seen: a relative path is one from the root."""
    return "/" + asked.lstrip("/")


def decoded(content: str) -> bytes:
    """A secret volume's file.

    Raises:
        ValueError: The content is not base64.
    """
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def _volume(volume: dict[str, Any]) -> VolumePlan:
    kind = next(each for each in VOLUME_KINDS if each in volume)
    if kind == "secret":
        return VolumePlan(
            volume["name"], kind, files={name: decoded(content) for name, content in volume[kind].items()}
        )
    settings = volume[kind] if isinstance(volume[kind], dict) else {}
    return VolumePlan(volume["name"], kind, settings={name: str(value) for name, value in settings.items()})


def _probed_ports(group: ContainerGroup) -> list[int]:
    probes = [
        container["properties"].get(name) or {}
        for container in group.containers
        for name in ("livenessProbe", "readinessProbe")
    ]
    return [int(probe["httpGet"]["port"]) for probe in probes if "httpGet" in probe]

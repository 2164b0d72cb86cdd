"""The ARM documents of resource groups, container groups and operations: key order, absent keys, hidden secrets."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeGuard

from . import defaults, schema, versions
from .records import CONTAINER_GROUP_TYPE
from .regions import normalised
from .timestamps import milliseconds, ticks, whole_seconds

if TYPE_CHECKING:
    from .records import ContainerGroup, Event, InstanceView, Operation, ResourceGroup, State

FULL, WITHOUT_VIEWS, JUST_CREATED = "full", "without views", "just created"
"""How much of a group an answer shows: a get, a list (no instance view at any level), the answer to a create."""

IDENTITIES = uuid.UUID("4f6cd1f0-64c6-4a3e-9a3c-3b6f54f3a0c1")


def resource_group(group: ResourceGroup, version: str) -> dict[str, Any]:
    """`id, name, type, location, [managedBy], [tags], properties`."""
    document: dict[str, Any] = {"id": group.id, "name": group.name}
    if versions.since(version, versions.TYPE_OF_RESOURCE_GROUP):
        document["type"] = "Microsoft.Resources/resourceGroups"
    document["location"] = group.location
    _put(document, "managedBy", group.managed_by)
    _put(document, "tags", group.tags)
    document["properties"] = {"provisioningState": group.provisioning_state}
    return document


def generic_resource(group: ContainerGroup) -> dict[str, Any]:
    """A container group as the list of all resources of a resource group shows it."""
    document: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "type": CONTAINER_GROUP_TYPE,
        "location": normalised(group.location),
    }
    _put(document, "tags", group.tags)
    return document


def container_group(group: ContainerGroup, version: str, tenant: str, extent: str = FULL) -> dict[str, Any]:
    """`properties, [identity], id, name, type, location, [zones], [tags]`."""
    document: dict[str, Any] = {"properties": _properties(group, version, extent)}
    if group.identity is not None and versions.since(version, versions.IDENTITY):
        document["identity"] = identity(group, tenant)
    document |= {"id": group.id, "name": group.name, "type": CONTAINER_GROUP_TYPE, "location": group.location}
    if versions.since(version, versions.TIMEOUTS_AND_PRIORITY):
        _put(document, "zones", group.zones)
    _put(document, "tags", group.tags)
    return document


def identity(group: ContainerGroup, tenant: str) -> dict[str, Any]:
    """`[userAssignedIdentities], [principalId], tenantId, type`; principals are stable for a group's id."""
    asked = group.identity or {}
    document: dict[str, Any] = {}
    assigned = asked.get("userAssignedIdentities")
    if assigned:
        document["userAssignedIdentities"] = {
            key.replace("/resourceGroups/", "/resourcegroups/"): {
                "principalId": str(uuid.uuid5(IDENTITIES, key.lower() + "/principal")),
                "clientId": str(uuid.uuid5(IDENTITIES, key.lower() + "/client")),
            }
            for key in assigned
        }
    kind = str(asked.get("type", "None"))
    if "systemassigned" in kind.replace(" ", "").lower():
        document["principalId"] = str(uuid.uuid5(IDENTITIES, group.id.lower()))
    return document | {"tenantId": tenant, "type": kind}


def operation(running: Operation) -> dict[str, Any]:
    """The status of an operation; its `id` is the group's, and its events are those of all containers in order."""
    events = [event(each) for each in running.group.events] if running.status == "Failed" else []
    if running.group.views:
        for container in running.group.containers:
            view = running.group.views.get(container["name"])
            events += [event(each) for each in view.events] if view else []
    document: dict[str, Any] = {
        "id": running.group.id,
        "status": running.status,
        "startTime": ticks(running.started),
        "properties": {"events": events},
    }
    _put(document, "error", running.error)
    return document


def instance_view(view: InstanceView) -> dict[str, Any]:
    """`restartCount, currentState, [previousState], [events]`."""
    document: dict[str, Any] = {"restartCount": view.restart_count}
    if view.current is not None:
        document["currentState"] = state(view.current)
    if view.previous is not None:
        document["previousState"] = state(view.previous)
    if view.events:
        document["events"] = [event(each) for each in view.events]
    return document


def state(seen: State) -> dict[str, Any]:
    """`state, [startTime], [exitCode], [finishTime], detailStatus`."""
    document: dict[str, Any] = {"state": seen.state}
    _put(document, "startTime", milliseconds(seen.started) if seen.started else None)
    _put(document, "exitCode", seen.exit_code)
    _put(document, "finishTime", milliseconds(seen.finished) if seen.finished else None)
    document["detailStatus"] = seen.detail
    return document


def event(happened: Event) -> dict[str, Any]:
    """`count, firstTimestamp, lastTimestamp, name, message, type`."""
    return {
        "count": happened.count,
        "firstTimestamp": whole_seconds(happened.first),
        "lastTimestamp": whole_seconds(happened.last),
        "name": happened.name,
        "message": happened.message,
        "type": happened.type,
    }


def _properties(group: ContainerGroup, version: str, extent: str) -> dict[str, Any]:
    shown = schema.PROPERTIES.show(group.properties)
    has_sku = versions.since(version, versions.SKU_AND_INIT_CONTAINERS)
    is_2023 = versions.since(version, versions.TIMEOUTS_AND_PRIORITY)
    is_2024 = versions.since(version, versions.STANDBY_POOLS)
    document: dict[str, Any] = {}
    if has_sku:
        document["sku"] = shown.get("sku", defaults.SKU)
        _copy(document, shown, "encryptionProperties")
    if is_2024:
        document["isCreatedFromStandbyPool"] = False
    document["provisioningState"] = group.provisioning_state
    if is_2023:
        timeout = shown.get("provisioningTimeoutInSeconds", defaults.PROVISIONING_TIMEOUT)
        document["provisioningTimeoutInSeconds"] = timeout
        document["isCustomProvisioningTimeout"] = timeout != defaults.PROVISIONING_TIMEOUT
    document["containers"] = [
        _container(each, group.views.get(each["name"]), extent, with_config_map=is_2024) for each in shown["containers"]
    ]
    if has_sku:
        document["initContainers"] = [
            _init_container(each, group.init_views.get(each["name"]), extent)
            for each in shown.get("initContainers", ())
        ]
    _put(document, "imageRegistryCredentials", _credentials(shown, with_delegation=is_2024))
    _copy(document, shown, "restartPolicy")
    if "ipAddress" in shown:
        document["ipAddress"] = _ip_address(group, shown["ipAddress"], extent, with_scope=is_2023)
    document["osType"] = shown["osType"]
    _copy(document, shown, "volumes")
    if extent != WITHOUT_VIEWS:
        document["instanceView"] = {"events": [event(each) for each in group.events], "state": group.state}
    _copy(document, shown, "diagnostics", "subnetIds", "dnsConfig")
    if is_2023:
        _copy(document, shown, "priority", "extensions", "confidentialComputeProperties")
    if is_2024:
        _copy(document, shown, "containerGroupProfile")
    return document


def _credentials(shown: dict[str, Any], *, with_delegation: bool) -> list[dict[str, Any]] | None:
    credentials: list[dict[str, Any]] | None = shown.get("imageRegistryCredentials")
    if credentials is None or not with_delegation:
        return credentials
    return [each | {"isDelegatedIdentity": False} for each in credentials]


def _container(
    container: dict[str, Any], view: InstanceView | None, extent: str, *, with_config_map: bool
) -> dict[str, Any]:
    asked = container["properties"]
    properties: dict[str, Any] = {"image": asked["image"]}
    _copy(properties, asked, "command")
    properties["ports"] = asked.get("ports", [])
    properties["environmentVariables"] = asked.get("environmentVariables", [])
    if with_config_map:
        _copy(properties, asked, "configMap")
    if _says_something(view, extent):
        properties["instanceView"] = instance_view(view)
    properties["resources"] = asked["resources"]
    _copy(properties, asked, "volumeMounts", "livenessProbe", "readinessProbe", "securityContext")
    return {"name": container["name"], "properties": properties}


def _init_container(container: dict[str, Any], view: InstanceView | None, extent: str) -> dict[str, Any]:
    asked = container["properties"]
    properties: dict[str, Any] = {"image": asked["image"]}
    _copy(properties, asked, "command")
    properties["environmentVariables"] = asked.get("environmentVariables", [])
    if _says_something(view, extent):
        # Unlike a container's, an init container's events are an empty list on the new platform.
        properties["instanceView"] = instance_view(view) | {"events": [event(each) for each in view.events]}
    _copy(properties, asked, "volumeMounts", "securityContext")
    return {"name": container["name"], "properties": properties}


def _ip_address(group: ContainerGroup, asked: dict[str, Any], extent: str, *, with_scope: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"ports": asked.get("ports", [])}
    if extent != JUST_CREATED:
        _put(document, "ip", group.ip)
    document["type"] = asked.get("type", defaults.ADDRESS_TYPE)
    label = asked.get("dnsNameLabel")
    if label is not None:
        document["dnsNameLabel"] = label
        if with_scope:
            scope = "autoGeneratedDomainNameLabelScope"
            document[scope] = asked.get(scope, defaults.LABEL_SCOPE)
        document["fqdn"] = group.fqdn
    return document


def _says_something(view: InstanceView | None, extent: str) -> TypeGuard[InstanceView]:
    """Whether an answer shows the view: a container that has not been started yet has none."""
    return view is not None and view.current is not None and extent == FULL


def _put(document: dict[str, Any], name: str, value: Any) -> None:
    """Absent, never null."""
    if value is not None:
        document[name] = value


def _copy(document: dict[str, Any], source: dict[str, Any], *names: str) -> None:
    for name in names:
        _put(document, name, source.get(name))

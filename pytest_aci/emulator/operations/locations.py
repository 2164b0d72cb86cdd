"""What a region offers: usages, capabilities, cached images; and the provider's list of operations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pytest_aci.emulator import resource_rules, validation
from pytest_aci.emulator.answers import Answer
from pytest_aci.emulator.records import CONTAINER_GROUP_TYPE
from pytest_aci.emulator.regions import normalised

if TYPE_CHECKING:
    from pytest_aci.emulator.calls import Call

CACHED_LINUX = (
    "alpine:3.18", "busybox:1.36", "mcr.microsoft.com/azuredocs/aci-helloworld:latest",
    "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar:latest", "mcr.microsoft.com/azuredocs/aci-wordcount:latest",
    "nginx:1.25", "ubuntu:22.04",
)  # fmt: skip
CACHED_WINDOWS = (("WindowsServer2019", "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019"),)
NAMESPACE = "Microsoft.ContainerInstance"

# (operation, resource, words for people): what the provider says that a role may do.
_GROUPS, _CONTAINERS, _LOCATIONS = "Container Groups", "Containers", "Locations"
OPERATIONS = (
    ("containerGroups/read", _GROUPS, "Get Container Groups", "Get all container goups."),
    (
        "containerGroups/write",
        _GROUPS,
        "Create or update Container Group",
        "Create or update a specific container group.",
    ),
    ("containerGroups/delete", _GROUPS, "Delete Container Group", "Delete the specific container group."),
    ("containerGroups/restart/action", _GROUPS, "Restart Container Group", "Restarts a specific container group."),
    ("containerGroups/stop/action", _GROUPS, "Stop Container Group", "Stops a specific container group."),
    ("containerGroups/start/action", _GROUPS, "Start Container Group", "Starts a specific container group."),
    ("containerGroups/containers/logs/read", _CONTAINERS, "Get Container Logs", "Get logs for a specific container."),
    ("containerGroups/containers/exec/action", _CONTAINERS, "Exec Into Container", "Exec into a specific container."),
    ("containerGroups/containers/attach/action", _CONTAINERS, "Attach to Container", "Attach to a specific container."),
    (
        "containerGroups/outboundNetworkDependenciesEndpoints/read",
        _GROUPS,
        "Get Outbound Dependencies",
        "Get outbound network dependencies of a container group.",
    ),
    ("containerGroups/detectors/read", "Detectors", "List Detectors", "List container group detectors."),
    (
        "containerGroups/providers/Microsoft.Insights/diagnosticSettings/read",
        _GROUPS,
        "Get diagnostic setting",
        "Gets the diagnostic setting for the container group.",
    ),
    (
        "containerGroups/providers/Microsoft.Insights/diagnosticSettings/write",
        _GROUPS,
        "Write diagnostic setting",
        "Creates or updates the diagnostic setting for the container group.",
    ),
    (
        "containerGroups/providers/Microsoft.Insights/metricDefinitions/read",
        _GROUPS,
        "Get metric definitions",
        "Gets the available metrics for container group.",
    ),
    ("locations/usages/read", _LOCATIONS, "Get Usages", "Get the usage for a specific region."),
    ("locations/capabilities/read", _LOCATIONS, "Get Capabilities", "Get the capabilities for a region."),
    (
        "locations/cachedImages/read",
        _LOCATIONS,
        "Get Cached Images",
        "Gets the cached images for the subscription in a region.",
    ),
    ("locations/operations/read", _LOCATIONS, "Get Operation", "Get the operation status."),
    ("locations/operationResults/read", _LOCATIONS, "Get Operation Result", "Get async operation result."),
    (
        "locations/deleteVirtualNetworkOrSubnets/action",
        _LOCATIONS,
        "Delete Virtual Network or Subnets",
        "Notifies Microsoft.ContainerInstance that virtual network or subnet is being deleted.",
    ),
    ("operations/read", "Operations", "Get Operations", "List the operations for Azure Container Instance service."),
    (
        "register/action",
        "Subscription",
        "Register Subscription",
        "Registers the subscription for the container instance resource provider.",
    ),
    (
        "unregister/action",
        "Subscription",
        "Unregister Subscription",
        "Unregisters the subscription for the container instance resource provider.",
    ),
    (
        "serviceassociationlinks/delete",
        "Service Association Link",
        "Delete Service Association Link",
        "Delete the Service Association Link created by Azure Container Instance resource provider on a subnet.",
    ),
)


async def usages(call: Call) -> Answer:
    """Seven counters; every one is called "Container Groups" for people, and ids keep the caller's spelling."""
    location = _location(call)
    groups = [
        each for each in call.cloud.store.groups(call.subscription) if normalised(each.location) == normalised(location)
    ]
    quota = call.configuration.quota
    rows: list[tuple[str, float, float]] = [
        ("ContainerGroups", len(groups), quota.container_groups),
        ("StandardCores", sum(each.cores for each in groups), quota.standard_cores),
        ("StandardK80Cores", 0, 0),
        ("StandardP100Cores", 0, 0),
        ("StandardV100Cores", 0, 0),
        ("DedicatedContainerGroups", 0, 0),
        ("DedicatedCores", 0, 0),
    ]
    base = f"/subscriptions/{call.subscription}/providers/{NAMESPACE}/locations/{location}/usages"
    value = [
        {
            "id": f"{base}/{name}",
            "unit": "Count",
            "currentValue": math.ceil(current),
            "limit": int(limit),
            "name": {"value": name, "localizedValue": "Container Groups"},
        }
        for name, current, limit in rows
    ]
    return Answer(200, {"value": value}, region=location)


async def capabilities(call: Call) -> Answer:
    """What one group may have at most, by operating system and kind of address; regions are in capitals."""
    location = _location(call)
    value = [
        {
            "resourceType": "containerGroups",
            "osType": system,
            "location": normalised(location).upper(),
            "ipAddressType": address,
            "gpu": "None",
            "capabilities": {
                "maxMemoryInGB": resource_rules.MAX_MEMORY,
                "maxCpu": resource_rules.MAX_CPU,
                "maxGpuCount": 0.0,
            },
        }
        for system, address in (("Linux", "Public"), ("Linux", "Private"), ("Windows", "Public"))
    ]
    return Answer(200, {"value": value}, region=location)


async def cached_images(call: Call) -> Answer:
    """Images that start faster; only Windows rows have an `osVersion`."""
    location = _location(call)
    value: list[dict[str, Any]] = [{"osType": "Linux", "image": image} for image in CACHED_LINUX]
    value += [{"osType": "Windows", "osVersion": version, "image": image} for version, image in CACHED_WINDOWS]
    return Answer(200, {"value": value}, region=location)


async def operations(call: Call) -> Answer:
    """The 24 operations of the provider."""
    value = [
        {
            "name": f"{NAMESPACE}/{name}",
            "display": {
                "provider": "Microsoft Container Instance",
                "resource": resource,
                "operation": operation,
                "description": description,
            },
            "origin": "User",
        }
        for name, resource, operation, description in OPERATIONS
    ]
    return Answer(200, {"value": value}, region=call.configuration.region)


def _location(call: Call) -> str:
    return validation.check_location(call.parameters["location"], CONTAINER_GROUP_TYPE)

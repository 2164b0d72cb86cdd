"""The traffic of the replay benchmarks: one resource group and three container groups, from nothing to nothing."""

from __future__ import annotations

from typing import Any

from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.containerinstance import ContainerInstanceManagementClient, models
from azure.mgmt.resource.resources import ResourceManagementClient

from benchmarks.cloud import SUBSCRIPTION

PLACE = "benchmark-place"
NAMES = ("benchmark-one", "benchmark-two", "benchmark-three")
Clients = tuple[ResourceManagementClient, ContainerInstanceManagementClient]


def clients(url: str, **options: Any) -> Clients:
    """The SDK's clients as they are, without signing in."""

    def made(kind: Any) -> Any:
        return kind(object(), SUBSCRIPTION, base_url=url, authentication_policy=SansIOHTTPPolicy(), **options)

    return made(ResourceManagementClient), made(ContainerInstanceManagementClient)


def wanted() -> models.ContainerGroup:
    """What each group is made from."""
    resources = models.ResourceRequirements(requests=models.ResourceRequests(cpu=1.0, memory_in_gb=1.5))
    port = models.ContainerPort(port=80)
    image = "mcr.microsoft.com/azuredocs/aci-helloworld"
    container = models.Container(name="main", image=image, resources=resources, ports=[port])
    return models.ContainerGroup(location="westeurope", os_type="Linux", containers=[container])


def live(resources: Any, containers: Any) -> None:
    """Create everything, look at it, and delete it: 21 requests, and as many polls as there are."""
    resources.resource_groups.create_or_update(PLACE, {"location": "westeurope"})
    assert resources.resource_groups.get(PLACE).name
    groups = containers.container_groups
    for name in NAMES:  # one after the other: vcrpy loses what the threads of several pollers ask at once
        groups.begin_create_or_update(PLACE, name, wanted(), polling_interval=0).result()
        assert groups.get(PLACE, name).instance_view.state == "Running"
        assert containers.containers.list_logs(PLACE, name, "main").content
    assert len(list(groups.list_by_resource_group(PLACE))) == len(NAMES)
    for name in NAMES:
        groups.begin_delete(PLACE, name, polling_interval=0).result()
    resources.resource_groups.begin_delete(PLACE, polling_interval=0).result()

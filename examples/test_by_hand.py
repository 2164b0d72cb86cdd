"""The same job once more, with the SDK by hand, as code under test would do it: recorded and replayed like the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from azure.mgmt.containerinstance.models import (
    Container,
    ContainerGroup,
    ContainerGroupNetworkProtocol,
    ContainerPort,
    EnvironmentVariable,
    IpAddress,
    Port,
    ResourceRequests,
    ResourceRequirements,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    from pytest_aci import ResourceGroup

import pytest

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"
SIDECAR = "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar"
WORDCOUNT = "mcr.microsoft.com/azuredocs/aci-wordcount"
RESOURCES = ResourceRequirements(requests=ResourceRequests(memory_in_gb=1, cpu=1.0))


@pytest.fixture
def place(
    request: pytest.FixtureRequest, aci_resource_client: ResourceManagementClient, aci_resource_group: ResourceGroup
) -> Iterator[str]:
    """A resource group made and deleted by hand. Its name carries the run's, so that it is a constant in cassettes."""
    name = f"{aci_resource_group.name}-{request.node.name}"
    aci_resource_client.resource_groups.create_or_update(name, {"location": aci_resource_group.location})
    yield name
    aci_resource_client.resource_groups.begin_delete(name).result()


def test_single(aci_client: ContainerInstanceManagementClient, place: str, aci_resource_group: ResourceGroup) -> None:
    """Create a group with a public address, list it, get it, delete it."""
    group = ContainerGroup(
        location=aci_resource_group.location,
        containers=[Container(name="web", image=HELLO, resources=RESOURCES, ports=[ContainerPort(port=80)])],
        os_type="Linux",
        ip_address=IpAddress(
            ports=[Port(protocol=ContainerGroupNetworkProtocol.TCP, port=80)],
            type="Public",
            dns_name_label=f"by-hand-{aci_resource_group.name}",
        ),
    )
    created = aci_client.container_groups.begin_create_or_update(place, "by-hand", group).result()
    assert created.ip_address.fqdn.startswith("by-hand-")

    assert [one.instance_view for one in aci_client.container_groups.list_by_resource_group(place)] == [None]
    got = aci_client.container_groups.get(place, "by-hand")
    assert got.instance_view.state == "Running"
    assert got.containers[0].instance_view.current_state.state == "Running"

    aci_client.container_groups.begin_delete(place, "by-hand").result()
    assert list(aci_client.container_groups.list_by_resource_group(place)) == []


def test_app_and_sidecar(
    aci_client: ContainerInstanceManagementClient, place: str, aci_resource_group: ResourceGroup
) -> None:
    """Create a group of two containers."""
    group = ContainerGroup(
        location=aci_resource_group.location,
        containers=[
            Container(name="app", image=HELLO, resources=RESOURCES, ports=[ContainerPort(port=80)]),
            Container(name="sidecar", image=SIDECAR, resources=RESOURCES),
        ],
        os_type="Linux",
        ip_address=IpAddress(ports=[Port(protocol="TCP", port=80)], type="Public"),
    )
    created = aci_client.container_groups.begin_create_or_update(place, "by-hand-pair", group).result()
    assert [one.name for one in created.containers] == ["app", "sidecar"]
    aci_client.container_groups.begin_delete(place, "by-hand-pair").result()


def test_task(aci_client: ContainerInstanceManagementClient, place: str, aci_resource_group: ResourceGroup) -> None:
    """Run a command to its end, poll the operation until it is done, and read the logs."""
    group = ContainerGroup(
        location=aci_resource_group.location,
        containers=[
            Container(
                name="task",
                image=WORDCOUNT,
                resources=RESOURCES,
                command=["python", "wordcount.py", "http://shakespeare.mit.edu/romeo_juliet/full.html"],
                environment_variables=[
                    EnvironmentVariable(name="NumWords", value="5"),
                    EnvironmentVariable(name="MinLength", value="8"),
                ],
            )
        ],
        os_type="Linux",
        restart_policy="Never",
    )
    poller = aci_client.container_groups.begin_create_or_update(place, "by-hand-task", group)
    while not poller.done():
        poller.wait(1)
    while aci_client.container_groups.get(place, "by-hand-task").instance_view.state not in ("Succeeded", "Failed"):
        time.sleep(1)
    assert aci_client.containers.list_logs(place, "by-hand-task", "task").content.count("(") == 5
    aci_client.container_groups.begin_delete(place, "by-hand-task").result()

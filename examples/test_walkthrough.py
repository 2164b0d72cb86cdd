"""The job of Microsoft's page "Azure Container Instances libraries for Python", as fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    from pytest_aci import ContainerGroup, ResourceGroup


def test_the_resource_group_exists(
    aci_resource_group: ResourceGroup, aci_resource_client: ResourceManagementClient
) -> None:
    """A resource group is created, and can be got."""
    found = aci_resource_client.resource_groups.get(aci_resource_group.name)
    assert found.location == aci_resource_group.location


def test_a_single_container_serves_a_page(hello: ContainerGroup) -> None:
    """One container, port 80, and a public DNS name."""
    assert hello.instance_view.state == "Running"
    assert hello.fqdn is not None
    assert hello.fqdn.startswith("aci-hello-")
    answer = requests.get(hello.url(80))
    assert answer.status_code == 200
    assert "Welcome to Azure Container Instances" in answer.text


def test_a_sidecar_watches_its_app(pair: ContainerGroup) -> None:
    """Two containers in one group share its network: the fixture waits until the sidecar has seen the app's page."""
    assert [one.name for one in pair] == ["app", "sidecar"]
    assert [one.instance_view.current_state.state for one in pair] == ["Running", "Running"]
    assert pair["sidecar"].restart_count == 0


def test_a_task_counts_words(words: ContainerGroup) -> None:
    """A command-line override, environment variables, restart policy Never: it ends, and leaves its logs."""
    assert words.resource.restart_policy == "Never"
    assert words.instance_view.state == "Succeeded"
    assert words.exit_code == 0
    assert words.logs().count("(") == 5


def test_several_commands_run_through_a_shell(echo: ContainerGroup) -> None:
    """Several commands are one argument of a shell; a task that fails is a result like any other."""
    assert echo.exit_code == 3
    assert echo.instance_view.state == "Failed"
    assert echo.logs() == "FOO BAR\n"


def test_a_list_has_no_instance_view(
    hello: ContainerGroup, aci_client: ContainerInstanceManagementClient, aci_resource_group: ResourceGroup
) -> None:
    """Listing groups does not fill their instance view; getting one does, for each container too."""
    listed = {one.name: one for one in aci_client.container_groups.list_by_resource_group(aci_resource_group.name)}
    assert listed[hello.name].instance_view is None
    got = aci_client.container_groups.get(aci_resource_group.name, hello.name)
    assert got.instance_view is not None
    assert all(one.instance_view is not None for one in got.containers)


@pytest.mark.aci(image="mcr.microsoft.com/azuredocs/aci-wordcount", command=["echo", "FOO", "BAR"])
def test_one_command_is_a_list(aci_task: ContainerGroup) -> None:
    """A single command with its arguments is a list of strings; the marker says what the ready-made fixture gives."""
    assert aci_task.logs() == "FOO BAR\n"

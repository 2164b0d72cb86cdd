"""Tests with pytest-asyncio, the SDK's asynchronous client, and asynchronous HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from pytest_aci import ContainerGroup, container_group, http, single

if TYPE_CHECKING:
    from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80))


@pytest.mark.asyncio
async def test_a_page_with_aiohttp(web: ContainerGroup) -> None:
    """The test's own asynchronous HTTP is recorded and replayed too."""
    async with aiohttp.ClientSession() as session, session.get(web.url(80)) as answer:
        assert "Welcome" in await answer.text()


@pytest.mark.asyncio
async def test_the_asynchronous_client(
    web: ContainerGroup, aci_async_client: ContainerInstanceManagementClient
) -> None:
    """Code under test that drives ACI with asyncio gets the SDK's own client."""
    async with aci_async_client as client:
        found = await client.container_groups.get(web.resource_group, web.name)
    assert found.name == web.name


@pytest.mark.asyncio
async def test_a_handle_in_a_thread(web: ContainerGroup) -> None:
    """Handles block while they ask Azure: hand them to a thread where the event loop must go on."""
    assert (await asyncio.to_thread(web.refresh)).state == "Running"

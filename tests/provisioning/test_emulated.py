from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING

import aiohttp
import httpx
import pytest
import requests

from pytest_aci.arm.connection import Connection
from pytest_aci.arm.pools import pinned_pools
from pytest_aci.arm.sdk import SdkControlPlane
from pytest_aci.provisioning.emulated import EmulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.arm.control_plane import GroupState
    from tests.conftest import ReadyLine

PLACE = "reached"
SECONDS = 30.0


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """A port that somebody serves on every address of this machine, so that no group gets it."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture(scope="module")
def group(emulator: ReadyLine, taken: int) -> Iterator[GroupState]:
    """A running web server with a DNS name; it serves port 80, and opens the taken one, too."""
    arm = SdkControlPlane(Connection.discover(emulator["url"], environment={}))
    arm.put_resource_group(PLACE, "westeurope", {})
    ports = [{"port": 80}, {"port": taken}]
    image = "mcr.microsoft.com/azuredocs/aci-helloworld"
    resources = {"requests": {"cpu": 1, "memoryInGB": 1}}
    container = {"name": "main", "properties": {"image": image, "ports": ports, "resources": resources}}
    address = {"type": "Public", "ports": ports, "dnsNameLabel": "reached-by-name"}
    properties = {"osType": "Linux", "containers": [container], "ipAddress": address}
    arm.put_group(PLACE, "web", {"location": "westeurope", "properties": properties})
    deadline = time.monotonic() + SECONDS
    while (state := arm.get_group(PLACE, "web")) is None or state.provisioning_state != "Succeeded":
        assert time.monotonic() < deadline
    yield state
    arm.delete_resource_group(PLACE)
    arm.close()


@pytest.fixture
def network(emulator: ReadyLine) -> Iterator[EmulatedNetwork]:
    """The network, while names are resolved."""
    with contextlib.closing(EmulatedNetwork(pinned_pools(), emulator["url"])) as network:
        yield network


def test_another_port(network: EmulatedNetwork, group: GroupState, taken: int) -> None:
    """A port that the emulator could not have is told under the number that it has instead, and answers there."""
    host, port = network.address(group, taken)
    assert host == group.ip
    assert port != taken
    assert network.connects(host, port) == ""


def test_constant_of_another_port(emulator: ReadyLine, group: GroupState, taken: int) -> None:
    """Cassettes hold the group's own port: the other number is learned as what stands for it."""
    learned: dict[str, str] = {}
    spoken = EmulatedNetwork(pinned_pools(), emulator["url"], learned.__setitem__, {group.ip: "192.0.2.1"}.__getitem__)
    with contextlib.closing(spoken) as network:
        host, port = network.address(group, taken)
    assert learned == {f"{host}:{port}": f"192.0.2.1:{taken}"}


def test_names(network: EmulatedNetwork, group: GroupState) -> None:
    """A group's DNS name resolves for what asks Python's socket module: requests, httpx, aiohttp."""
    url = f"http://{group.fqdn}/"

    async def asked() -> str:
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return await answer.text()

    pages = [requests.get(url, timeout=SECONDS).text, httpx.get(url).text, asyncio.run(asked())]
    assert ["Welcome to Azure Container Instances" in page for page in pages] == [True] * 3


def test_unknown_name(network: EmulatedNetwork) -> None:
    """A name of no group is nobody's: Azure's name servers are not asked."""
    with pytest.raises(socket.gaierror, match=r"No container group of the emulator has the name 'no\.azurecontainer"):
        socket.getaddrinfo("no.azurecontainer.io", 80)


def test_closing(emulator: ReadyLine) -> None:
    """Afterwards names are resolved as before."""
    before = socket.getaddrinfo
    network = EmulatedNetwork(pinned_pools(), emulator["url"])
    assert socket.getaddrinfo != before
    network.close()
    network.close()
    assert socket.getaddrinfo == before


def test_no_emulator(group: GroupState) -> None:
    """Where no emulator answers, a group is reached as its document says."""
    with contextlib.closing(EmulatedNetwork(pinned_pools(), "http://127.0.0.1:9")) as network:
        assert network.address(group, 80) == (group.ip, 80)

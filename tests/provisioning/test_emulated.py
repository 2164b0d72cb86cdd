from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from typing import TYPE_CHECKING

import aiohttp
import httpx
import pytest
import requests

from pytest_aci.arm.connection import Connection
from pytest_aci.arm.control_plane import GroupState
from pytest_aci.arm.sdk import SdkControlPlane
from pytest_aci.provisioning.emulated import SHARED, EmulatedNetwork
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.placeholders import Numbers
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    with contextlib.closing(EmulatedNetwork(emulator["url"])) as network:
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
    constant = {(group.name, group.ip): "192.0.2.1"}
    spoken = EmulatedNetwork(emulator["url"], learned.__setitem__, lambda name, ip: constant[name, ip])
    with contextlib.closing(spoken) as network:
        host, port = network.address(group, taken)
    assert learned == {f"{host}:{port}": f"192.0.2.1:{taken}"}


@pytest.mark.parametrize("port", [80, 443])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("ip", ["127.3.2.1", SHARED])
def test_what_is_recorded_on_another_port_replays(
    monkeypatch: pytest.MonkeyPatch, port: int, scheme: str, ip: str
) -> None:
    """Either scheme on either port is found again, also where all groups share one address with the test's servers."""
    redactor, numbers = Redactor(), Numbers("o")
    place = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerInstance/containerGroups/web"
    group = GroupState("web", place, "westeurope", ip=ip)
    spoken = EmulatedNetwork("http://127.0.0.1:9", redactor.learn, redactor.address)
    monkeypatch.setattr(spoken, "_groups", lambda: [{"id": place, "ports": {str(port): 20443}}])
    document = json.dumps({"name": group.name, "properties": {"ipAddress": {"ip": ip}}}).encode()
    arm = Request("GET", f"https://management.azure.com{place}?api-version=1")
    answer = json.loads(redactor.response(arm, Response(200, "", (), document), "arm", numbers).body)
    shown = answer["properties"]["ipAddress"]["ip"]
    with contextlib.closing(spoken):
        host, real = spoken.address(group, port)
    recorded = redactor.request(Request("GET", f"{scheme}://{host}:{real}/x"), "http", numbers)
    assert recorded == Redactor().request(Request("GET", f"{scheme}://{shown}:{port}/x"), "http", numbers)
    other = Request("GET", "http://127.0.0.1:5000/")
    assert redactor.request(other, "http", numbers) == other


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
    network = EmulatedNetwork(emulator["url"])
    assert socket.getaddrinfo != before
    network.close()
    network.close()
    assert socket.getaddrinfo == before


def test_no_emulator(group: GroupState) -> None:
    """Where no emulator answers, a group is reached as its document says."""
    with contextlib.closing(EmulatedNetwork("http://127.0.0.1:9")) as network:
        assert network.address(group, 80) == (group.ip, 80)

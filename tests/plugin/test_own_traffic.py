from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin import recorded_suite as suite

CONFTEST = """
import pytest
from pytest_aci import container_group, http, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80))


@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

CLIENTS = """
import asyncio

import aiohttp, httpx, pytest, requests, urllib3


def test_requests(web):
    with requests.Session() as session:
        assert "Welcome" in session.get(web.url(80)).text
        assert session.post(web.url(80), json={"a": 1}).status_code in (200, 404, 405, 501)


def test_httpx(web):
    with httpx.Client() as client:
        assert "Welcome" in client.get(web.url(80)).text


def test_urllib3(web):
    assert urllib3.PoolManager().request("GET", web.url(80)).status == 200


@pytest.mark.asyncio
async def test_httpx_asynchronously(web):
    async with httpx.AsyncClient() as client:
        both = await asyncio.gather(client.get(web.url(80, "/?a")), client.get(web.url(80, "/?b")))
    assert [one.status_code for one in both] == [200, 200]


@pytest.mark.asyncio
async def test_aiohttp(web):
    async with aiohttp.ClientSession() as session, session.get(web.url(80)) as answer:
        assert "Welcome" in await answer.text()


def test_a_command(web):
    assert web.exec("whoami").output.strip() == "root"
    assert web["main"].exec("whoami").output.strip() == "root"


@pytest.mark.aci(live_only=True)
def test_raw(web):
    import socket

    socket.create_connection((web.ip, 80), timeout=9).close()
"""

ASYNCHRONOUS = """
import pytest
from azure.mgmt.containerinstance import models


def wanted():
    resources = models.ResourceRequirements(requests=models.ResourceRequests(cpu=1, memory_in_gb=1))
    container = models.Container(
        name="a", image="mcr.microsoft.com/azuredocs/aci-wordcount", command=["echo", "made"], resources=resources
    )
    return models.ContainerGroup(
        location="westeurope", containers=[container], os_type="Linux", restart_policy="Never"
    )


async def make(client, place, name):
    async with client:
        poller = await client.container_groups.begin_create_or_update(place, name, wanted())
        made = await poller.result()
        assert made.provisioning_state == "Succeeded"
        found = [one.name async for one in client.container_groups.list_by_resource_group(place)]
        assert name in found
        gone = await (await client.container_groups.begin_delete(place, name)).result()
        assert gone is None or gone.name == name


@pytest.mark.asyncio
async def test_asyncio(aci_async_client, aci_resource_group):
    await make(aci_async_client, aci_resource_group.name, "by-asyncio")


@pytest.mark.anyio
async def test_anyio(aci_async_client, aci_resource_group):
    await make(aci_async_client, aci_resource_group.name, "by-anyio")
"""

LASTING = """
import http.client

LASTING = []


def test_with_containers(web):
    LASTING.append(http.client.HTTPConnection(*web.address(80), timeout=9))


def test_without():
    LASTING[0].request("GET", "/later")
    assert LASTING[0].getresponse().status == 404
"""

WRONG = """
import socket, threading
from concurrent.futures import ThreadPoolExecutor

import requests


def test_threads(web):
    together = threading.Barrier(8, timeout=30)

    def ask(number):
        together.wait()
        return [requests.get(web.url(80, f"/?{number}")).status_code for _ in range(10)]

    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(ask, range(8)))) == 8


def test_raw(web):
    socket.create_connection((web.ip, 80), timeout=9).close()
"""

ROOT = Path(__file__).parents[2]
PLUGINS = ("-p", "asyncio", "-p", "anyio")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A suite whose tests talk in all ways that there are, recorded; and what was said meanwhile."""
    folder = tmp_path_factory.mktemp("traffic")
    suite.write(
        folder,
        {
            "conftest.py": CONFTEST,
            "test_asynchronous.py": ASYNCHRONOUS,
            "test_clients.py": CLIENTS,
            "test_lasting.py": LASTING,
            "pytest.ini": "[pytest]\n",
        },
    )
    result = suite.pytest_in(folder, *PLUGINS, *suite.RECORD)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, result.stdout


def test_replay_opens_no_connection_though_it_could_sign_in(recorded: tuple[Path, str]) -> None:
    """K21: with credentials in the environment and the network up, every client's traffic comes from cassettes."""
    folder, _ = recorded
    guarded = ("-p", "tests.plugin.socket_guard", "--deselect=test_lasting.py::test_without")
    result = suite.pytest_in(
        folder, *PLUGINS, *guarded, "-rs", environment=suite.CREDENTIALS | {"PYTHONPATH": str(ROOT)}
    )
    assert "9 passed, 1 skipped, 1 deselected" in result.stdout, result.stdout
    assert "live_only: it can not be replayed; run it with --aci-mode=live" in result.stdout


def test_asynchronous_tests_work_live_too(recorded: tuple[Path, str]) -> None:
    """With pytest-asyncio and with anyio, the asynchronous client is the same where nothing is recorded."""
    folder, _ = recorded
    result = suite.pytest_in(folder, *PLUGINS, *suite.RECORD, "--aci-mode=live", "test_asynchronous.py")
    assert "2 passed" in result.stdout, result.stdout


def test_what_no_test_with_containers_asked_is_listed(recorded: tuple[Path, str]) -> None:
    """A connection that outlives its test takes traffic along that no cassette can have; the recording says so."""
    _, said = recorded
    assert "asked while no test with containers was running, and not recorded:" in said
    assert "    GET http://" in said
    assert "/later" in said


def test_what_would_be_a_lie_is_not_recorded(recorded: tuple[Path, str], tmp_path: Path) -> None:
    """HTTP of several threads at once, and what is not HTTP, fail with the reason; nothing of it is kept."""
    suite.write(tmp_path, {"conftest.py": CONFTEST, "test_wrong.py": WRONG, "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert result.returncode == 1
    reason = (
        "was opened: no cassette can hold it. It is not HTTP, or it is HTTP of one thread while another one was "
        "sending, which vcrpy does not see. Ask in one thread, or mark the test @pytest.mark.aci(live_only=True)."
    )
    errors = [line for line in result.stdout.splitlines() if reason in line]
    assert len(errors) >= 2, result.stdout
    assert "FAILED test_wrong.py::test_threads" in result.stdout
    assert "FAILED test_wrong.py::test_raw" in result.stdout
    assert "nothing was kept" in result.stdout
    assert suite.cassettes(tmp_path) == {}


def test_replay_refuses_what_is_not_http(recorded: tuple[Path, str]) -> None:
    """A plain socket in a replayed test is refused, with the reason and what to mark the test with."""
    folder, _ = recorded
    suite.write(folder, {"test_raw.py": WRONG})
    result = suite.pytest_in(folder, "test_raw.py::test_raw")
    assert result.returncode == 1
    assert (
        "was opened: replay opens no connection. Only HTTP can be replayed; a test that needs more is marked "
        "@pytest.mark.aci(live_only=True), and --aci-allowed-hosts lets it connect to a host unrecorded."
    ) in result.stdout

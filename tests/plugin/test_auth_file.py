from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from tests.conftest import ReadyLine

MODULE = """
import pytest, requests
from pytest_aci import container_group, http, single

web = container_group(
    single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80], dns_label="by-auth-file"), until=http(80)
)


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_page(web):
    assert "Welcome" in requests.get(web.url(80)).text
    assert "Welcome" in requests.get(f"http://{web.fqdn}/").text


def test_client(web, aci_client, aci_resource_group):
    assert aci_client.container_groups.get(aci_resource_group.name, web.name).name == web.name


@pytest.mark.anyio
async def test_asynchronous_client(web, aci_async_client, aci_resource_group):
    async with aci_async_client as client:
        assert (await client.container_groups.get(aci_resource_group.name, web.name)).name == web.name
"""
FILES = {"conftest.py": suite.GUARD, "test_it.py": MODULE, "pytest.ini": "[pytest]\n"}


def signed_in(emulator: ReadyLine, resource_manager: str, folder: Path) -> dict[str, str]:
    """The environment of somebody who has an auth file and nothing else."""
    path = folder / "auth.json"
    facts = json.loads(Path(emulator["auth_file"]).read_text("utf-8"))
    path.write_text(json.dumps({**facts, "resourceManagerEndpointUrl": resource_manager}), "utf-8")
    path.chmod(0o600)
    return {"AZURE_AUTH_LOCATION": str(path), "REQUESTS_CA_BUNDLE": emulator["ca_bundle"]}


def test_an_auth_file_that_points_to_an_emulator_is_enough(emulator: ReadyLine, tmp_path: Path) -> None:
    """Without any endpoint it leads a live run there, names and ports of groups included."""
    suite.write(tmp_path, FILES)
    environment = signed_in(emulator, emulator["https_url"], tmp_path)
    result = suite.pytest_in(tmp_path, "--aci-mode=live", environment=environment)
    assert "3 passed" in result.stdout, result.stdout + result.stderr


def test_what_an_auth_file_recorded_replays_without_it(emulator: ReadyLine, tmp_path: Path) -> None:
    """Also over plain HTTP, with both clients; the cassettes say that it was no Azure."""
    suite.write(tmp_path, FILES)
    environment = signed_in(emulator, emulator["url"], tmp_path)
    result = suite.pytest_in(tmp_path, "--aci-mode=record", environment=environment)
    assert "3 passed" in result.stdout, result.stdout + result.stderr
    texts = suite.cassettes(tmp_path).values()
    assert ['"against": "emulator"' in text for text in texts] == [True] * 5
    result = suite.pytest_in(tmp_path)
    assert "3 passed" in result.stdout, result.stdout + result.stderr

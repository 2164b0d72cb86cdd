from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm import clouds
from pytest_aci.arm.clouds import Cloud, find_cloud, is_emulated, is_loopback, is_microsoft
from pytest_aci.errors import CloudNotFound, UnsafeEndpoint
from tests.arm.scripted_arm import Answer, ScriptedArm

if TYPE_CHECKING:
    from collections.abc import Iterator

METADATA = {
    "galleryEndpoint": "https://gallery.example",
    "graphEndpoint": "https://graph.example",
    "authentication": {"loginEndpoint": "https://login.example/", "audiences": ["https://arm.example/aud"]},
}


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server whose answers are prepared."""
    with ScriptedArm() as server:
        yield server


@pytest.mark.parametrize(
    ("name", "manager", "authority"),
    [
        ("azure", "https://management.azure.com", "https://login.microsoftonline.com"),
        ("usgov", "https://management.usgovcloudapi.net", "https://login.microsoftonline.us"),
        ("china", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
    ],
)
def test_named_clouds_are_known(name: str, manager: str, authority: str) -> None:
    """Azure's clouds have names, and are found by the URL of their resource manager as well."""
    cloud = find_cloud(name)
    assert (cloud.name, cloud.resource_manager, cloud.authority) == (name, manager, authority)
    assert cloud.scope == f"{manager}/.default"
    assert cloud.is_loopback is False
    assert find_cloud(f"{manager}/") == cloud


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9", True),
        ("https://localhost:1", True),
        ("http://aci.localhost:1", True),
        ("http://[::1]:1", True),
        ("ws://127.0.0.1/x", True),
        ("http://10.0.0.1", False),
        ("https://localhost.example", False),
        ("https://management.azure.com", False),
        ("azure", False),
    ],
)
def test_loopback_is_this_machine(url: str, here: bool) -> None:
    """Only the addresses and names of this machine itself are loopback."""
    assert is_loopback(url) is here


@pytest.mark.parametrize(
    ("endpoint", "stands_in"),
    [
        ("emulator", True),
        ("http://127.0.0.1:8080", True),
        ("azure", False),
        ("https://management.azure.com", False),
        ("https://management.stack.example", False),
    ],
)
def test_what_only_stands_in_for_azure(endpoint: str, stands_in: bool) -> None:
    """An emulator is on this machine; every other address is Azure's, or of a cloud of its kind."""
    assert is_emulated(endpoint) is stands_in


def test_loopback_is_not_asked_about_itself(arm: ScriptedArm) -> None:
    """A loopback endpoint is taken as it is: no sign-in host, and no request."""
    cloud = find_cloud(f"{arm.url}/")
    assert (cloud.resource_manager, cloud.authority, cloud.is_loopback) == (arm.url, None, True)
    assert arm.asked == []


def test_plain_http_is_for_this_machine_only() -> None:
    """An endpoint on another machine must have TLS: a token would be readable on the way."""
    with pytest.raises(UnsafeEndpoint, match="plain HTTP is for this machine only"):
        find_cloud("http://arm.example")


def test_word_that_is_no_cloud_is_refused() -> None:
    """An endpoint that is neither a name nor a URL is told so."""
    with pytest.raises(CloudNotFound, match="emulato does not describe an Azure cloud: it is neither a known name"):
        find_cloud("emulato")


def test_custom_cloud_describes_itself(arm: ScriptedArm) -> None:
    """A cloud of one's own tells its sign-in host and the audience of its tokens."""
    arm.say("GET", "/metadata/endpoints", Answer(200, METADATA))
    assert clouds._described(arm.url, verify=True) == Cloud(
        name=arm.url.removeprefix("http://"),
        resource_manager=arm.url,
        authority="https://login.example",
        audience="https://arm.example/aud",
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(404, {}), "Server returned status code 404"),
        (Answer(200, "<html>"), "valid json"),
        (Answer(200, {}), "does not name a loginEndpoint"),
        (Answer(200, {"authentication": {"loginEndpoint": "x", "audiences": []}}), "does not name a loginEndpoint"),
        (Answer(200, []), "does not name a loginEndpoint"),
    ],
)
def test_endpoint_that_is_no_cloud_is_refused(arm: ScriptedArm, answer: Answer, reason: str) -> None:
    """An endpoint that does not describe itself is refused with the reason and the valid values."""
    arm.say("GET", "/metadata/endpoints", answer)
    with pytest.raises(CloudNotFound, match=rf"{reason}.*Set --aci-endpoint to azure, usgov, china, emulator"):
        clouds._described(arm.url, verify=True)


def test_endpoint_that_is_not_there_is_refused(arm: ScriptedArm) -> None:
    """An endpoint that cannot be reached is refused with the reason."""
    with ScriptedArm() as gone:
        url = gone.url
    with pytest.raises(CloudNotFound, match="does not describe an Azure cloud"):
        clouds._described(url, verify=True)


def test_microsofts_own_sign_in_hosts_are_known() -> None:
    """Instance discovery is asked only about hosts that Microsoft knows."""
    assert is_microsoft("https://login.microsoftonline.com/")
    assert is_microsoft("https://login.microsoftonline.us")
    assert not is_microsoft("https://localhost:8443/")


def test_loopback_costs_no_msrestazure() -> None:
    """A run against the emulator does not load the tables of the sovereign clouds."""
    code = "import sys; from pytest_aci.arm.clouds import find_cloud; find_cloud('http://127.0.0.1:1')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print('msrestazure' in sys.modules, 'azure' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "False"]

"""What can be wrong with how a run is configured: the rows G01 to G14 of docs/reliability.md. Nothing is created."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_aci.emulator.configuration import SUBSCRIPTION
from pytest_aci.errors import ControlPlaneError
from tests.chaos.scene import Scene

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victims

NO_CREDENTIAL = {
    "AZURE_CLIENT_SECRET": "",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST": "",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1",
}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--aci-mode=recrod"],
            "--aci-mode: 'recrod' is not valid: valid are replay, record, live. Did you mean record?",
        ),
        (["--aci-endpoint=emulatr"], "Did you mean emulator?"),
        (["--aci-lifetime=0s"], "a lifetime is at least 1m and at most 24h"),  # G10
        (["--aci-lifetime=-1h"], "a duration is a number with s, m, h or d behind it"),
        (["--aci-lifetime=3650d"], "a lifetime is at least 1m and at most 24h"),
        (["--aci-lifetime=long"], "a duration is a number with s, m, h or d behind it"),
        (
            ["--aci-subscription=prod", "-oaci_protected_subscriptions=PROD"],
            "aci_protected_subscriptions protects it",
        ),  # G14
        (["-n2", "--aci-mode=record"], "--aci-mode=record needs one process"),
    ],
)
def test_a_wrong_option(options: list[str], words: str, azure: Azure, victims: Victims) -> None:
    """G01, G10, G14: a wrong option is a usage error, told with what is right, before anything is asked."""
    before = len(azure.requests())
    victims.write("def test_it(web): ...")
    victim = victims.start(*options)
    assert victim.ends() == 4
    assert words in victim.said
    assert len(azure.requests()) == before


def test_an_auth_file_that_is_a_folder(azure: Azure, victims: Victims, tmp_path: Path) -> None:
    """G03: an auth file that can not be read is told with its path and the reason."""
    victims.write("def test_it(web): ...")
    victim = victims.start(environment={"AZURE_AUTH_LOCATION": str(tmp_path)}, endpoint="azure")
    assert victim.ends() == 1
    assert f"{tmp_path}" in victim.said
    assert "it is a directory" in victim.said


def test_a_region_that_does_not_exist(azure: Azure, tmp_path: Path) -> None:
    """G08: an unknown region is told with the nearest that exist."""
    scene = Scene(azure, tmp_path, location="westeurop")
    told = scene.fails(ControlPlaneError)
    assert "--aci-location" in told
    assert "Nearest: " in told
    scene.close()
    assert azure.left() == []


def test_precedence_is_shown(azure: Azure, victims: Victims) -> None:
    """G11: the header tells each value that is no default, and which of ini, environment and command line won."""
    victims.write("def test_it(): ...", ini="aci_location = uksouth\naci_timeout = 5m\n")
    victim = victims.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--aci-mode=live", f"--aci-endpoint={azure.url}"],
        {"PYTEST_ACI_LOCATION": "eastus"},
    )
    assert victim.ends() == 0, victim.said
    assert "mode live (command line)" in victim.said
    assert "location eastus (environment)" in victim.said
    assert "timeout 300 s (ini)" in victim.said


@pytest.mark.parametrize(("choice", "code"), [("fail", 1), ("skip", 0)])
def test_no_credential(choice: str, code: int, azure: Azure, victims: Victims) -> None:
    """G02, G12: without any credential, one error lists every source tried; tests can be skipped for it instead."""
    victims.write("def test_it(web): ...")
    victim = victims.start(f"--aci-on-no-credential={choice}", "-rs", environment=NO_CREDENTIAL, endpoint="azure")
    assert victim.ends() == code, victim.said
    if choice == "fail":
        assert "No credential for https://management.azure.com" in victim.said
        assert "EnvironmentCredential" in victim.said
    else:
        assert "no Azure credential" in victim.said


def test_a_protected_subscription(azure: Azure, victims: Victims) -> None:
    """G14: the credential's own subscription is refused too, before anything is created."""
    victims.write("def test_it(web): ...", ini=f"aci_protected_subscriptions = {SUBSCRIPTION}\n")
    victim = victims.start()
    assert victim.ends() == 1
    assert f"The subscription …{SUBSCRIPTION[-4:]} is protected by aci_protected_subscriptions" in victim.said
    assert azure.left() == []


@pytest.mark.parametrize(("choice", "code"), [("fail", 1), ("skip", 0)])
@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["alone", "xdist"])
def test_capacity_that_is_skipped(choice: str, code: int, options: list[str], azure: Azure, victims: Victims) -> None:
    """Tests whose group no region has room for fail, or are skipped with the reason, also those of other workers."""
    azure.fault("quota", group="web-*")
    victims.write("@pytest.mark.parametrize('n', range(3))\ndef test_it(web, n): ...")
    victim = victims.start(f"--aci-on-capacity={choice}", "-rs", *options)
    assert victim.ends() == code, victim.said
    assert "No region has room for the container group" in victim.said
    assert ("3 errors" if choice == "fail" else "3 skipped") in victim.said
    assert azure.left() == []

from __future__ import annotations

import pytest

from pytest_aci.cleanup.advice import has_az, sweep_command


def test_the_command_goes_where_the_run_was() -> None:
    """Endpoint, subscription and what else was given stand in it; the public cloud goes without saying."""
    assert sweep_command("https://management.azure.com") == sweep_command("azure") == "pytest-aci sweep --yes"
    assert sweep_command("usgov", "s-1", run_id="r 1", older_than=1800.0, resource_group="rg") == (
        "pytest-aci sweep --yes --endpoint usgov --subscription s-1 --run-id 'r 1' --resource-group rg "
        "--older-than 1800s"
    )


@pytest.mark.parametrize(
    ("endpoint", "known"), [("https://management.azure.com", True), ("http://127.0.0.1:8080", False)]
)
def test_the_az_cli_does_not_know_an_emulator(endpoint: str, known: bool) -> None:
    """Its commands are told for Azure's clouds alone."""
    assert has_az(endpoint) is known

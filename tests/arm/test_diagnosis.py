from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm.connection import Connection
from pytest_aci.arm.diagnosis import Diagnosis, Usage, source_of
from pytest_aci.errors import ControlPlaneError
from tests.emulator.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    """An emulator for all questions."""
    with Running() as started:
        yield started


@pytest.fixture
def diagnosis(emulator: Running) -> Diagnosis:
    """The questions, asked of the emulator."""
    return Diagnosis(Connection.discover(emulator.server.url, environment={}))


def test_regions_are_named_as_options_name_them(diagnosis: Diagnosis) -> None:
    """Azure lists them as `West Europe`."""
    regions = diagnosis.regions()
    assert "westeurope" in regions
    assert regions == sorted(region.lower().replace(" ", "") for region in regions)


def test_usages_are_numbers_by_counter(diagnosis: Diagnosis) -> None:
    """What is used of what is allowed."""
    assert Usage("StandardCores", 0, 100) in diagnosis.usages("westeurope")


def test_a_refusal_says_what_could_not_be_done(emulator: Running, diagnosis: Diagnosis) -> None:
    """In our words, with Azure's code."""
    with (
        emulator.injected("forbidden", operation="Location_ListUsage"),
        pytest.raises(ControlPlaneError, match=r"Could not look at the quota of uksouth: AuthorizationFailed"),
    ):
        diagnosis.usages("uksouth")


class Chain:
    """A chain of credentials, as azure-identity's, one of which got a token."""

    def __init__(self, winner: object) -> None:
        self._successful_credential = winner

    def get_token(self, *_scopes: str, **_options: object) -> None:
        """Nobody asks."""


class AzureCliCredential:
    """One of the chain."""


def test_the_source_of_a_credential_is_named() -> None:
    """An auth file wins over azure-identity, of whose sources the one is named that worked."""
    assert source_of(None, {}) == "none is needed on this machine"
    chain = Chain(AzureCliCredential())
    assert source_of(chain, {}) == "azure-identity's AzureCliCredential"  # type: ignore[arg-type] # a stand-in
    told = source_of(chain, {"AZURE_AUTH_LOCATION": "/auth.json"})  # type: ignore[arg-type] # a stand-in
    assert told == "the auth file /auth.json, named by AZURE_AUTH_LOCATION"

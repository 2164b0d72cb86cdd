"""A conftest that overrides what is meant to be overridden; executed by tests/test_snippets.py."""

# begin
from __future__ import annotations

import dataclasses

import pytest
from azure.identity import AzureCliCredential

from pytest_aci import Settings


@pytest.fixture(scope="session")
def aci_credential() -> AzureCliCredential:
    """Nothing but `az login`."""
    return AzureCliCredential()


@pytest.fixture(scope="session")
def aci_settings(aci_settings: Settings) -> Settings:
    """Another region, and a tag, whatever the command line says."""
    return dataclasses.replace(aci_settings, location="northeurope", tags=(("team", "web"),))

"""Images that are not in a public registry: tests/test_snippets.py runs what this machine can run of it."""

from __future__ import annotations

import pytest
import requests

from pytest_aci import ContainerGroup, Identity, RegistryCredential, container_group, http, single

# Pulled by an identity that may read the registry: no password anywhere.
PULLER = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
)
credential = RegistryCredential("myregistry.azurecr.io", identity=PULLER)
released = container_group(
    single("myregistry.azurecr.io/shop:1.4", registry_credentials=credential, identity=Identity(user_assigned=[PULLER]))
)

# Built on this machine: `docker build -t localhost/shop:test .`
built_here = container_group(single("localhost/shop:test", ports=[8080]), until=http(8080, "/health"))


@pytest.mark.aci(live_only=True)
def test_an_image_that_was_just_built(built_here: ContainerGroup) -> None:
    """The emulator's Docker runtime takes what the engine has."""
    assert requests.get(built_here.url(8080, "/health")).status_code == 200


@pytest.mark.aci(live_only=True)
def test_a_released_image(released: ContainerGroup) -> None:
    """Azure pulls as the identity."""
    assert released.state == "Running"

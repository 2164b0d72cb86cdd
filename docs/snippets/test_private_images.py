"""An image of a private registry, without a password: tests/test_snippets.py reads it, and skips it in replay."""

from __future__ import annotations

import pytest

from pytest_aci import ContainerGroup, Identity, RegistryCredential, container_group, single

# Pulled by an identity that may read the registry: no password anywhere.
PULLER = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
)
credential = RegistryCredential("myregistry.azurecr.io", identity=PULLER)
released = container_group(
    single("myregistry.azurecr.io/shop:1.4", registry_credentials=credential, identity=Identity(user_assigned=[PULLER]))
)


@pytest.mark.aci(live_only=True)
def test_a_released_image(released: ContainerGroup) -> None:
    """Azure pulls as the identity."""
    assert released.state == "Running"

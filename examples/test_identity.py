"""A group with a managed identity: Azure makes one for it, and its code signs in without a secret."""

from __future__ import annotations

from pytest_aci import ContainerGroup, Identity, container_group, http, single

app = container_group(
    single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80], identity=Identity(system=True)), until=http(80)
)


def test_the_group_has_an_identity(app: ContainerGroup) -> None:
    """The principal is what roles are given to."""
    assert app.resource.identity is not None
    assert app.resource.identity.type == "SystemAssigned"
    assert app.resource.identity.principal_id

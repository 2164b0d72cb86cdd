"""A group inside a virtual network: it has a private address, and no public name."""

from __future__ import annotations

from pytest_aci import ContainerGroup, container_group, running, single

# The subnet exists already, and is delegated to Microsoft.ContainerInstance/containerGroups.
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SUBNET = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/network/providers"
    "/Microsoft.Network/virtualNetworks/tests/subnets/containers"
)

inside = container_group(
    single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80], subnet_ids=SUBNET), until=running
)


def test_the_address_is_private(inside: ContainerGroup) -> None:
    """Only who is in the network, or connected to it, reaches the group."""
    assert inside.resource.ip_address is not None
    assert inside.resource.ip_address.type == "Private"
    assert inside.fqdn is None

"""What Azure refuses about ports, the address and its DNS name label."""

from __future__ import annotations

import re
from typing import Any

from .errors import ArmError

DNS_LABEL = re.compile(r"[a-z][a-z0-9-]{3,61}[a-z0-9]")
MOST = 5
"""Ports that one address may have."""
HIGHEST = 65535
PROTOCOLS = ("TCP", "UDP")


def check_ports(group: str, properties: dict[str, Any]) -> None:
    """Every rule about the ports of the containers and of the group's address.

    Raises:
        ArmError: With the code and wording of the first rule that is broken.
    """
    offered: set[tuple[int, str]] = set()
    for container in properties["containers"]:
        for port, protocol in _pairs(group, container["properties"]):
            if not 1 <= port <= HIGHEST:
                raise ArmError("InvalidContainerPort", port=port, container=container["name"], group=group)
            if (port, protocol) in offered:
                raise ArmError("DuplicateContainerPorts", port=port, protocol=protocol, group=group)
            offered.add((port, protocol))
    address = properties.get("ipAddress")
    if address is not None:
        _check_address_ports(group, _pairs(group, address), offered)
        label = address.get("dnsNameLabel")
        if label is not None and not DNS_LABEL.fullmatch(label):
            raise ArmError("InvalidDnsNameLabel", label=label, group=group)
        _check_network(group, properties, address)


def _pairs(group: str, holder: dict[str, Any]) -> list[tuple[int, str]]:
    pairs = [(port["port"], port.get("protocol", "TCP")) for port in holder.get("ports", [])]
    for _, protocol in pairs:
        if protocol not in PROTOCOLS:
            raise ArmError("InvalidValue", group=group, what="protocol", value=protocol, allowed=",".join(PROTOCOLS))
    return pairs


def _check_address_ports(group: str, wanted: list[tuple[int, str]], offered: set[tuple[int, str]]) -> None:
    if not wanted:
        raise ArmError("MissingIpAddressPorts", group=group)
    if len(set(wanted)) != len(wanted):
        raise ArmError("InvalidIpAddressPorts", group=group, rule="a port is listed more than once.")
    if len(wanted) > MOST:
        raise ArmError("InvalidIpAddressPorts", group=group, rule=f"there can be at most {MOST}.")
    unreferenced = sorted({port for port, protocol in wanted if (port, protocol) not in offered}, reverse=True)
    if unreferenced:
        raise ArmError("UnreferencedIpAddressPorts", ports=",".join(map(str, unreferenced)), group=group)


def _check_network(group: str, properties: dict[str, Any], address: dict[str, Any]) -> None:
    in_network = bool(properties.get("subnetIds"))
    is_private = address.get("type", "Public") == "Private"
    rule = ""
    if in_network and not is_private:
        rule = "it must be 'Private' when the container group is deployed to a subnet."
    elif in_network and address.get("dnsNameLabel") is not None:
        rule = "a DNS name label cannot be set when the container group is deployed to a subnet."
    elif is_private and not in_network:
        rule = "it can be 'Private' only when the container group is deployed to a subnet."
    if rule:
        raise ArmError("InvalidIpAddressTypeForNetworkProfile", group=group, rule=rule)

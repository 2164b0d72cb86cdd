from __future__ import annotations

import ipaddress

from pytest_aci.recording.addresses import NETWORKS, Addresses, is_documentation


def test_the_name_decides() -> None:
    """Any subset of a suite in any order agrees on the address of a group."""
    one, other = Addresses(), Addresses()
    other.of("another")
    assert one.of("web-0000") == other.of("web-0000") == one.of("web-0000")


def test_addresses_are_for_documentation() -> None:
    """Every address is of a range that is reserved for documentation, and recognised as such."""
    addresses = Addresses()
    networks = [ipaddress.ip_network(network) for network in NETWORKS]
    for number in range(50):
        address = addresses.of(f"group-{number}")
        assert any(ipaddress.ip_address(address) in network for network in networks)
        assert is_documentation(address)
    assert not is_documentation("127.0.0.1")


def test_no_two_names_share_an_address_while_one_is_free() -> None:
    """Colliding names get the next free address, down to the last one of 762; then they share."""
    addresses = Addresses()
    given = {addresses.of(f"group-{number}") for number in range(762)}
    assert len(given) == 762
    assert addresses.of("one too many") in given


def test_older_choices_are_kept_where_they_are_free() -> None:
    """What a cassette says stays true in the next recording, unless another one said it first."""
    addresses = Addresses()
    addresses.keep({"web": "192.0.2.1"})
    addresses.keep({"db": "192.0.2.1", "web": "192.0.2.9", "evil": "8.8.8.8"})
    assert addresses.of("web") == "192.0.2.1"
    assert addresses.of("db") != "192.0.2.1"
    assert addresses.of("evil") != "8.8.8.8"
    assert addresses.known()["web"] == "192.0.2.1"

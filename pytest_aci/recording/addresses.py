from __future__ import annotations

import hashlib
import ipaddress
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
"""The IPv4 ranges that are reserved for documentation (RFC 5737): nothing real ever answers there."""

_HOSTS = tuple(str(host) for network in NETWORKS for host in ipaddress.ip_network(network).hosts())
_SET = frozenset(_HOSTS)


def is_documentation(address: str) -> bool:
    """Whether an address is already one of the constants that this module hands out."""
    return address in _SET


class Addresses:
    """Which documentation address stands for which container group in cassettes.

    The name decides, so that any subset of a suite, in any order and in any process, agrees on the address.
    Names whose addresses would collide get the next free one; what older cassettes say is kept, which
    makes that choice stable too.
    """

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}
        self._by_address: dict[str, str] = {}
        self._lock = Lock()

    def keep(self, known: Mapping[str, str]) -> None:
        """Keep the choices of an older cassette (group name to address) where they are still free."""
        with self._lock:
            for name, address in known.items():
                if is_documentation(address) and address not in self._by_address and name not in self._by_name:
                    self._take(name, address)

    def of(self, name: str) -> str:
        """The constant address of the group with this (already constant) name."""
        with self._lock:
            if name not in self._by_name:
                self._take(name, self._free(name))
            return self._by_name[name]

    def known(self) -> dict[str, str]:
        """Every choice made so far: group name to address."""
        with self._lock:
            return dict(self._by_name)

    def _free(self, name: str) -> str:
        start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % len(_HOSTS)
        for step in range(len(_HOSTS)):
            address = _HOSTS[(start + step) % len(_HOSTS)]
            if address not in self._by_address:
                return address
        return _HOSTS[start]  # more groups than addresses: two of them share one

    def _take(self, name: str, address: str) -> None:
        self._by_name[name] = address
        self._by_address[address] = name

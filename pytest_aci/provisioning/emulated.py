"""Where the groups of an emulator really are: what a loopback interface can not give, the emulator tells."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from pytest_aci.provisioning.network import RealNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.arm.control_plane import GroupState

DOOR = "/_emulator/addresses"
DOMAIN = ".azurecontainer.io"
DOOR_SECONDS = 10.0
SHARED = "127.0.0.1"
"""The address that all groups share on systems whose loopback interface has no other."""
_UNSAID = {80: "http", 443: "https"}  # what URLs leave out, and which ones


class EmulatedNetwork(RealNetwork):
    """The network of an emulator's groups, with names and ports as Azure's would have.

    Until `close`, this process resolves the DNS names of the emulator's groups, for every client that asks Python's
    `socket` module; no other process does. *learn* is told what stands for an address and port in cassettes;
    *constant* knows the address that stands there for a group's, by its name and its real one.
    """

    def __init__(
        self,
        url: str,
        learn: Callable[[str, str], None] | None = None,
        constant: Callable[[str, str], str] = lambda _name, ip: ip,
    ) -> None:
        from pytest_aci.arm.pools import pinned_session  # noqa: PLC0415 # loads requests

        self._url = url.rstrip("/") + DOOR
        self._session = pinned_session(tries=1)  # it trusts what REQUESTS_CA_BUNDLE names
        self._learn = learn
        self._constant = constant
        self._ports: dict[str, dict[str, int]] = {}
        self._resolve = socket.getaddrinfo
        # Not by patching a resolver: requests, httpx, urllib3, http.client and asyncio all end here.
        socket.getaddrinfo = self._getaddrinfo

    def close(self) -> None:
        """Resolve the groups' names no more. Safe to call twice."""
        if socket.getaddrinfo == self._getaddrinfo:
            socket.getaddrinfo = self._resolve

    def address(self, state: GroupState, port: int) -> tuple[str, int]:
        """Host and port at which a group's port is reached from this machine: another one where it had to be."""
        ip = str(state.ip)
        if ip not in self._ports or ip == SHARED:
            self._ports[ip] = next((each["ports"] for each in self._groups() if each["id"] == state.id), {})
        real = self._ports[ip].get(str(port), port)
        if self._learn and (real != port or ip == SHARED):
            shown = self._constant(state.name, ip)
            self._learn(f"{ip}:{real}", f"{shown}:{port}")
            if scheme := _UNSAID.get(port):
                self._learn(f"{scheme}://{ip}:{real}", f"{scheme}://{shown}")
        return ip, real

    def _groups(self) -> list[dict[str, Any]]:
        from requests import RequestException  # noqa: PLC0415 # see above

        try:
            answer = self._session.get(self._url, timeout=DOOR_SECONDS)
        except RequestException:
            return []
        # Another server than the emulator on loopback knows no such door.
        return list(answer.json()["value"]) if answer.status_code == 200 else []  # noqa: PLR2004 # HTTP's OK

    def _getaddrinfo(self, host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or not name.rstrip(".").lower().endswith(DOMAIN):
            return self._resolve(host, port, *arguments, **options)
        wanted = name.rstrip(".").lower()
        for each in self._groups():
            if (each["fqdn"] or "").lower() == wanted and each["ip"]:
                return self._resolve(each["ip"], each["ports"].get(str(port), port), *arguments, **options)
        raise socket.gaierror(socket.EAI_NONAME, f"No container group of the emulator has the name {wanted!r}.")

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from urllib3 import PoolManager

    from pytest_aci.arm.control_plane import GroupState

PROBE_SECONDS = 2.0


class Network(Protocol):
    """How readiness looks at a container group from outside."""

    def connects(self, address: str, port: int) -> str:
        """Empty if a TCP connection is accepted, else why not."""

    def answers(self, url: str, status: int) -> str:
        """Empty if a GET is answered with *status*, else what came instead."""

    def address(self, state: GroupState, port: int) -> tuple[str, int]:
        """Host and port at which a group's port is reached."""

    def close(self) -> None:
        """End what was begun."""


class RealNetwork:
    """Looks through sockets; its HTTP goes through *pools* that a recording of the test's own traffic does not see."""

    def __init__(self, pools: PoolManager) -> None:
        self._pools = pools

    def connects(self, address: str, port: int) -> str:
        """Empty if a TCP connection is accepted within two seconds, else why not."""
        try:
            socket.create_connection((address, port), PROBE_SECONDS).close()
        except OSError as problem:
            return f"port {port}: {problem.strerror or problem}"
        return ""

    def answers(self, url: str, status: int) -> str:
        """Empty if a GET is answered with *status* within two seconds, else what came; redirects are not followed."""
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 # urllib3 is not needed before a group exists

        try:
            answer = self._pools.request("GET", url, timeout=PROBE_SECONDS, retries=False, redirect=False)
        except HTTPError as problem:
            return f"no HTTP answer: {problem}"
        return "" if answer.status == status else f"HTTP {answer.status}"

    def address(self, state: GroupState, port: int) -> tuple[str, int]:
        """The group's IP address and the port itself: ACI has no port mapping."""
        return str(state.ip), port

    def close(self) -> None:
        """Nothing was begun."""


class RecordedNetwork:
    """The network as it was when the cassette was recorded: recording did not go on before it was ready."""

    def connects(self, address: str, port: int) -> str:  # noqa: ARG002 # the Protocol's
        """Empty: the port was open."""
        return ""

    def answers(self, url: str, status: int) -> str:  # noqa: ARG002 # the Protocol's
        """Empty: the answer had come."""
        return ""

    def address(self, state: GroupState, port: int) -> tuple[str, int]:
        """The address that stands for the group in cassettes, and the port itself."""
        return str(state.ip), port

    def close(self) -> None:
        """Nothing was begun."""

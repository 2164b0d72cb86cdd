from __future__ import annotations

import os
import socket
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import GroupState

PROBE_SECONDS = 2.0
ANSWER_SECONDS = 10.0


class Network(Protocol):
    """How readiness looks at a container group from outside."""

    def connects(self, address: str, port: int) -> str:
        """Empty if a TCP connection is accepted, else why not."""

    def answers(self, url: str, status: int, verify: bool | str = True) -> str:
        """Empty if a GET is answered with *status*, else what came instead; *verify* is as `http` has it."""

    def address(self, state: GroupState, port: int) -> tuple[str, int]:
        """Host and port at which a group's port is reached."""

    def close(self) -> None:
        """End what was begun."""


class RealNetwork:
    """Looks through sockets; its HTTP goes through connections that a recording of the test's own does not see."""

    def connects(self, address: str, port: int) -> str:
        """Empty if a TCP connection is accepted within two seconds, else why not."""
        try:
            socket.create_connection((address, port), PROBE_SECONDS).close()
        except OSError as problem:
            return f"port {port}: {problem.strerror or problem}"
        return ""

    def answers(self, url: str, status: int, verify: bool | str = True) -> str:
        """Empty if a GET is answered with *status*, else what came; redirects are not followed.

        No part of it is waited for longer than two seconds, all of it no longer than ten, and the body not at all.
        """
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 # urllib3 is not needed before a group exists
        from urllib3.util import parse_url  # noqa: PLC0415 # see above

        from pytest_aci.arm.pools import pinned_connection  # noqa: PLC0415 # see above

        trusted = trust(verify) if url.startswith("https:") else {}
        connection = pinned_connection(url, timeout=PROBE_SECONDS, **trusted)
        limit = Timer(ANSWER_SECONDS, _hang_up, [connection])
        limit.daemon = True
        limit.start()
        try:
            connection.request("GET", parse_url(url).request_uri, preload_content=False)
            answer = connection.getresponse().status
        except (HTTPError, HTTPException, OSError) as problem:
            return f"no HTTP answer: {problem}"
        finally:
            limit.cancel()
            connection.close()
        return "" if answer == status else f"HTTP {answer}"

    def address(self, state: GroupState, port: int) -> tuple[str, int]:
        """The group's IP address and the port itself: ACI has no port mapping."""
        return str(state.ip), port

    def close(self) -> None:
        """Nothing was begun."""


def _hang_up(connection: Any) -> None:
    """End a connection under the hands of the thread that reads from it, which may be fed byte by byte."""
    with suppress(OSError, AttributeError):  # it has ended by itself
        connection.sock.shutdown(socket.SHUT_RDWR)


def trust(verify: bool | str) -> dict[str, Any]:
    """Return in urllib3's words whose certificates are believed.

    As with `requests`, *verify* is a file or folder of certificates, False for any, or True for those that the
    environment names, else those of this machine.
    """
    if verify is False:
        return {"cert_reqs": "CERT_NONE", "assert_hostname": False}
    variables = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    named = verify if isinstance(verify, str) else next(filter(None, map(os.environ.get, variables)), "")
    if not named:
        return {}
    return {"ca_cert_dir" if Path(named).is_dir() else "ca_certs": named}


class RecordedNetwork:
    """The network as it was when the cassette was recorded: recording did not go on before it was ready."""

    def connects(self, address: str, port: int) -> str:  # noqa: ARG002 # the Protocol's
        """Empty: the port was open."""
        return ""

    def answers(self, url: str, status: int, verify: bool | str = True) -> str:  # noqa: ARG002 # the Protocol's
        """Empty: the answer had come."""
        return ""

    def address(self, state: GroupState, port: int) -> tuple[str, int]:
        """The address that stands for the group in cassettes, and the port itself."""
        return str(state.ip), port

    def close(self) -> None:
        """Nothing was begun."""

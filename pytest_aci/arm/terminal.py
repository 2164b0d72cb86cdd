from __future__ import annotations

import codecs
import json
import logging
import os
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_aci.arm.clouds import is_loopback
from pytest_aci.arm.control_plane import ExecResult
from pytest_aci.errors import ExecFailed, NoTape, UnsafeEndpoint
from pytest_aci.recording.exchange import TRANSCRIPT, Request, Response

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

    from pytest_aci.arm.connection import Connection
    from pytest_aci.arm.control_plane import ExecSession

_SILENT = logging.getLogger("pytest_aci.arm.terminal.frames")
"""websockets logs every frame at level DEBUG, and the first one is the password."""
_SILENT.disabled = True

_BROKEN_OFF = 1006
"""The close code for a socket that ended without any close frame, which is how old ACI bridges end."""


class Terminal:
    """Reads what commands print, through ACI's websocket or from a tape."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, session: ExecSession, *, timeout: float = 60.0) -> ExecResult:
        """Give what a command printed until it ended, at most *timeout* seconds from now.

        Raises:
            ExecFailed: The socket could not be opened, broke, or was still open when the time was over.
        """
        deck = self._connection.deck
        asked = Request(TRANSCRIPT, f"{self._connection.base_url}{session.path}")
        tape = deck.tape_for(asked) if deck is not None else None
        if tape is not None and not tape.writing:
            return ExecResult(json.loads(tape.play(asked, "arm").body)["content"])
        if self._connection.is_replay:
            raise NoTape(asked=str(asked))
        result = run_exec(session, timeout=timeout, verify=self._connection.verify)
        if tape is not None:
            body = json.dumps({"content": result.output}).encode()  # the form in which ARM answers with logs
            tape.write(asked, Response(200, headers=(("Content-Type", "application/json"),), body=body), "arm")
        return result


def run_exec(session: ExecSession, *, timeout: float = 60.0, verify: bool | str = True) -> ExecResult:
    """Open the websocket of a session, give the password, and read until the other side closes it.

    *timeout* is in seconds; *verify* is a path to a CA bundle, or whether to check certificates.

    Raises:
        ExecFailed: The socket could not be opened, broke, or was still open when the time was over.
        UnsafeEndpoint: The password would travel unencrypted to another machine.
    """
    from websockets.exceptions import InvalidHandshake, InvalidURI  # noqa: PLC0415 # few tests run commands
    from websockets.sync.client import connect  # noqa: PLC0415 # see above

    address = urlsplit(session.uri)
    if address.scheme != "wss" and not is_loopback(session.uri):
        url = f"{address.scheme}://{address.netloc}"
        raise UnsafeEndpoint(url=url, reason="a websocket without TLS is for this machine only")
    deadline = time.monotonic() + timeout
    try:
        with connect(
            session.uri,
            ssl=_trust(verify) if address.scheme == "wss" else None,
            open_timeout=timeout,
            close_timeout=1,
            max_size=None,
            logger=_SILENT,
            proxy=None if is_loopback(session.uri) else True,
        ) as socket:
            socket.send(session.password)
            return ExecResult(_until_closed(socket, address.netloc, deadline))
    except TimeoutError:
        raise ExecFailed(host=address.netloc, reason=f"no connection within {timeout:g} s") from None
    except (OSError, InvalidHandshake, InvalidURI) as problem:
        raise ExecFailed(host=address.netloc, reason=str(problem)) from None


def _until_closed(socket: ClientConnection, host: str, deadline: float) -> str:
    """Everything that comes. ACI opens with an empty message, and has sent text in former years and bytes since."""
    from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK  # noqa: PLC0415 # see run_exec

    text = codecs.getincrementaldecoder("utf-8")(errors="replace")
    printed = ""
    while True:
        try:
            message = socket.recv(timeout=max(deadline - time.monotonic(), 0.0))
        except ConnectionClosedOK:
            return printed + text.decode(b"", final=True)
        except ConnectionClosedError as problem:
            if printed and (problem.rcvd is None or problem.rcvd.code == _BROKEN_OFF):
                return printed + text.decode(b"", final=True)
            told = problem.rcvd.reason if problem.rcvd else ""
            reason = f"the connection broke off ({told.removesuffix('.') or problem})"
            raise ExecFailed(host=host, reason=reason, printed=printed, connected=True) from None
        except TimeoutError:
            reason = "the time was over before it ended"
            raise ExecFailed(host=host, reason=reason, printed=printed, connected=True) from None
        printed += message if isinstance(message, str) else text.decode(message)


def _trust(verify: bool | str) -> ssl.SSLContext:
    """The certificates that the SDK would trust, which looks at the same variable."""
    bundle = verify if isinstance(verify, str) else os.environ.get("REQUESTS_CA_BUNDLE")
    context = ssl.create_default_context(cafile=bundle)
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context

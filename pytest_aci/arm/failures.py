from __future__ import annotations

import contextlib
import difflib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pytest_aci.arm.known import KNOWN_FAILURES, KnownFailure
from pytest_aci.errors import ControlPlaneError, Policy, Quota, ReplyLost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_aci.arm.control_plane import OperationStatus

UNKNOWN = KnownFailure(
    name="unknown",
    signs="",
    cause="",
    action="Look the code up in Azure's documentation, and report it to us if it should be known here.",
    policy=Policy.STOP,
)
_ASKED_TO_WAIT = replace(UNKNOWN, policy=Policy.RETRY, retries=8)
_PASSING = frozenset({429, 502, 503, 504})
"""Statuses that say by themselves that the same request may be answered later."""

# Azure's words may leave a name out, or quote an empty one.
_UNNAMED = {
    "label": "''",
    "namespace": "Microsoft.ContainerInstance",
    "nearest": "",
    "policy": "its name stands in the message",
    "program": "''",
    "quota": "''",
    "scope": "what the message names",
}
CORRELATION = "x-ms-correlation-request-id"
_EMULATOR_REASON = "x-emulator-reason"
_EMULATOR_ACTION = (
    "On the emulator, give it Docker and build or pull the image on this machine (--aci-runtime=docker); "
    "or, for a group with a command, start `pytest-aci emulator --allow-host-commands` by hand and name its URL with "
    "--aci-endpoint."
)
_TOLERATED_SKEW = 60.0  # seconds
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
_QUOTA = re.compile(
    r"quota '(?P<name>[^']*)' exceeded in region '(?P<region>[^']*)'.*?"
    r"Limit: '(?P<limit>\d+)',? *Usage: '(?P<used>\d+)',? *Requested: '(?P<requested>\d+)'",
    re.IGNORECASE | re.DOTALL,
)
_TRACKING = re.compile(r"correlation id (?:is )?'([0-9a-f-]{36})'", re.IGNORECASE)


def refusal(
    *,
    doing: str,
    code: str | None,
    message: str,
    status: int | None = None,
    deleting: bool = False,
    headers: Mapping[str, str] | None = None,
) -> ControlPlaneError:
    """What ARM said, turned into an error that knows its cause and what to do.

    *doing* completes "Could not …". Code and message decide; only an answer without either, or with unknown ones,
    falls back to what HTTP says by *status* and Retry-After.
    """
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    code = code or (_phrase(status) if status else None)
    message = _TOKEN.sub("<token>", message).strip()
    wish = retry_after(headers, message)
    known, fields = _recognise(code or "", message) or _by_http(status, wish)
    fields = {**_UNNAMED, **{key: value for key, value in fields.items() if value}, "nearest": _nearest(fields)}
    tracked = _TRACKING.search(message)
    emulated = headers.get(_EMULATOR_REASON)
    return ControlPlaneError(
        doing=doing,
        failure=known.name,
        code=code,
        message=message,
        status=status,
        cause=emulated or known.cause.format_map(fields) + _skew(known, headers),
        action=_EMULATOR_ACTION if emulated else known.action.format_map(fields),
        policy=known.on_delete if deleting and known.on_delete else known.policy,
        retries=known.retries,
        pause=known.pause,
        retry_after=wish,
        correlation_id=headers.get(CORRELATION) or (tracked[1] if tracked else None),
        quota=quota(message),
    )


def failed_operation(status: OperationStatus, *, doing: str, correlation_id: str | None = None) -> ControlPlaneError:
    """Why an operation ended as `Failed` or `Canceled`: its error, or the event that says more.

    *correlation_id* is that of the request that began it.
    """
    said = [(event.name, event.message) for event in status.events]
    said.append((status.code or status.status, status.message or ""))
    telling = [pair for pair in said if pair[1]] or said
    code, message = next((pair for pair in said if _recognise(*pair)), telling[-1])
    headers = {CORRELATION: correlation_id} if correlation_id else {}
    return refusal(doing=doing, code=code.rstrip("."), message=message, headers=headers)


def reply_lost(*, doing: str, reason: str, reading: bool) -> ReplyLost:
    """An answer that never came: a read can be repeated, a change has to be looked up."""
    return ReplyLost(
        doing=doing,
        failure="reply-lost",
        message=reason,
        cause="the connection broke, or timed out, after the request had been sent",
        action="Ask again." if reading else "Look whether it took effect before it is sent again.",
        policy=Policy.RETRY if reading else Policy.WAIT,
        retries=3 if reading else 0,
        pause=1.0,
    )


def not_arm(*, doing: str, host: str, content_type: str, status: int | None = None) -> ControlPlaneError:
    """Something else than Azure Resource Manager has answered, such as a proxy or the login page of a network."""
    return ControlPlaneError(
        doing=doing,
        failure="not-arm",
        message=f"not an ARM answer ({content_type} from {host})",
        status=status,
        cause="another server, a proxy, a firewall or a network's login page answers in Azure's place",
        action="Check --aci-endpoint, HTTPS_PROXY and NO_PROXY, and open https://management.azure.com in a browser of "
        "this machine.",
        policy=Policy.FIX,
    )


_UNREACHABLE = (
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLError|SSLCertVerification",
        "the certificate is not trusted here: a proxy that opens TLS, or a server with a certificate of its own",
        "Set REQUESTS_CA_BUNDLE to a file with the certificate of its authority.",
    ),
    (
        r"ProxyError|Tunnel connection failed|407",
        "the proxy of this network refuses the connection",
        "Check HTTPS_PROXY and its credentials, or name the host in NO_PROXY.",
    ),
    (
        r"NameResolution|Name or service not known|nodename nor servname|getaddrinfo|name resolution",
        "the name cannot be resolved: no network, no DNS, or a misspelt host",
        "Check --aci-endpoint and the network.",
    ),
    ("", "nothing listens there, or a firewall is in the way", "Check --aci-endpoint and the network."),
)


def unreachable(*, doing: str, host: str, reason: str, tries: int) -> ControlPlaneError:
    """No connection to the management endpoint, so nothing has been sent."""
    cause, action = next((row[1], row[2]) for row in _UNREACHABLE if re.search(row[0], reason, re.IGNORECASE))
    return ControlPlaneError(
        doing=doing,
        failure="unreachable",
        message=f"cannot reach management endpoint {host} (after {tries} tries): {reason}",
        cause=cause,
        action=action,
        policy=Policy.FIX,
    )


def innermost(document: Any) -> tuple[str | None, str]:
    """Code and message of an error body: the innermost that is known, else the innermost of all.

    Azure wraps the reason in `details`, in `innererror`, or as JSON inside the outer message.
    """
    said = list(_layers(document))
    if not said:
        return None, ""
    said.reverse()
    code, message = next((pair for pair in said if _recognise(*pair)), said[0])
    return code or None, message


def quota(message: str) -> Quota | None:
    """The figures of a quota message, or None."""
    found = _QUOTA.search(message)
    if not found:
        return None
    return Quota(
        name=found["name"],
        region=found["region"],
        limit=int(found["limit"]),
        used=int(found["used"]),
        requested=int(found["requested"]),
    )


def retry_after(headers: Mapping[str, str], message: str = "", *, now: datetime | None = None) -> float | None:
    """The seconds that Azure asks to wait, in a header (number or date) or in prose; None without a usable wish."""
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if re.fullmatch(r"\d+(\.\d+)?", headers.get(name, "")):
            return float(headers[name]) / 1000 or None
    wish = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", wish):
        return float(wish) or None
    if re.match(r"[A-Za-z]{3},", wish):
        try:
            ahead = parsedate_to_datetime(wish) - (now or datetime.now(UTC))
        except ValueError:
            return None
        return max(ahead.total_seconds(), 0.0) or None
    prose = re.search(r"after '(\d+)' seconds", message)
    return float(prose[1]) if prose else None


def _recognise(code: str, message: str) -> tuple[KnownFailure, dict[str, str]] | None:
    for known in KNOWN_FAILURES:
        fields = known.match(code, message)
        if fields is not None:
            return known, fields
    return None


def _by_http(status: int | None, wish: float | None) -> tuple[KnownFailure, dict[str, str]]:
    """What is to be made of an unknown refusal, by its HTTP status and the seconds that it asks to wait."""
    passing = _recognise(_phrase(status), "") if status in _PASSING else None
    return passing or (_ASKED_TO_WAIT if wish else UNKNOWN, {})


def _layers(document: Any) -> Iterator[tuple[str, str]]:
    """Each code and message of an error body, outermost first."""
    if not isinstance(document, dict):
        return
    layer = {str(key).lower(): value for key, value in document.items()}
    code, message = str(layer.get("code") or ""), str(layer.get("message") or "")
    if code or message:
        yield code, message
    if message.lstrip().startswith("{"):
        with contextlib.suppress(ValueError):
            yield from _layers(json.loads(message))
    for key in ("error", "innererror"):
        yield from _layers(layer.get(key))
    for detail in layer.get("details") or ():
        yield from _layers(detail)


def _nearest(fields: Mapping[str, str]) -> str:
    """Regions whose names resemble the one given, from the list in Azure's own message."""
    if not (fields.get("given") and fields.get("known")):
        return ""
    regions = {name.strip().lower().replace(" ", ""): name.strip() for name in fields["known"].split(",")}
    nearest = difflib.get_close_matches(fields["given"].lower().replace(" ", ""), regions, n=3, cutoff=0.5)
    return f" Nearest: {', '.join(nearest)}." if nearest else ""


def _skew(known: KnownFailure, headers: Mapping[str, str]) -> str:
    """What the server's Date says about the clock of this machine, when a token's times are in doubt."""
    if known.name not in {"token-expired", "sign-in-failed"} or "date" not in headers:
        return ""
    try:
        ahead = (datetime.now(UTC) - parsedate_to_datetime(headers["date"])).total_seconds()
    except ValueError:
        return ""
    if abs(ahead) < _TOLERATED_SKEW:
        return ""
    return f"; the clock of this machine is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} Azure's"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.replace(" ", "")
    except ValueError:
        return str(status)

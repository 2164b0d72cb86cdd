"""`pytest-aci doctor`: what a live run needs, looked at before one."""

from __future__ import annotations

import argparse
import http.client
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pytest_aci.errors import AciError, ControlPlaneError, NoSubscription
from pytest_aci.reporting import findings
from pytest_aci.reporting.figures import count
from pytest_aci.reporting.findings import Finding, Verdict, ok
from pytest_aci.reporting.permissions import ALWAYS
from pytest_aci.reporting.recorded import recorded_actions
from pytest_aci.settings.arguments import add_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_aci.arm.connection import Connection

T = TypeVar("T")

DOCKER_SOCKET = "/var/run/docker.sock"
DOCKER_SECONDS = 5.0
NEEDS_CONNECTION = ("subscription", "provider", "region", "quota", "permissions", "clock")


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the command line; what is not given stands in the environment, as for pytest."""
    made = argparse.ArgumentParser(
        prog="pytest-aci doctor",
        description="Look at what a live run needs, without changing anything: a line for each thing, with a verdict "
        "and a remedy. Exit code: 0 nothing is broken, 1 something is.",
    )
    add_options(made, ("endpoint", "subscription", "location", "cassettes"), environment)
    return made


def main(arguments: Sequence[str], *, environment: Mapping[str, str] = os.environ, say: Callable[[str], None]) -> int:
    """Look at everything, say a line as soon as it is known, and return the exit code."""
    chosen = parser(environment).parse_args(arguments)
    found = []
    for finding in examine(chosen, environment):
        found.append(finding)
        say(str(finding))
    broken = sum(finding.verdict is Verdict.BROKEN for finding in found)
    unknown = sum(finding.verdict is Verdict.UNKNOWN for finding in found)
    also = f", {unknown} of {len(found)} could not be looked at" if unknown else ""
    say(f"{count(broken, 'thing')} broken{also}" if broken else f"nothing is broken{also}")
    return findings.exit_code(found)


def examine(chosen: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each thing; what can not be looked at is told as unknown."""
    from pytest_aci.arm.connection import Connection  # noqa: PLC0415 # loads the SDK
    from pytest_aci.arm.diagnosis import source_of  # noqa: PLC0415 # see above

    try:
        connection = Connection.discover(
            chosen.endpoint, subscription=chosen.subscription or None, environment=environment
        )
    except AciError as problem:
        subject = "endpoint" if isinstance(problem, ControlPlaneError) else "credential"
        if isinstance(problem, NoSubscription):
            subject = "subscription"
            yield ok("credential", "one works")
        yield Finding(subject, Verdict.BROKEN, str(problem))
        others = (one for one in NEEDS_CONNECTION if one != subject)
        yield from (Finding(one, Verdict.UNKNOWN, f"skipped: no {subject}") for one in others)
    else:
        yield ok("credential", source_of(connection.credential, environment))
        yield from _ask(connection, chosen)
    yield _docker(environment.get("DOCKER_HOST", ""))
    yield _cassettes(Path(chosen.cassettes))


def _ask(connection: Connection, chosen: argparse.Namespace) -> Iterator[Finding]:
    from pytest_aci.arm.diagnosis import Diagnosis  # noqa: PLC0415 # loads the SDK
    from pytest_aci.arm.sdk import SdkControlPlane  # noqa: PLC0415 # see above

    diagnosis, control_plane = Diagnosis(connection), SdkControlPlane(connection)
    place = chosen.location.replace(" ", "").lower()
    needed = sorted({*ALWAYS, *recorded_actions(Path(chosen.cassettes))})
    yield ok("subscription", f"…{connection.subscription_id[-4:]} at {connection.host}")
    yield _judged("provider", control_plane.provider_state, findings.judge_provider)
    yield (region := _judged("region", diagnosis.regions, lambda offered: findings.judge_region(place, offered)))
    if region.verdict is Verdict.BROKEN:
        yield Finding("quota", Verdict.UNKNOWN, "not looked at without a region")
    else:
        yield _judged("quota", lambda: diagnosis.usages(place), lambda usages: findings.judge_quota(place, usages))
    yield _judged("permissions", control_plane.grants, lambda grants: findings.judge_permissions(needed, grants))
    yield findings.judge_clock(datetime.now(UTC), control_plane.server_time())


def _judged(subject: str, ask: Callable[[], T], judge: Callable[[T], Finding]) -> Finding:
    try:
        return judge(ask())
    except AciError as problem:
        return Finding(subject, Verdict.BROKEN, str(problem))


def _docker(host: str) -> Finding:
    """Look whether a Docker engine answers: the emulator runs containers in it, and processes without it."""
    try:
        url = urlsplit(host or f"unix://{DOCKER_SOCKET}")
    except ValueError as problem:
        return Finding("docker", Verdict.WARNING, f"DOCKER_HOST is no URL ({problem})", "correct it, or leave it out")
    if url.scheme != "unix":
        return Finding("docker", Verdict.UNKNOWN, f"DOCKER_HOST is {url.scheme}://…, which only the emulator asks")
    connection = http.client.HTTPConnection("localhost", timeout=DOCKER_SECONDS)
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(DOCKER_SECONDS)
            line.connect(url.path)
            connection.sock = line
            connection.request("GET", "/version")
            answer = connection.getresponse()
            status, server = answer.status, answer.getheader("Server", "an engine")
            answer.read()
    except (OSError, http.client.HTTPException) as problem:
        seen = f"no engine answers at {url.path} ({problem}), so the emulator runs sample images as processes only"
        remedy = "start Docker for real containers in the emulator; Azure itself does not need it"
        return Finding("docker", Verdict.WARNING, seen, remedy)
    return ok("docker", f"{server} answers with HTTP {status}")


def _cassettes(folder: Path) -> Finding:
    from pytest_aci.recording.audit import audit  # noqa: PLC0415 # loads vcrpy

    if not folder.is_dir():
        return findings.judge_cassettes(str(folder), 0, ())
    complaints = [str(one) for one in audit(folder) if one.kind not in ("large", "unused")]
    return findings.judge_cassettes(str(folder), len(list(folder.rglob("*.json"))), complaints)

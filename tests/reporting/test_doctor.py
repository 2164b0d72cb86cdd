from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.reporting.doctor import main
from tests.emulator.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

CASSETTES = Path(__file__).parents[2] / "cassettes"
SUBJECTS = ["credential", "subscription", "provider", "region", "quota", "permissions", "clock", "docker", "cassettes"]
# What is wrong, by the line that has to say so: the fault, and what is seen.
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "subscription": (
        {"operation": "Subscriptions_List", "body": {"value": []}},
        "No subscription can be seen at {url}",
    ),
    "provider": (
        {"operation": "Providers_Get", "body": {"registrationState": "NotRegistered", "resourceTypes": []}},
        "Microsoft.ContainerInstance is NotRegistered",
    ),
    "quota": (
        {
            "operation": "Location_ListUsage",
            "body": {"value": [{"name": {"value": "StandardCores"}, "currentValue": 10, "limit": 10}]},
        },
        "westeurope: 0 of 10 cores left",
    ),
    "permissions": (
        {"operation": "Permissions_*", "body": {"value": [{"actions": ["*"], "notActions": ["*/delete"]}]}},
        "it may not: Microsoft.ContainerInstance/containerGroups/delete, Microsoft.Resources/subscriptions",
    ),
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    """An emulator for all examinations."""
    with Running() as started:
        yield started


def examined(*arguments: str, **environment: str) -> tuple[int, list[str]]:
    """The exit code, and what was said."""
    said: list[str] = []
    return main(arguments, environment=environment, say=said.append), said


def line_of(subject: str, said: list[str]) -> str:
    """What was said about one thing."""
    return next(line for line in said if line.split(":")[0].split()[-1] == subject)


def test_a_healthy_set_up(emulator: Running) -> None:
    """A line for each thing, in the order in which a run needs them, and nothing is changed."""
    code, said = examined(f"--endpoint={emulator.server.url}", f"--cassettes={CASSETTES}")
    assert [line.split(":")[0].split()[-1] for line in said[:-1]] == SUBJECTS
    assert said[-1] == "nothing is broken"
    assert code == 0
    assert line_of("credential", said) == "ok       credential: none is needed on this machine"
    assert {each["method"] for each in emulator.cloud.audit.documents(0)} == {"GET"}


@pytest.mark.parametrize("subject", FAULTS)
def test_what_is_broken_in_azure_is_told(emulator: Running, subject: str) -> None:
    """Each fault breaks its own line, which tells what is seen, and the exit code says that something is."""
    fault, seen = FAULTS[subject]
    with emulator.injected("answer", status=200, **fault):
        code, said = examined(f"--endpoint={emulator.server.url}", f"--cassettes={CASSETTES}")
    assert code == 1
    assert f"broken   {subject}: {seen.format(url=emulator.server.url)}" in line_of(subject, said)


def test_a_wrong_region(emulator: Running) -> None:
    """The nearest one that offers container groups is the remedy."""
    code, said = examined(f"--endpoint={emulator.server.url}", "--location=westeurop", f"--cassettes={CASSETTES}")
    assert code == 1
    assert line_of("region", said).endswith("do: use westeurope (--aci-location, here --location)")
    assert line_of("quota", said) == "unknown  quota: not looked at without a region"
    assert said[-1] == "1 thing broken, 1 of 9 could not be looked at"


def test_a_refusal_is_told_in_azures_words(emulator: Running) -> None:
    """What may not even be looked at is broken, too."""
    with emulator.injected("forbidden", operation="Permissions_*"):
        code, said = examined(f"--endpoint={emulator.server.url}", f"--cassettes={CASSETTES}")
    assert code == 1
    assert "Could not look what the credential may do: AuthorizationFailed (HTTP 403)" in line_of("permissions", said)


def test_an_endpoint_where_nothing_listens() -> None:
    """What depends on it is unknown, and the rest is looked at all the same."""
    code, said = examined("--endpoint=http://127.0.0.1:9", f"--cassettes={CASSETTES}")
    assert code == 1
    assert "broken   endpoint: Could not list the subscriptions: unreachable" in line_of("endpoint", said)
    assert line_of("quota", said) == "unknown  quota: skipped: no endpoint"
    assert line_of("cassettes", said).startswith("ok ")


def test_an_auth_file_that_can_not_be_used(tmp_path: Path) -> None:
    """It is the first source, so its mistake is told instead of trying others."""
    file = tmp_path / "auth.json"
    file.write_text(json.dumps({"clientId": "x"}), encoding="utf-8")
    code, said = examined(f"--cassettes={CASSETTES}", AZURE_AUTH_LOCATION=str(file))
    assert code == 1
    assert f"broken   credential: AZURE_AUTH_LOCATION names {file}, which can not be used: it lacks" in said[0]


def test_a_damaged_cassette(emulator: Running, tmp_path: Path) -> None:
    """Replay would fail later, and with less to say."""
    (tmp_path / "web.json").write_text('{"pytest-aci cassette": 1}', encoding="utf-8")
    code, said = examined(f"--endpoint={emulator.server.url}", f"--cassettes={tmp_path}")
    assert code == 1
    assert f"do: pytest-aci audit {tmp_path}" in line_of("cassettes", said)


def test_a_docker_host_that_is_no_url(emulator: Running) -> None:
    """It is told like an engine that does not answer, and what stands below it is told as well."""
    arguments = f"--endpoint={emulator.server.url}", f"--cassettes={CASSETTES}"
    code, said = examined(*arguments, DOCKER_HOST="unix://[")
    assert code == 0
    assert line_of("docker", said).startswith("warning  docker: DOCKER_HOST is no URL (Invalid IPv6 URL)")
    assert line_of("cassettes", said).startswith("ok ")


def test_no_docker_engine_is_no_fault(emulator: Running, tmp_path: Path) -> None:
    """The emulator runs sample images without one, and Azure needs none."""
    code, said = examined(
        f"--endpoint={emulator.server.url}", f"--cassettes={CASSETTES}", DOCKER_HOST=f"unix://{tmp_path}/none.sock"
    )
    assert code == 0
    assert line_of("docker", said).startswith(f"warning  docker: no engine answers at {tmp_path}/none.sock")

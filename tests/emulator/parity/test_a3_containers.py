"""Section A3: what is asked of containers, locations and the provider."""

# ruff: noqa: E501 # one fact is one row, however long

# one fact is one row, however long

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.running import container, group_document

from .facts import ABSENT, Fact, body, each, facts, header, keys, status

if TYPE_CHECKING:
    from .scenes import Scenes

USAGES = [
    "ContainerGroups",
    "StandardCores",
    "StandardK80Cores",
    "StandardP100Cores",
    "StandardV100Cores",
    "DedicatedContainerGroups",
    "DedicatedCores",
]


def usage_names(answer: Any) -> list[str]:
    """The names of the counters for machines."""
    return [row["name"]["value"] for row in answer.json()["value"]]


def usage_labels(answer: Any) -> set[str]:
    """Their names for people."""
    return {row["name"]["localizedValue"] for row in answer.json()["value"]}


def versions_of_systems(answer: Any) -> set[tuple[str, bool]]:
    """Which operating systems' rows say a version."""
    return {(row["osType"], "osVersion" in row) for row in answer.json()["value"]}


FACTS = facts(
    "A3",
    ("logs: 200", "logs", status, 200),
    ("logs: only content", "logs", keys(), ["content"]),
    ("logs: text with its line ends", "logs", body("content"), "/bin/serve --all\n"),
    ("logs: tail=N gives the last lines", "logs_tail", body("content"), "two\nthree\n"),
    ("logs: timestamps=true puts one before each line", "logs_timestamps", body("content"),
     lambda seen: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three\n", seen)),
    ("logs: a tail that is no number: 400", "logs_bad_tail", status, 400),
    ("logs of an exited container: 200", "logs_of_ended", status, 200),
    ("logs of an exited container: content kept", "logs_of_ended", body("content"), "exit 2\n"),
    ("logs of a stopped group: content kept", "story_stopped_logs", body("content"), "started\n"),
    ("exec: 200", "exec", status, 200),
    ("exec: exactly two keys", "exec", keys(), ["webSocketUri", "password"]),
    ("exec: no async header", "exec", header("Azure-AsyncOperation"), None),
    ("exec: the address", "exec", body("webSocketUri"),
     lambda seen: re.fullmatch(r"ws://[^/]+/execstream/sessionId/[0-9a-f-]{36}\?api-version=1\.0&rows=24&cols=80", seen)),
    ("exec: a password that ends in [[EOM]]", "exec", body("password"), lambda seen: seen.endswith("[[EOM]]")),
    ("exec: of an ended container: 200", "exec_of_ended", status, 200),
    ("exec: without a command: 400", "exec_of_nothing", status, 400),
    ("attach: 200", "attach", status, 200),
    ("attach: the same two fields", "attach", keys(), ["webSocketUri", "password"]),
    ("usages: 200", "usages", status, 200),
    ("usages: seven rows", "usages", usage_names, USAGES),
    ("usages: keys", "usages", keys("value", 0), ["id", "unit", "currentValue", "limit", "name"]),
    ("usages: unit", "usages", body("value", 0, "unit"), "Count"),
    ("usages: every row is called Container Groups for people", "usages", usage_labels, {"Container Groups"}),
    ("usages: id keeps the caller's spelling", "usages", body("value", 0, "id"),
     lambda seen: "/locations/West Central US/usages/ContainerGroups" in seen),
    ("usages: numbers are whole", "usages", body("value", 0, "limit"), 1000),
    ("capabilities: 200", "capabilities", status, 200),
    ("capabilities: keys", "capabilities", keys("value", 0),
     ["resourceType", "osType", "location", "ipAddressType", "gpu", "capabilities"]),
    ("capabilities: the location in capitals", "capabilities", body("value", 0, "location"), "WESTCENTRALUS"),
    ("capabilities: what one group may have", "capabilities", body("value", 0, "capabilities"),
     {"maxMemoryInGB": 16.0, "maxCpu": 4.0, "maxGpuCount": 0.0}),
    ("cachedImages: 200", "cached_images", status, 200),
    ("cachedImages: keys of Linux", "cached_images", keys("value", 0), ["osType", "image"]),
    ("cachedImages: osVersion on Windows rows only", "cached_images", versions_of_systems,
     {("Linux", False), ("Windows", True)}),
    ("cachedImages: key order of Windows", "cached_images", keys("value", -1), ["osType", "osVersion", "image"]),
    ("operations: 200", "operations", status, 200),
    ("operations: 24 rows", "operations", each("name", "value"), lambda seen: len(seen) == 24),
    ("operations: keys", "operations", keys("value", 0), ["name", "display", "origin"]),
    ("operations: display", "operations", keys("value", 0, "display"),
     ["provider", "resource", "operation", "description"]),
    ("operations: the real slip", "operations", body("value", 0, "display", "description"),
     "Get all container goups."),
    ("outbound dependencies: a bare list", "outbound", body(), []),
    ("provider: 200", "provider", status, 200),
    ("provider: keys", "provider", keys(),
     ["id", "namespace", "authorizations", "resourceTypes", "registrationState", "registrationPolicy"]),
    ("provider: registered", "provider", body("registrationState"), "Registered"),
    ("provider: its types", "provider", each("resourceType", "resourceTypes"), lambda seen: seen[0] == "containerGroups"),
    ("register: 200", "register", status, 200),
    ("register: registered", "register", body("registrationState"), "Registered"),
    ("subscriptions: the one that exists", "subscriptions", each("subscriptionId", "value"), lambda seen: len(seen) == 1),
    ("subscriptions: enabled", "subscriptions", each("state", "value"), ["Enabled"]),
    ("subscriptions: no nextLink", "subscriptions", body("nextLink"), ABSENT),
    ("tenants: one", "tenants", each("tenantType", "value"), ["AAD"]),
    ("locations: names", "locations", each("name", "value"), lambda seen: "westeurope" in seen),
    ("locations: display names", "locations", each("displayName", "value"), lambda seen: "West Europe" in seen),
)  # fmt: skip


@pytest.mark.parametrize("fact", FACTS)
def test_fact(scenes: Scenes, fact: Fact) -> None:
    """The emulator answers as the fact sheet says at this place."""
    fact.check(scenes)


@pytest.mark.parametrize("tail", ["", "0", "1", "2", "3", "5", "99"])
@pytest.mark.parametrize("timestamps", ["", "true"])
def test_logs_of_a_stopped_group(scenes: Scenes, tail: str, timestamps: str) -> None:
    """A3 logs: a stopped container's lines are those that it showed while it ran, whatever is asked of them."""
    client, name = scenes.client, f"stopping-{tail}-{timestamps}".strip("-").replace("--", "-")
    lines = "one\ntwo\r2\n\nthree"
    client.poll(client.make_group("plain", name, group_document(container(command=[lines]))))
    path = client.cg("plain", name, "/containers/main/logs")
    asked = {"tail": tail, "timestamps": timestamps}
    before = client.ask("GET", path, params=asked)
    client.ask("POST", client.cg("plain", name, "/stop"))
    assert client.ask("GET", path, params=asked).json() == before.json()
    client.ask("DELETE", client.cg("plain", name))


def test_usages_count(scenes: Scenes) -> None:
    """A3: a group more is one more in the region's usage, whatever the region's spelling."""
    client = scenes.client

    def used(region: str) -> tuple[int, int]:
        rows = client.ask("GET", client.location("/usages", region)).json()["value"]
        return rows[0]["currentValue"], rows[1]["currentValue"]

    groups, cores = used("japaneast")
    client.poll(client.make_group("plain", "counted", group_document(location="Japan East")))
    assert used("Japan%20East") == (groups + 1, cores + 1)

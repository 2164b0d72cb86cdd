"""Section A2: container groups and their operations."""

# ruff: noqa: E501 # one fact is one row, however long

# one fact is one row, however long

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pytest_aci.emulator.configuration import Configuration
from tests.emulator.running import Running, container, group_document

from .facts import ABSENT, Fact, body, each, facts, header, keys, raw, status

if TYPE_CHECKING:
    from .scenes import Scenes

CREATED_EVENTS = ["Pulling", "Pulled", "Started"]


def operation_query(name: str) -> Any:
    """One value of the query of `Azure-AsyncOperation`."""
    return lambda answer: parse_qs(urlsplit(answer.headers["Azure-AsyncOperation"]).query).get(name, [ABSENT])[0]


def operation_path(answer: Any) -> str:
    """The path of `Azure-AsyncOperation`."""
    return str(urlsplit(answer.headers["Azure-AsyncOperation"]).path)


def has_views(answer: Any) -> bool:
    """Whether any instance view is there at any level."""
    return "instanceView" in (answer.text if hasattr(answer, "text") else str(answer))


def views(answer: Any) -> list[bool]:
    """Which containers have an instance view."""
    document = answer if isinstance(answer, dict) else answer.json()
    return ["instanceView" in each["properties"] for each in document["properties"]["containers"]]


def long_enough(seen: str) -> bool:
    """Whether it is as long as a certificate in base64url."""
    return len(seen) > 1000 and re.fullmatch(r"[\w-]+", seen) is not None


OPERATION_PATH = (
    r"/subscriptions/[0-9a-f-]{36}/providers/Microsoft.ContainerInstance/locations/westeurope/operations/[0-9a-f-]{36}"
)

FACTS = facts(
    "A2",
    ("PUT new: 201", "rich_new", status, 201),
    ("PUT new: Azure-AsyncOperation", "rich_new", operation_path, lambda seen: re.fullmatch(OPERATION_PATH, seen)),
    ("PUT new: no Location", "rich_new", header("Location"), None),
    ("PUT new: provisioningState Pending", "rich_new", body("properties", "provisioningState"), "Pending"),
    ("PUT new: group instanceView only", "rich_new", body("properties", "instanceView"),
     {"events": [], "state": "Pending"}),
    ("PUT new: containers have no instanceView", "rich_new", views, [False, False]),
    ("PUT existing, unchanged: 200", "same_again", status, 200),
    ("PUT existing, unchanged: Azure-AsyncOperation", "same_again", operation_path,
     lambda seen: re.fullmatch(OPERATION_PATH, seen)),
    ("PUT existing, unchanged: goes on running", "same_again", body("properties", "provisioningState"), "Succeeded"),
    ("PUT existing, changed: 200", "changed_again", status, 200),
    ("PUT existing, changed: Pending again", "changed_again", body("properties", "provisioningState"), "Pending"),
    ("GET: 200", "rich", status, 200),
    ("GET: no async header", "rich", header("Azure-AsyncOperation"), None),
    ("GET: instance views of all containers", "rich", views, [True, True]),
    ("GET missing: 404", "group_missing", status, 404),
    ("PATCH: 200", "patched", status, 200),
    ("PATCH: no async header", "patched", header("Azure-AsyncOperation"), None),
    ("PATCH: tags replaced, not merged", "patched", body("tags"), {"tag2": "2"}),
    ("PATCH: full group as GET shows it", "patched", views, [True]),
    ("PATCH: location tolerated", "patched", body("location"), "westeurope"),
    ("DELETE existing: 200", "deleted", status, 200),
    ("DELETE existing: no async header", "deleted", header("Azure-AsyncOperation"), None),
    ("DELETE existing: no Location", "deleted", header("Location"), None),
    ("DELETE existing: the group as GET would show it", "deleted", body("properties", "instanceView", "state"), "Running"),
    ("DELETE existing: still Succeeded", "deleted", body("properties", "provisioningState"), "Succeeded"),
    ("DELETE existing: with instance views", "deleted", views, [True]),
    ("DELETE missing: 204", "deleted_again", status, 204),
    ("DELETE missing: empty", "deleted_again", raw, b""),
    ("list after delete: gone at once", "list_after_delete", each("name", "value"),
     lambda seen: "deleted" not in seen),
    ("list empty", "list_empty", body(), {"value": []}),
    ("list by resource group: 200", "list_by_rg", status, 200),
    ("list by resource group: no instance view at any level", "list_by_rg", has_views, False),
    ("list by subscription: 200", "list_by_subscription", status, 200),
    ("list by subscription: no instance view at any level", "list_by_subscription", has_views, False),
    ("list: provisioningState is there", "rich_listed", body("properties", "provisioningState"), "Succeeded"),
    ("list: ip is there", "rich_listed", body("properties", "ipAddress", "ip"), lambda seen: seen.startswith("127.")),
    ("start: 204", "story_start", status, 204),
    ("start: Azure-AsyncOperation", "story_start", operation_path, lambda seen: re.fullmatch(OPERATION_PATH, seen)),
    ("start: empty", "story_start", raw, b""),
    ("restart: 204", "story_restart", status, 204),
    ("restart: Azure-AsyncOperation", "story_restart", operation_path, lambda seen: re.fullmatch(OPERATION_PATH, seen)),
    ("restart: empty", "story_restart", raw, b""),
    ("stop: 204", "story_stop", status, 204),
    ("stop: no async header", "story_stop", header("Azure-AsyncOperation"), None),
    ("stop: empty", "story_stop", raw, b""),
    ("async URL: the version is always 2018-06-01", "rich_new", operation_query("api-version"), "2018-06-01"),
    ("async URL: t is ticks", "rich_new", operation_query("t"), lambda seen: re.fullmatch(r"\d{18}", seen)),
    ("async URL: c is a certificate", "rich_new", operation_query("c"), long_enough),
    ("async URL: s is a signature", "rich_new", operation_query("s"), lambda seen: re.fullmatch(r"[\w-]{300,}", seen)),
    ("async URL: h is a hash", "rich_new", operation_query("h"), lambda seen: re.fullmatch(r"[\w-]{43}", seen)),
    ("async URL: a version rewritten by the client is tolerated", "operation_other_version", status, 200),
    ("status: 200 while it runs", "bare_operation_running", status, 200),
    ("status: keys", "bare_operation_ended", keys(), ["id", "status", "startTime", "properties"]),
    ("status: the id is the group's", "bare_operation_ended", body("id"), lambda seen: seen.endswith("/containerGroups/bare")),
    ("status: the first is Pending or Creating", "bare_operation_running", body("status"),
     lambda seen: seen in ("Pending", "Creating")),
    ("status: no container events before the start", "bare_operation_running", body("properties", "events"),
     lambda seen: {each["name"] for each in seen} <= {"Pulling", "Pulled"}),
    ("status: Succeeded", "bare_operation_ended", body("status"), "Succeeded"),
    ("status: startTime has up to seven digits", "bare_operation_ended", body("startTime"),
     lambda seen: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", seen)),
    ("status: events in container order, init containers excluded", "rich_operation",
     each("name", "properties", "events"), CREATED_EVENTS * 2),
    ("status: nothing about an error on success", "bare_operation_ended", body("error"), ABSENT),
    ("status: a create succeeds though a task failed", "task_two_operation", body("status"), "Succeeded"),
    ("status: start begins Pending", "story_start_status", body("status"), lambda seen: seen in ("Pending", "Creating")),
    ("status: during a start the old run's events", "story_start_status", each("name", "properties", "events"),
     lambda seen: seen[:4] == [*CREATED_EVENTS, "Killing"]),
    ("status: restart ends Succeeded", "story_restart_operation", body("status"), "Succeeded"),
    ("status: Failed has an error with code Failed", "unstartable", body("operation", "error", "code"), "Failed"),
    ("status: Failed has a message", "unstartable", body("operation", "error", "message"),
     "Error: Failed to start container main, Error response: to create containerd task: exec: missing: not found"),
    ("status of an operation that nobody began: 404", "operation_unknown", status, 404),
)  # fmt: skip


@pytest.mark.parametrize("fact", FACTS)
def test_fact(scenes: Scenes, fact: Fact) -> None:
    """The emulator answers as the fact sheet says at this place."""
    fact.check(scenes)


def test_delete_answers_with_what_get_showed(scenes: Scenes) -> None:
    """A2: the body of a DELETE is exactly the group that a GET showed just before."""
    assert scenes.deleted.json() == scenes.before_delete.json()


def test_async_url_must_come_back_verbatim(scenes: Scenes) -> None:
    """A2: a signed operation URL whose signature was touched is refused."""
    address = scenes.bare_new.headers["Azure-AsyncOperation"]
    spoiled = re.sub(r"&s=[^&]{4}", "&s=AAAA", address)
    assert scenes.client.http.get(spoiled).json()["error"]["code"] == "InvalidSignature"


def test_async_url_without_a_signature(scenes: Scenes) -> None:
    """A2: an operation URL as it was before 2024, without a signature, is answered, too."""
    address = scenes.bare_new.headers["Azure-AsyncOperation"].partition("&t=")[0]
    assert scenes.client.http.get(address).status_code == 200


def test_update_that_changes_nothing_keeps_the_containers(scenes: Scenes) -> None:
    """A2: PUT with the same properties lets the processes run on and only writes the tags."""
    before = scenes.bare.json()
    answer = scenes.same_again
    assert scenes.client.poll(answer)["status"] == "Succeeded"
    after = scenes.client.get_group("plain", "bare")
    assert after["properties"]["containers"] == before["properties"]["containers"]


def test_get_and_put_again() -> None:
    """A2: a GET's body that is put again, with a tag changed, changes nothing that runs, and may name the defaults."""
    with Running() as running:
        client = running.client()
        client.make_rg("rg")
        document = group_document(
            container(ports=[{"port": 80}], command=["a"]),
            container("side"),
            initContainers=[{"name": "first", "properties": {"image": "i", "command": ["exit", "0"]}}],
            ipAddress={"ports": [{"port": 80}], "dnsNameLabel": "my-label"},
        )
        client.poll(client.make_group("rg", "web", document))
        for version in ("2021-10-01", "2023-05-01", "2024-05-01-preview"):
            body = client.get_group("rg", "web", version=version) | {"tags": {"seen": version}}
            body["properties"] |= {"restartPolicy": "Always", "priority": "Regular"}
            answer = client.make_group("rg", "web", body)
            assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (200, "Succeeded")
        after = client.get_group("rg", "web")
        assert after["tags"] == {"seen": "2024-05-01-preview"}
        assert "restartPolicy" not in after["properties"]
        assert len(running.runtime.opened) == 1


def test_retry_after_of_the_faithful_mode() -> None:
    """A1: without `retry-after-ms` a resource group's deletion says `Retry-After: 15`, and a create says nothing."""
    with Running(Configuration(retry_after_ms=None)) as running:
        client = running.client()
        client.make_rg("faithful")
        created = client.make_group("faithful", "web")
        deleted = client.ask("DELETE", client.rg("faithful"))
        assert "retry-after-ms" not in created.headers
        assert "Retry-After" not in created.headers
        assert deleted.headers["Retry-After"] == "15"
        assert "retry-after-ms" not in deleted.headers

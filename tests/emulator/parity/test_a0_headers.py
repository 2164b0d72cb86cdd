"""Section A0: headers common to every ARM answer, and the counters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.running import group_document

from .facts import Fact, facts, header

if TYPE_CHECKING:
    from .scenes import Scenes

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def like(pattern: str) -> Any:
    """Hold for a text that matches as a whole."""
    return lambda seen: isinstance(seen, str) and re.fullmatch(pattern, seen) is not None


def counters(answer: Any) -> list[str]:
    """The names of the counters, without what they have in common."""
    prefix = "x-ms-ratelimit-remaining-subscription-"
    return sorted(name.removeprefix(prefix) for name in answer.headers if name.startswith(prefix))


def same_correlation(answer: Any) -> bool:
    """Whether the routing id ends in the correlation id."""
    return bool(answer.headers["x-ms-routing-request-id"].endswith(answer.headers["x-ms-correlation-request-id"]))


def is_front_door(answer: Any) -> bool:
    """Whether the request id is the bare correlation id."""
    return bool(answer.headers["x-ms-request-id"] == answer.headers["x-ms-correlation-request-id"])


def operation_id_is_request_id(answer: Any) -> bool:
    """Whether the operation is called as the request was."""
    operation = answer.headers["Azure-AsyncOperation"].partition("/operations/")[2].partition("?")[0]
    return bool(answer.headers["x-ms-request-id"].partition(":")[2] == operation)


COMMON = [
    ("Cache-Control", "no-cache"),
    ("Pragma", "no-cache"),
    ("Expires", "-1"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("x-ms-correlation-request-id", like(GUID)),
    ("x-ms-routing-request-id", like(rf"[A-Z0-9]+:\d{{8}}T\d{{6}}Z:{GUID}")),
    ("Date", like(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")),
    ("x-cache", "CONFIG_NOCACHE"),
    ("x-msedge-ref", like(r"Ref A: [0-9A-F]{32} Ref B: \w+ Ref C: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")),
]
ANSWERS = ["rg_new", "rich", "rg_missing", "deleted", "story_stop"]

FACTS = [
    *(
        fact
        for scene in ANSWERS
        for fact in facts("A0", *((f"{name} on {scene}", scene, header(name), right) for name, right in COMMON))
    ),
    *facts(
        "A0",
        ("JSON content type on a body", "rich", header("Content-Type"), "application/json; charset=utf-8"),
        ("no content type on a bodyless 204", "story_stop", header("Content-Type"), None),
        ("no content type on a bodyless 202", "deletion_asked", header("Content-Type"), None),
        ("Vary on GET", "rich", header("Vary"), "Accept-Encoding"),
        ("Vary on PATCH", "patched", header("Vary"), "Accept-Encoding"),
        ("Vary on DELETE", "deleted", header("Vary"), "Accept-Encoding"),
        ("Vary on exec", "exec", header("Vary"), "Accept-Encoding"),
        ("no Vary on 201", "rich_new", header("Vary"), None),
        ("no Vary on 204", "story_stop", header("Vary"), None),
        ("routing id ends in the correlation id", "rich", same_correlation, True),
        ("provider's request id is region:guid", "rich", header("x-ms-request-id"), like(rf"westeurope:{GUID}")),
        ("front door's request id is bare: resource group", "rg_get", is_front_door, True),
        ("front door's request id is bare: 404", "group_missing", is_front_door, True),
        ("front door's request id is bare: list", "list_empty", is_front_door, True),
        ("operation id is the request id: PUT", "rich_new", operation_id_is_request_id, True),
        ("operation id is the request id: start", "story_start", operation_id_is_request_id, True),
        ("operation id is the request id: restart", "story_restart", operation_id_is_request_id, True),
        (
            "operation identifier of the provider",
            "rich",
            header("x-ms-operation-identifier"),
            like(rf"tenantId={GUID},objectId={GUID}/westeurope/{GUID}"),
        ),
        ("x-ms-failure-cause gateway on ARM's 404", "rg_missing", header("x-ms-failure-cause"), "gateway"),
        ("x-ms-failure-cause gateway on a resource's 404", "group_missing", header("x-ms-failure-cause"), "gateway"),
        ("no x-ms-failure-cause on a success", "rich", header("x-ms-failure-cause"), None),
        ("no x-ms-failure-cause on ACI's own 404", "logs_too_early", header("x-ms-failure-cause"), None),
        ("no Retry-After on 201", "rich_new", header("Retry-After"), None),
        ("no Retry-After on the operation's status", "bare_operation_running", header("Retry-After"), None),
        ("counters on GET", "rich", counters, ["global-reads", "reads"]),
        ("counters on a resource group's GET", "rg_get", counters, ["global-reads", "reads"]),
        ("counters on PATCH", "patched", counters, ["global-writes", "writes"]),
        ("counters on exec", "exec", counters, ["global-writes", "writes"]),
        ("counters on stop", "story_stop", counters, ["global-writes", "writes"]),
        ("counters on a resource group's PUT", "rg_new", counters, ["global-writes", "writes"]),
        (
            "counters on a create",
            "rich_new",
            counters,
            ["global-writes", "resource-requests-pt1h", "resource-requests-pt5m", "writes"],
        ),
        (
            "counters on a group's DELETE",
            "deleted",
            counters,
            ["deletes", "global-deletes", "resource-requests-pt1h", "resource-requests-pt5m"],
        ),
        ("counters on a resource group's DELETE", "deletion_asked", counters, ["deletes", "global-deletes"]),
    ),
]


@pytest.mark.parametrize("fact", FACTS)
def test_fact(scenes: Scenes, fact: Fact) -> None:
    """The emulator answers as the fact sheet says at this place."""
    fact.check(scenes)


@pytest.mark.parametrize(
    ("code", "cause"), [("InaccessibleImage", None), ("InternalServerError", "service"), ("ServerTimeout", "gateway")]
)
def test_who_refused(scenes: Scenes, code: str, cause: str | None) -> None:
    """A0: the provider's refusals have its request id, ARM's the correlation id; sentences name the same ids."""
    client = scenes.client
    with scenes.running.injected("error", code=code, path=client.cg("plain", "refused")):
        answer = client.make_group("plain", "refused", group_document(location="Japan East"))
    headers = answer.headers
    correlation, request = headers["x-ms-correlation-request-id"], headers["x-ms-request-id"]
    assert headers.get("x-ms-failure-cause") == cause
    assert like(correlation if cause == "gateway" else f"japaneast:{GUID}")(request)
    assert ("x-ms-operation-identifier" in headers) == (cause != "gateway")
    if code != "InaccessibleImage":
        named = [each.group() for each in re.finditer(GUID, answer.json()["error"]["message"])]
        assert named[-2:] == [request.partition(":")[2] or correlation, correlation]


def test_region_of_a_refusal(scenes: Scenes) -> None:
    """A0: a provider's refusal comes from the group's region; one that is not known is never repeated in a header."""
    client = scenes.client
    client.poll(client.make_group("plain", "far", group_document(location="eastus")))
    answer = client.ask("GET", client.cg("plain", "far", "/containers/nobody/logs"))
    assert answer.headers["x-ms-request-id"].startswith("eastus:")
    answer = client.ask("GET", client.location("/operations/none", "x%0d%0ay"))
    assert answer.headers["x-ms-request-id"].startswith("westeurope:")


def test_client_request_id_is_not_echoed(scenes: Scenes) -> None:
    """A0: `x-ms-client-request-id` does not come back, even when it is asked for."""
    headers = {"x-ms-client-request-id": "abc", "x-ms-return-client-request-id": "true"}
    answer = scenes.client.ask("GET", scenes.client.rg("plain"), headers=headers)
    assert "x-ms-client-request-id" not in answer.headers


def test_counters_go_down(scenes: Scenes) -> None:
    """A0: each create takes one off the hour's and the five minutes' counter."""
    name = "x-ms-ratelimit-remaining-subscription-resource-requests-pt5m"
    counted = [int(scenes.client.make_group("plain", f"count-{n}").headers[name]) for n in range(3)]
    assert counted == sorted(counted, reverse=True)
    assert counted[0] > counted[-1]

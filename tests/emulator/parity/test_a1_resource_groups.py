"""Section A1: resource groups."""

# ruff: noqa: E501 # one fact is one row, however long

# one fact is one row, however long

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from .facts import ABSENT, Fact, body, each, facts, header, keys, raw, status

if TYPE_CHECKING:
    from .scenes import Scenes


def job(answer: Any) -> Any:
    """The job that a deletion's Location names."""
    token = re.search(r"/operationresults/([^?]+)\?", answer.headers["Location"])
    assert token is not None
    return json.loads(base64.urlsafe_b64decode(token[1] + "=" * (-len(token[1]) % 4)))


def is_unpadded(answer: Any) -> bool:
    """Whether the token comes without the padding of base64."""
    return "=" not in answer.headers["Location"].partition("?")[0]


def same_location(answer: Any) -> Any:
    """The Location without its query."""
    return answer.headers["Location"].partition("?")[0].rpartition("/operationresults/")[2]


FACTS = facts(
    "A1",
    ("PUT new: 201", "rg_new", status, 201),
    ("PUT new: Succeeded at once", "rg_new", body("properties", "provisioningState"), "Succeeded"),
    ("PUT new: no async header", "rg_new", header("Azure-AsyncOperation"), None),
    ("PUT new: no Location", "rg_new", header("Location"), None),
    ("key order", "rg_new", keys(), ["id", "name", "type", "location", "tags", "properties"]),
    ("key order with managedBy", "rg_managed", keys(),
     ["id", "name", "type", "location", "managedBy", "tags", "properties"]),
    ("type", "rg_new", body("type"), "Microsoft.Resources/resourceGroups"),
    ("type is absent in old api-versions", "rg_get_old", body("type"), ABSENT),
    ("location is normalised", "rg_new", body("location"), "westcentralus"),
    ("id has resourceGroups with a capital G", "rg_new", body("id"),
     lambda seen: re.fullmatch(r"/subscriptions/[0-9a-f-]{36}/resourceGroups/fresh", seen)),
    ("tags that were never sent are absent", "rg_without_tags", body("tags"), ABSENT),
    ("tags that were sent empty are {}", "rg_empty_tags", body("tags"), {}),
    ("PUT existing: 200", "rg_again", status, 200),
    ("PUT existing: replaces tags as a whole", "rg_again", body("tags"), {"tag3": "c"}),
    ("GET: 200", "rg_get", status, 200),
    ("GET: the object", "rg_get", body("name"), "plain"),
    ("GET: case does not matter", "rg_get_mixed_case", body("name"), "plain"),
    ("GET missing: 404", "rg_missing", status, 404),
    ("GET missing: code", "rg_missing", body("error", "code"), "ResourceGroupNotFound"),
    ("HEAD: 204", "rg_head", status, 204),
    ("HEAD: no body", "rg_head", raw, b""),
    ("HEAD missing: 404", "rg_head_missing", status, 404),
    ("HEAD missing: no body", "rg_head_missing", raw, b""),
    ("HEAD missing: JSON content type", "rg_head_missing", header("Content-Type"), "application/json; charset=utf-8"),
    ("HEAD missing: length of the body it does not send", "rg_head_missing", header("Content-Length"),
     "99"),
    ("PATCH: 200", "rg_patch", status, 200),
    ("PATCH: the object", "rg_patch", keys(), ["id", "name", "type", "location", "tags", "properties"]),
    ("PATCH: tags replaced", "rg_patch", body("tags"), {"new": "2"}),
    ("PATCH without tags keeps them", "rg_patch_nothing", body("tags"), {"new": "2"}),
    ("DELETE: 202", "deletion_asked", status, 202),
    ("DELETE: empty", "deletion_asked", raw, b""),
    ("DELETE: Location", "deletion_asked", header("Location"),
     lambda seen: re.fullmatch(r"http://[^/]+/subscriptions/[0-9a-f-]{36}/operationresults/[\w-]+\?api-version=.+", seen)),
    ("DELETE: no Azure-AsyncOperation", "deletion_asked", header("Azure-AsyncOperation"), None),
    ("DELETE: the token is unpadded base64url", "deletion_asked", is_unpadded, True),
    ("DELETE: the token names the job", "deletion_asked", job,
     {"jobId": "RESOURCEGROUPDELETIONJOB-DOOMED-WESTEUROPE", "jobLocation": "westeurope"}),
    ("DELETE again: 202", "deletion_again", status, 202),
    ("operationresults while running: 202", "deletion_running", status, 202),
    ("operationresults while running: empty", "deletion_running", raw, b""),
    ("operationresults while running: the same Location", "deletion_running", lambda answer: "Location" in answer.headers, True),
    ("operationresults when done: 200", "deletion_done", status, 200),
    ("operationresults when done: empty", "deletion_done", raw, b""),
    ("GET while deleting: 200", "deletion_get", status, 200),
    ("GET while deleting: Deleting", "deletion_get", body("properties", "provisioningState"), "Deleting"),
    ("GET after deleting: 404", "deletion_gone", status, 404),
    ("its container groups are gone, too", "deletion_group_gone", status, 404),
    ("PUT while deleting: 409", "deletion_put", status, 409),
    ("PUT of a container group while deleting: 409", "deletion_put_group", status, 409),
    ("list: 200", "rg_list", status, 200),
    ("list: value", "rg_list", keys(), ["value"]),
    ("list: no nextLink when it is short", "rg_list", body("nextLink"), ABSENT),
    ("list by tag name and value", "rg_list_by_tag", each("name", "value"), ["tagged-one"]),
    ("list by tag name", "rg_list_by_tag_name", each("name", "value"), ["tagged-one", "tagged-two"]),
    ("list with a filter nobody understands: 400", "rg_list_bad_filter", status, 400),
    ("resources in a group", "rg_resources", each("type", "value"), ["Microsoft.ContainerInstance/containerGroups"]),
    ("resources in a group: keys", "rg_resources", keys("value", 0), ["id", "name", "type", "location", "tags"]),
)  # fmt: skip


@pytest.mark.parametrize("fact", FACTS)
def test_fact(scenes: Scenes, fact: Fact) -> None:
    """The emulator answers as the fact sheet says at this place."""
    fact.check(scenes)


def test_token_escapes_what_is_not_alphanumeric(scenes: Scenes) -> None:
    """A1: in the job's name a hyphen becomes `:2D`."""
    scenes.client.make_rg("with-hyphen_and.dot")
    answer = scenes.client.ask("DELETE", scenes.client.rg("with-hyphen_and.dot"))
    assert job(answer)["jobId"] == "RESOURCEGROUPDELETIONJOB-WITH:2DHYPHEN:5FAND:2EDOT-WESTEUROPE"


def test_token_of_a_long_name_is_cut(scenes: Scenes) -> None:
    """A1: a long name is cut and ends in a bar and sixteen hexadecimal digits."""
    scenes.client.make_rg("n" * 90)
    answer = scenes.client.ask("DELETE", scenes.client.rg("n" * 90))
    assert re.fullmatch(r"RESOURCEGROUPDELETIONJOB-N+\|[0-9A-F]{16}-WESTEUROPE", job(answer)["jobId"])


def test_same_location_is_followed(scenes: Scenes) -> None:
    """A1: every answer of a deletion names the same job."""
    told = scenes.deletion
    assert same_location(told["asked"]) == same_location(told["again"]) == same_location(told["running"])

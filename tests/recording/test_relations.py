from __future__ import annotations

import pytest

from pytest_aci.recording.exchange import Request
from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.relations import bars, is_status, key_of

S = f"{ARM}/subscriptions/0"
RG = f"{S}/resourcegroups/rg"
ACI = "providers/Microsoft.ContainerInstance"
GROUPS = f"{S}/resourceGroups/RG/{ACI}/containerGroups"


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (f"{GROUPS}/a", f"{GROUPS}/a?api-version=1"),
        (f"{GROUPS}/a", f"{GROUPS}/a/containers/c/logs"),
        (f"{GROUPS}/a/start", f"{GROUPS}/a"),
        (f"{GROUPS}/a/containers/c/exec", f"{GROUPS}/a/containers/d/logs"),
        (f"{GROUPS}/a", GROUPS),
        (f"{GROUPS}/a", f"{S}/{ACI}/containerGroups"),
        (f"{GROUPS}/a", f"{S}/resources"),
        (f"{GROUPS}/a", RG),
        (RG, f"{GROUPS}/a"),
        (RG, f"{S}/resourcegroups"),
        ("http://h/items", "http://h/count"),
    ],
)
def test_a_change_alters_what_shows_it(change: str, read: str) -> None:
    """A resource, its parents, its parts and the lists that it is in; of other servers, everything."""
    assert bars(Request("PUT", change), Request("GET", read))


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (f"{GROUPS}/a", f"{GROUPS}/b"),
        (f"{GROUPS}/a", f"{GROUPS}/ab"),
        (f"{GROUPS}/a", f"{S}/{ACI}/locations/westus/operations/1"),
        (f"{GROUPS}/a", "http://h/"),
        ("http://h/", f"{GROUPS}/a"),
        ("http://h/items", "http://h:81/items"),
    ],
)
def test_a_change_leaves_the_rest_alone(change: str, read: str) -> None:
    """Another group, an operation with a life of its own, another server."""
    assert not bars(Request("PUT", change), Request("GET", read))


def test_a_read_alters_nothing() -> None:
    """Only changes can make an answer old."""
    assert not bars(Request("GET", RG), Request("GET", RG))


def test_arm_minds_bodies_and_not_case() -> None:
    """Two PUTs of different documents differ; paths in other case do not; elsewhere it is the other way round."""
    assert key_of(Request("PUT", RG, (), b"1")) != key_of(Request("PUT", RG, (), b"2"))
    assert key_of(Request("GET", RG, (), b"1")) == key_of(
        Request("GET", RG.replace("resourcegroups", "resourceGroups"))
    )
    assert key_of(Request("POST", "http://h/a", (), b"1")) == key_of(Request("POST", "http://h/a", (), b"2"))
    assert key_of(Request("POST", "http://h/a")) != key_of(Request("POST", "http://h/A"))


def test_only_operations_of_arm_are_statuses() -> None:
    """A read of an operation URL is a status; a page of somebody else with such a path is not."""
    path = f"/subscriptions/0/{ACI}/locations/westus/operations/1"
    assert is_status(Request("GET", ARM + path))
    assert not is_status(Request("GET", "http://h" + path))
    assert not is_status(Request("DELETE", ARM + path))

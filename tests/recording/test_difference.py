from __future__ import annotations

import pytest

from pytest_aci.recording.difference import body_difference, nearest, title
from pytest_aci.recording.exchange import Request
from pytest_aci.recording.placeholders import ARM, ZERO_GUID, ZERO_NONCE


def test_a_title_leaves_arm_out() -> None:
    """ARM's host and the run's resource group go without saying, any other ones do not."""
    assert title(Request("GET", f"{ARM}/subscriptions/0")) == "GET /subscriptions/0"
    home = f"{ARM}/subscriptions/{ZERO_GUID}/resourceGroups/pytest-aci-{ZERO_NONCE}"
    assert title(Request("GET", f"{home}/providers/Microsoft.ContainerInstance/containerGroups/web?v=1")) == (
        "GET …/containerGroups/web?v=1"
    )
    assert "pytest-aci" in title(Request("GET", home))
    assert title(Request("GET", "http://h/")) == "GET http://h/"


def test_the_nearest_comes_first_with_what_differs() -> None:
    """Of what was recorded, the most similar one is named first, with the differing part of query or body."""
    recorded = [
        Request("GET", "http://h/far/away"),
        Request("POST", "http://h/items?v=1", (), b'{"a":1}'),
        Request("GET", "http://h/items?v=1"),
    ]
    assert nearest(Request("GET", "http://h/items?v=2"), recorded) == [
        "GET http://h/items?v=1  (query.v: 1 → 2)",
        "POST http://h/items?v=1",
        "GET http://h/far/away",
    ]
    asked = Request("POST", "http://h/items?v=1", (), b'{"a":2}')
    assert nearest(asked, recorded)[0] == "POST http://h/items?v=1  (body.a: 1 → 2)"
    assert nearest(Request("POST", "http://h/items?v=1", (), b"x"), recorded)[0].endswith("(the body differs)")


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (b'{"a":true,"b":2}', []),
        (b'{"b": 2, "a": true}', []),
        (b'{"a": 1, "b": 2}', ["body.a: true → 1"]),
        (b'{"a": false, "b": 2}', ["body.a: true → false"]),
        (b"{", ["the body differs"]),
    ],
)
def test_bodies_of_json_are_compared_by_what_they_say(asked: bytes, lines: list[str]) -> None:
    """Neither spaces nor the order of keys make a difference; whatever does has a line."""
    assert body_difference(b'{"a": true, "b": 2}', asked) == lines

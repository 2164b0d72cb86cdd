from __future__ import annotations

from typing import Any

import pytest

from pytest_aci.recording.difference import difference, nearest, title
from pytest_aci.recording.exchange import Request
from pytest_aci.recording.placeholders import ARM, ZERO_GUID, ZERO_NONCE


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        (
            {"containers": [{"image": "nginx:1.27"}]},
            {"containers": [{"image": "nginx:1.29"}]},
            ["containers[0].image: nginx:1.27 → nginx:1.29"],
        ),
        ({"a": 1}, {"b": True}, ["a: 1 → absent", "b: absent → true"]),
        ([1], [1, 2], ["[1]: absent → 2"]),
        ("x" * 99, {"a": 1}, [f'value: {"x" * 59}… → {{"a": 1}}']),
    ],
)
def test_differences_name_place_and_values(old: Any, new: Any, lines: list[str]) -> None:
    """One line for each thing that differs, in the order of the old one."""
    assert difference(old, new) == lines


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

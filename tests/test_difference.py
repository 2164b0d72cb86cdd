from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from pytest_aci.difference import difference
from tests.spec.strategies import plain_json


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        (
            {"containers": [{"image": "nginx:1.27"}]},
            {"containers": [{"image": "nginx:1.29"}]},
            ["containers[0].image: nginx:1.27 → nginx:1.29"],
        ),
        ({"a": 1}, {"b": True}, ["a: 1 → (absent)", "b: (absent) → true"]),
        ({"a": [True, 0]}, {"a": [1, False]}, ["a[0]: true → 1", "a[1]: 0 → false"]),
        ([1], [1, 2], ["[1]: (absent) → 2"]),
        (True, 1, ["value: true → 1"]),
    ],
)
def test_differences_name_place_and_values(old: Any, new: Any, lines: list[str]) -> None:
    """One line for each thing that differs, in the order of the old one."""
    assert difference(old, new) == lines


def test_of_long_values_is_shown_what_differs() -> None:
    """Both are cut off around the first character that is another one, at sixty characters."""
    assert difference("x" * 99, {"a": 1}) == [f'value: {"x" * 59}… → {{"a": 1}}']
    assert difference({"a": "x" * 99 + "1"}, {"a": "x" * 99 + "2"}) == [f"a: …{'x' * 29}1 → …{'x' * 29}2"]
    assert difference("x" * 99, "x" * 99 + "2") == [f"value: …{'x' * 29} → …{'x' * 29}2"]


@given(plain_json, plain_json)
def test_there_is_a_difference_exactly_when_two_fingerprints_differ(old: Any, new: Any) -> None:
    """No change goes unnamed, and nothing is named that did not change."""
    assert difference(old, old) == []
    assert bool(difference(old, new)) == (json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))

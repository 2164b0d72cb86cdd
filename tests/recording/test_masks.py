from __future__ import annotations

import pytest

from pytest_aci.recording.masks import masked

DOCUMENT = {"a": {"b": "x", "c": [1, {"b": "y"}]}, "b": None}
HIDDEN = "<redacted:secret>"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.a.b", {"a": {"b": HIDDEN, "c": [1, {"b": "y"}]}, "b": None}),
        ("a.c[1].b", {"a": {"b": "x", "c": [1, {"b": HIDDEN}]}, "b": None}),
        ("$.a.c[*]", {"a": {"b": "x", "c": [HIDDEN, HIDDEN]}, "b": None}),
        ("$..b", {"a": {"b": HIDDEN, "c": [1, {"b": HIDDEN}]}, "b": None}),
        ("$.a", {"a": HIDDEN, "b": None}),
        ("$.nothing.here", DOCUMENT),
    ],
)
def test_a_path_hides_what_it_names(path: str, expected: object) -> None:
    """Keys, indices, stars and any depth; nulls and places that are not there stay."""
    assert masked(DOCUMENT, path) == expected

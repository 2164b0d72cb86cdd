from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_aci.recording.bodies import STYLES, dumped, from_file, parsed, to_file

json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)


@given(some.binary())
def test_any_bytes_come_back(body: bytes) -> None:
    """What is played is what was recorded, to the byte."""
    assert from_file(to_file(body)) == body


@given(json_values, some.sampled_from(list(STYLES)))
def test_any_json_comes_back(value: Any, style: str) -> None:
    """JSON in any usual style is played as it was written, through a file."""
    try:
        body = dumped(value, style).encode()
    except UnicodeEncodeError:
        return
    assert from_file(json.loads(json.dumps(to_file(body)))) == body


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (b"", {}),
        (b'{"a":1}', {"json": {"a": 1}}),
        (b'{"a": 1}', {"json": {"a": 1}, "style": "spaced"}),
        (b'{"a" : 1}', {"text": '{"a" : 1}'}),
        (b'{"a":NaN}', {"text": '{"a":NaN}'}),
        (b'{"a":1,"a":2}', {"text": '{"a":1,"a":2}'}),
        (b"one\ntwo\n", {"text": ["one\n", "two\n"]}),
        (b"\xff", {"base64": "/w=="}),
    ],
)
def test_bodies_are_readable_in_the_file(body: bytes, members: dict[str, Any]) -> None:
    """JSON stands there as a value, text as lines, and only what is neither in base64."""
    assert to_file(body) == members


def test_deep_json_is_text() -> None:
    """What can not be written again as JSON is not read as JSON."""
    deep = "[" * 100_000
    assert to_file(deep.encode()) == {"text": deep}
    with pytest.raises(ValueError, match="NaN is not JSON"):
        parsed("[NaN]")


def test_an_unknown_style_is_refused() -> None:
    """A style that this release does not know is not guessed."""
    with pytest.raises(ValueError, match="style 'odd' is none of compact, spaced"):
        from_file({"json": 1, "style": "odd"})

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aci.spec.rules import LABEL_LENGTH
from pytest_aci.spec.suggestions import label_like, name_like, nearest


@pytest.mark.parametrize(
    ("word", "meant"), [("imge", "image"), ("ENV", "env"), ("restart", "restart_policy"), ("zzz", None)]
)
def test_the_nearest_word_is_found_without_regard_to_case(word: str, meant: str | None) -> None:
    """A misspelt word leads to the one it was meant to be, a strange one to none."""
    assert nearest(word, ["image", "env", "restart_policy"]) == meant


@pytest.mark.parametrize(
    ("label", "valid"),
    [
        ("My_App", "my-app"),
        ("web1", "web1-test"),
        ("1service", "n1service"),
        ("a" * 64, "a" * 46),
        ("ends-", "ends-test"),
        ("_", None),
        (5, None),
    ],
)
def test_a_label_is_mended(label: object, valid: str | None) -> None:
    """A wrong DNS label leads to a right one that resembles it."""
    assert label_like(label, LABEL_LENGTH) == valid


@given(st.text(), st.integers(min_value=10, max_value=63))
def test_every_suggested_label_is_valid(text: str, longest: int) -> None:
    """What is suggested would be accepted, whatever was written."""
    label = label_like(text, longest)
    assert label is None or (re.fullmatch(r"[a-z][a-z0-9-]{3,61}[a-z0-9]", label) and len(label) <= longest)


@given(st.text(max_size=200))
def test_every_suggested_name_is_valid(text: str) -> None:
    """What is suggested as a container's name would be accepted."""
    name = name_like(text)
    assert name is None or re.fullmatch(r"(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?", name)

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pytest_aci.errors import Complaint
from pytest_aci.spec import Secret
from pytest_aci.spec.checks import Rule, complaints, matches, number, one_of, shown, text, whole


@dataclass(frozen=True)
class Leaf:
    """A part of a part."""

    name: str
    optional: str | None = None


@dataclass(frozen=True)
class Tree:
    """Something with parts."""

    leaves: tuple[Leaf, ...]
    leaf: Leaf | None = None


def test_a_complaint_names_field_value_and_rule() -> None:
    """The way to the wrong value is spelt out, with the place in a list and the prefix of what holds the list."""
    rule = Rule("leaves[].name", matches("[a-z]+"), "lower-case letters", lambda value: value.lower())
    found = complaints([rule], Tree((Leaf("a"), Leaf("B"))), "trees[3].")
    assert list(found) == [Complaint("trees[3].leaves[1].name", "'B'", "lower-case letters; for example 'b'")]


def test_a_field_is_complained_about_once() -> None:
    """After the first broken rule of a field its others are not asked, so that they may rely on the first."""
    rules = [
        Rule("leaves", lambda value: isinstance(value, tuple), "a tuple"),
        Rule("leaves", lambda value: len(value) > 0, "not empty"),
    ]
    assert [found.rule for found in complaints(rules, Tree(7))] == ["a tuple"]  # type: ignore[arg-type] # the claim


def test_what_was_left_out_is_not_wrong_and_what_is_required_is() -> None:
    """None breaks a rule only where it is not the field's default."""
    rules = [
        Rule("leaf.name", matches("x"), "x"),
        Rule("leaves[].name", matches("x"), "x"),
        Rule("leaves[].optional", matches("x"), "x"),
    ]
    found = complaints(rules, Tree((Leaf(None),)))  # type: ignore[arg-type] # the claim
    assert [complaint.field for complaint in found] == ["leaves[0].name"]


def test_a_rule_for_a_part_that_is_missing_is_not_asked() -> None:
    """Of things of different kinds only those with the field are looked at."""
    assert list(complaints([Rule("leaves[].size", lambda _: False, "never")], Tree((Leaf("a"),)))) == []


@pytest.mark.parametrize("value", ["hunter2", b"hunter2", ["hunter2"], {"hunter2": 1}])
def test_a_hidden_value_is_described(value: Any) -> None:
    """Of a value that may be a secret a message says type and length at most."""
    assert "hunter2" not in shown(value, hidden=True)
    assert type(value).__name__ in shown(value, hidden=True)


def test_a_long_value_is_shortened() -> None:
    """A message stays readable when a megabyte is wrong."""
    assert len(shown("x" * 1_000_000)) <= 80
    assert shown(Secret("hunter2")) == "Secret(…)"


@pytest.mark.parametrize("value", [0.01, 0.25, 1.0, 1.1, 3.99, 4.0])
def test_numbers_in_range_and_step_are_right(value: Any) -> None:
    """Binary fractions do not make a decimal step wrong."""
    assert number(0.01, 4, 0.01)(value)


@pytest.mark.parametrize("value", [0.0, -1.0, 0.005, 4.01, 1.005, float("nan"), float("inf"), "2", None, True])
def test_other_numbers_are_wrong(value: Any) -> None:
    """Out of range, between two steps, not finite, or no number at all."""
    assert not number(0.01, 4, 0.01)(value)


@pytest.mark.parametrize("value", [0, 65536, 1.0, "80", True, None])
def test_only_whole_numbers_in_range_are_whole(value: Any) -> None:
    """A bool is no number here, though Python says so."""
    assert not whole(1, 65535)(value)


def test_text_is_measured_in_bytes_and_has_no_null() -> None:
    """What a process can be given is counted as it is encoded."""
    assert text(4)("äö")
    assert text(4)(Secret("äö"))
    assert not text(4)("äöü")
    assert not text(4)("a\0")


def test_a_choice_lists_all_and_suggests_the_nearest() -> None:
    """A wrong word leads to the right one."""
    (found,) = complaints([one_of("leaves[].name", "Always", "Never")], Tree((Leaf("nevr"),)))
    assert found.rule == "one of Always, Never; for example 'Never'"

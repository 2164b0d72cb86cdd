from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aci.spec import Secret

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{0!r}".format, lambda secret: f"{secret:>4}"])
def test_a_secret_hides_its_value_however_it_is_shown(show: Callable[[Secret], str]) -> None:
    """Whatever turns a secret into text gets the same placeholder, without the value or its length."""
    assert "hunter2" not in show(Secret("hunter2"))
    assert show(Secret("hunter2")) == show(Secret("a much longer value"))


def test_a_secret_hides_inside_other_things() -> None:
    """The repr of what holds a secret does not show it either."""

    @dataclass
    class Holder:
        secret: Secret

    assert repr(Holder(Secret("hunter2"))).endswith("Holder(secret=Secret(…))")


def test_only_reveal_gives_the_value() -> None:
    """The value comes out when it is asked for by name."""
    assert Secret("hunter2").reveal() == "hunter2"


def test_a_secret_is_not_json() -> None:
    """A secret that reaches a file by accident stops the writing."""
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(Secret("hunter2"))


def test_a_secret_holds_a_string_only() -> None:
    """Something else than a string is refused by its type, its value unsaid."""
    with pytest.raises(TypeError, match=r"^A Secret holds a str, not int\.$"):
        Secret(1234)  # type: ignore[arg-type] # that is the claim


def test_a_secret_can_not_be_changed() -> None:
    """What is in a set or the key of a dictionary stays what it is."""
    with pytest.raises(AttributeError, match="can not be changed"):
        Secret("a")._value = "b"


@given(st.text(), st.text())
def test_secrets_are_equal_when_their_values_are(one: str, other: str) -> None:
    """Equality and hash follow the value, and a secret never equals the bare string."""
    assert (Secret(one) == Secret(other)) == (one == other)
    assert hash(Secret(one)) == hash(Secret(str(one)))
    assert Secret(one) != one


@given(st.text())
def test_a_secret_survives_being_copied_and_sent_to_another_process(value: str) -> None:
    """Copies and pickles hold the same value."""
    secret = Secret(value)
    assert copy.deepcopy(secret) == pickle.loads(pickle.dumps(secret)) == secret


def test_all_secrets_of_the_process_are_known() -> None:
    """Reports and cassettes are searched for every value that was ever made a secret, in the order of its making."""
    Secret("declared-1")
    Secret("declared-2")
    Secret("declared-1")
    assert [value for value in Secret.declared() if value.startswith("declared-")] == ["declared-1", "declared-2"]

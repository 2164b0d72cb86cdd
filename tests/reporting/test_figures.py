from __future__ import annotations

import pytest

from pytest_aci.reporting.figures import count, covered, rounded, seconds


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (16.4, "16 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3725, "1 h 02 min"),
    ],
)
def test_lengths_of_time_read_as_people_say_them(value: float | None, words: str) -> None:
    """A tenth of a second matters below ten seconds, a second below an hour."""
    assert seconds(value) == words


def test_small_numbers_are_told_to_a_tenth() -> None:
    """One GB-second, or half as much again: that matters for a short run only."""
    assert (rounded(1.46), rounded(28.4)) == ("1.5", "28")


def test_one_is_not_many() -> None:
    """A count and its thing agree."""
    assert (count(1, "group"), count(0, "group"), count(2, "group")) == ("1 group", "0 groups", "2 groups")


def test_spans_that_overlap_are_covered_once() -> None:
    """Two workers that use a group at the same time do not use it twice as long."""
    assert covered([(5, 9), (0, 2), (1, 3), (6, 7)]) == 7
    assert covered([]) == 0

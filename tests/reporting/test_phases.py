from __future__ import annotations

import pytest

from pytest_aci.reporting.phases import bars, lanes, ticks
from tests.reporting.courses import BEGIN, story


def test_each_phase_lasts_until_the_next() -> None:
    """What is not known is left out, and the last phase ends when the group is gone."""
    web = story("web", requested=1, pulling=3, starting=14, ready=22, deleting=71, deleted=84)
    assert [(bar.phase, bar.start - BEGIN, bar.stop - BEGIN) for bar in bars(web, BEGIN + 99)] == [
        ("requested", 1, 3),
        ("pulling", 3, 14),
        ("starting", 14, 22),
        ("ready", 22, 71),
        ("deleting", 71, 84),
    ]


def test_a_group_that_still_exists_reaches_to_the_end_of_the_run() -> None:
    """So does one that was kept, or left behind."""
    (first, last) = bars(story("web", requested=1, ready=22), BEGIN + 99)
    assert (first.phase, last.phase, last.stop) == ("requested", "ready", BEGIN + 99)


def test_a_task_that_has_ended_before_it_was_seen_is_never_only_ready() -> None:
    """Its end is known from Azure's own times, and no phase goes backwards."""
    report = story("report", requested=0, starting=9, ended=16, ready=17, deleting=71)
    assert [(bar.phase, bar.seconds) for bar in bars(report, BEGIN + 80)] == [
        ("requested", 9),
        ("starting", 8),
        ("ended", 54),
        ("deleting", 9),
    ]


@pytest.mark.parametrize("span", [0.004, 0.9, 7, 88, 700, 5000, 90000])
def test_marks_of_the_axis_are_few_and_round(span: float) -> None:
    """From milliseconds of a replay to a day."""
    marks = ticks(span)
    assert marks[0] == 0
    assert len(marks) <= 26
    assert all(mark <= span for mark in marks)


def test_tests_that_overlap_get_rows_of_their_own() -> None:
    """As threads of one process may; a row is used again as soon as it is free."""
    assert lanes([(0, 5), (1, 3), (3, 9), (5, 6)]) == [0, 1, 1, 0]

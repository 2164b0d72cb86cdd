from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_aci.provisioning.chronicle import DELETED, DELETING, READY, REQUESTED, Story
from pytest_aci.reporting.course import Course, from_text, merged, to_text, with_short_labels
from tests.reporting.courses import BEGIN, busy, span, story


def test_stories_survive_the_way_to_the_controller() -> None:
    """Only text crosses from an xdist worker, and nothing is lost on the way."""
    stories = list(busy().stories)
    assert from_text(to_text(stories)) == stories


def test_what_several_processes_know_is_one_story() -> None:
    """The worker that creates a group, one that uses it too, and the controller that deletes it tell of one group."""
    maker = story("web", requested=1, ready=20)
    user = story("web", requested=1, ready=20)
    controller = Story(maker.name, moments={DELETING: BEGIN + 60, DELETED: BEGIN + 70})
    (told,) = merged([user, controller, maker])
    assert {what: at - BEGIN for what, at in told.moments.items()} == {
        REQUESTED: 1,
        READY: 20,
        DELETING: 60,
        DELETED: 70,
    }
    assert (told.label, told.state, len(told.sizes)) == ("web", "Running", 1)


def test_a_group_that_was_wanted_twice_keeps_two_stories() -> None:
    """Deleted early and requested once more under the same name, it was paid for twice."""
    first = story("web", requested=1, ready=20, deleting=30, deleted=40)
    second = story("web", requested=50, ready=70)
    assert merged([second, first]) == (first, second)


def test_each_life_of_a_group_has_its_own_tests() -> None:
    """What ran before a group was requested, or after it was gone, has used another one of that name."""
    first = story("web", requested=1, ready=10, deleting=30, deleted=40)
    second = story("web", requested=50, ready=60, deleted=90)
    tests = (span("test_it", 5, 25, "web"), span("test_again", 45, 80, "web"), span("test_both", 20, 95, "web"))
    course = Course("live", "azure", (first, second), tests)
    assert [[test.test.partition("::")[2] for test in course.tests_of(one)] for one in (first, second)] == [
        ["test_it", "test_both"],
        ["test_again", "test_both"],
    ]
    assert [course.used(one) for one in (first, second)] == [40 - 10, 90 - 60]


def test_a_group_is_used_while_a_test_runs_that_has_it() -> None:
    """What a test waits before a group is ready is waiting; two tests at once use it once."""
    course = busy()
    web, database, report, broken = course.stories
    assert course.used(web) == 58 - 22
    assert course.used(database) == 70 - 41
    assert course.used(report) == 18 - 17
    assert course.used(broken) == 0
    assert [test.test.rpartition("_")[2] for test in course.tests_of(web)] == ["page", "search", "kept"]
    assert course.waited == pytest.approx((28 - 9) + (41 - 28.2))


def test_azure_charges_from_the_pull_until_the_end() -> None:
    """A task is charged for until its container has ended, what was refused at once for nothing."""
    course = busy()
    web, database, report, broken = course.stories
    assert [course.charged(one) for one in (web, database, report, broken)] == [81, 84, 11, 32]
    assert course.charged(story("refused", state="", requested=1, failed=2)) == 0
    assert course.vcpu_seconds == 81 + 2 * 84 + 11 + 32
    assert course.gb_seconds == 1.5 * (81 + 84 + 11 + 32)


def test_idle_is_the_part_of_what_is_paid_that_no_test_used() -> None:
    """Half of the time is half; without anything paid there is no part."""
    half = Course("live", "azure", (story("web", requested=0, ready=0, deleted=20),), (span("test_it", 5, 15, "web"),))
    assert half.idle == 0.5
    assert replace(half, tests=()).idle == 1
    assert replace(half, tests=(span("test_it", 0, 15, "web"),)).idle == 0.25
    assert replace(half, tests=(span("test_it", 0, 25, "web"),)).idle == 0
    assert Course("live", "azure").idle is None


def test_labels_are_as_short_as_they_are_clear() -> None:
    """The module is told where several have a fixture of that name; groups that one fixture has made are of one."""
    one, other, third, twin = (
        Story(name, label)
        for name, label in (
            ("web-1", "test_a::web"),
            ("web-2", "test_b::web"),
            ("db", "test_a::db"),
            ("web-3", "test_a::web"),
        )
    )
    assert [each.label for each in with_short_labels([one, twin, third])] == ["web", "web", "db"]
    assert [each.label for each in with_short_labels([one, one, third])] == ["web", "web", "db"]
    assert [each.label for each in with_short_labels([one, other, third])] == ["test_a::web", "test_b::web", "db"]

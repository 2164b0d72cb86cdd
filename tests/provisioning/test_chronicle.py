from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pytest_aci.provisioning.chronicle import (
    DELETED,
    DELETING,
    ENDED,
    FAILED,
    PULLING,
    READY,
    REQUESTED,
    STARTING,
    Chronicle,
    Size,
    Story,
    sizes_of,
)
from tests.provisioning.builders import container, event, group

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
DOCUMENT = {
    "location": "westeurope",
    "properties": {
        "containers": [
            {
                "name": "main",
                "properties": {"image": "web:1", "resources": {"requests": {"cpu": 2.0, "memoryInGB": 3.5}}},
            }
        ]
    },
}


class Watch:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        """The time."""
        return self.time

    def after(self, seconds: float) -> None:
        """Let so many seconds have passed since the beginning."""
        self.time = NOW + timedelta(seconds=seconds)


@pytest.fixture
def watch() -> Watch:
    """A clock of the test's."""
    return Watch()


@pytest.fixture
def chronicle(watch: Watch) -> Chronicle:
    """A chronicle in which the group `web` was requested."""
    made = Chronicle(watch)
    made.requested("web", "front", DOCUMENT)
    return made


def moments(chronicle: Chronicle) -> dict[str, float]:
    """When what happened to `web`, in seconds since its request."""
    return {what: at - NOW.timestamp() for what, at in chronicle.stories()[-1].moments.items()}


def test_a_story_begins_with_what_was_asked_for(chronicle: Chronicle) -> None:
    """Fixture, region, image, cores and memory are known before Azure has said a word."""
    (story,) = chronicle.stories()
    assert (story.label, story.location, story.is_awaited) == ("front", "westeurope", True)
    assert story.sizes == (Size("main", "web:1", 2.0, 3.5),)


def test_moments_are_told_once(chronicle: Chronicle, watch: Watch) -> None:
    """The first time counts: what is marked again does not move."""
    watch.after(9)
    chronicle.mark("web", READY)
    watch.after(20)
    chronicle.mark("web", READY)
    chronicle.leaving("web")
    watch.after(21)
    chronicle.mark("web", DELETED)
    assert moments(chronicle) == {REQUESTED: 0, READY: 9, DELETING: 20, DELETED: 21}
    (story,) = chronicle.stories()
    assert (story.seconds_to_ready, story.seconds_lived, story.is_awaited) == (9, 21, False)


def test_azures_own_times_tell_of_pulling_and_starting(chronicle: Chronicle, watch: Watch) -> None:
    """The list by which deployments are watched shows no events: their times are taken when they are seen at last."""
    watch.after(30)
    pulled = (
        event("pulling", "Pulling", first=NOW + timedelta(seconds=4)),
        event("pulled", "Pulled", first=NOW + timedelta(seconds=15)),
    )
    chronicle.saw(replace(group(container(events=pulled)), name="web"))
    assert moments(chronicle) == {REQUESTED: 0, PULLING: 4, STARTING: 15}


def test_times_that_can_not_be_true_are_left_out(chronicle: Chronicle, watch: Watch) -> None:
    """What a cassette says happened years ago; a clock that is a little ahead is believed, and held within the run."""
    watch.after(30)
    years_ago = event("pulling", "Pulling", first=datetime(2020, 1, 1, tzinfo=UTC))
    chronicle.saw(replace(group(container(events=(years_ago,))), name="web"))
    assert moments(chronicle) == {REQUESTED: 0}
    ahead = event("pulling", "Pulling", first=NOW + timedelta(seconds=40))
    chronicle.saw(replace(group(container(events=(ahead,))), name="web"))
    assert moments(chronicle) == {REQUESTED: 0, PULLING: 30}


def test_a_task_has_an_end(chronicle: Chronicle, watch: Watch) -> None:
    """Azure charges for a group until its containers have ended."""
    watch.after(30)
    ended = container("Terminated", exit_code=0, finish_time=NOW + timedelta(seconds=12))
    chronicle.saw(replace(group(ended), name="web"))
    assert moments(chronicle) == {REQUESTED: 0, ENDED: 12}


def test_a_group_that_is_started_again_has_not_ended(chronicle: Chronicle, watch: Watch) -> None:
    """Azure charges for it again after a stop or a restart, until its containers end for the last time."""
    first, last = (
        replace(group(container("Terminated", finish_time=NOW + timedelta(seconds=end))), name="web")
        for end in (12, 40)
    )
    watch.after(60)
    chronicle.saw(first)
    chronicle.saw(replace(group(container("Running")), name="web"))
    assert moments(chronicle) == {REQUESTED: 0}
    chronicle.saw(last)
    assert moments(chronicle) == {REQUESTED: 0, ENDED: 40}


def test_a_failure_is_told_by_its_first_line(chronicle: Chronicle) -> None:
    """The rest of an error is evidence, which the failing test shows."""
    chronicle.mark("web", FAILED, "It was refused.\n  evidence")
    (story,) = chronicle.stories()
    assert (story.failure, story.is_awaited) == ("It was refused.", False)


def test_what_is_deleted_before_it_is_ready_has_not_failed(chronicle: Chronicle) -> None:
    """Whoever waits for it is told that it is gone; but a run that ends in a hurry does not need it any more."""
    chronicle.leaving("web")
    chronicle.mark("web", FAILED, "It is not there any more.")
    (story,) = chronicle.stories()
    assert not story.has_failed
    assert not story.failure


def test_who_has_failed(chronicle: Chronicle) -> None:
    """A group that never was ready, and a task that ended with another code than 0."""
    assert not chronicle.stories()[0].has_failed
    chronicle.mark("web", FAILED)
    assert chronicle.stories()[0].has_failed
    assert Story("report", state="Failed").has_failed


def test_lists_tell_how_deployments_go(chronicle: Chronicle) -> None:
    """What is waited for has a state even before it can be got; what is not ours is left out."""
    chronicle.saw_deployments({"web": "Creating", "foreign": "Creating"})
    assert [(story.name, story.deployment) for story in chronicle.stories()] == [("web", "Creating")]


def test_the_last_state_and_logs_are_kept(chronicle: Chronicle) -> None:
    """In replay nothing can be asked to explain a failure, so what was seen last is remembered."""
    seen = replace(group(), name="web")
    chronicle.saw(seen)
    chronicle.read("web", "main", "ready\n")
    assert chronicle.last("web") == (seen, {"main": "ready\n"})
    assert chronicle.last("other") == (None, {})


def test_a_group_may_be_requested_twice(chronicle: Chronicle, watch: Watch) -> None:
    """What was deleted early and wanted once more has two stories."""
    chronicle.leaving("web")
    watch.after(50)
    chronicle.requested("web", "front", DOCUMENT)
    first, second = chronicle.stories()
    assert DELETING in first.moments
    assert second.is_awaited


def test_who_attaches_takes_over_what_the_maker_knew(watch: Watch) -> None:
    """An xdist worker that did not create a group still knows how long that took."""
    chronicle = Chronicle(watch)
    chronicle.attached("web", "front", {REQUESTED: 100.0, READY: 112.5})
    assert chronicle.stories()[0].seconds_to_ready == 12.5


def test_what_is_not_known_is_not_told(watch: Watch) -> None:
    """A group that a test's own code creates has no story, and disturbs none."""
    chronicle = Chronicle(watch)
    chronicle.mark("foreign", READY)
    chronicle.read("foreign", "main", "text")
    chronicle.saw(group())
    assert chronicle.stories() == []


def test_a_document_may_leave_sizes_out() -> None:
    """A document of the SDK's may have no resources, or no containers."""
    assert sizes_of({"properties": {"containers": [{"name": "main"}]}}) == (Size("main", ""),)
    assert sizes_of({}) == ()

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from pytest_aci.provisioning.chronicle import DELETED, DELETING, ENDED, FAILED, PULLING, READY, REQUESTED, Size, Story
from pytest_aci.reporting.figures import covered

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Span:
    """One test, from the start of its set-up to the end of its teardown, in seconds since the epoch.

    *groups* are the names of those that it used, *worker* the xdist worker that ran it.
    """

    test: str
    start: float
    stop: float
    outcome: str = "passed"
    worker: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a run: what happened to its groups, and which tests used them when.

    *mode* is replay, record or live; *endpoint* where that was, *run_id* what its groups' tags say.
    """

    mode: str
    endpoint: str
    stories: tuple[Story, ...] = ()
    tests: tuple[Span, ...] = ()
    run_id: str = ""

    @property
    def is_live(self) -> bool:
        """Whether containers really ran."""
        return self.mode != "replay"

    @property
    def end(self) -> float:
        """The last moment of which anything is known."""
        return max([*(at for one in self.stories for at in one.moments.values()), *(one.stop for one in self.tests)])

    def tests_of(self, story: Story) -> list[Span]:
        """Return the tests that a group has served, without those of another one that had its name."""
        begun, gone = story.at(REQUESTED) or 0.0, story.at(DELETED) or inf
        return [one for one in self.tests if story.name in one.groups and one.stop >= begun and one.start <= gone]

    def used(self, story: Story) -> float:
        """Return for how many seconds at least one test was running that used a group which was ready, and there."""
        ready, gone = story.at(READY), story.at(DELETED) or inf
        return covered([(max(one.start, ready), min(one.stop, gone)) for one in self.tests_of(story)]) if ready else 0.0

    @property
    def waited(self) -> float:
        """For how many seconds at least one test was waiting for a group to be ready."""
        waits = [
            (test.start, min(test.stop, story.at(READY, FAILED) or test.stop))
            for story in self.stories
            for test in self.tests_of(story)
        ]
        return covered([(start, stop) for start, stop in waits if stop > start])

    def charged(self, story: Story) -> float:
        """Return the seconds for which Azure charges a group: from the pull of its image until its containers end."""
        start = story.at(PULLING) or story.at(REQUESTED)
        if start is None or story.was_refused:
            return 0.0
        stops = [story.at(ENDED), story.at(DELETED) or story.at(DELETING)]
        return max(0.0, min((stop for stop in stops if stop is not None), default=self.end) - start)

    @property
    def vcpu_seconds(self) -> float:
        """How long how many cores were charged for."""
        return sum(self.charged(story) * size.cores for story in self.stories for size in story.sizes)

    @property
    def gb_seconds(self) -> float:
        """How long how many GB of memory were charged for."""
        return sum(self.charged(story) * size.gb for story in self.stories for size in story.sizes)

    @property
    def idle_share(self) -> str:
        """The part of the charged time in which no test used a group, in percent; empty if nothing was charged."""
        if self.idle is None:
            return ""
        if self.idle < 1 and round(self.idle * 100) == 100:  # noqa: PLR2004 # percent
            return "more than 99%"
        return f"{self.idle:.0%}"

    @property
    def idle(self) -> float | None:
        """The part of the charged time in which no test used a group, from 0 to 1."""
        charged = sum(self.charged(story) for story in self.stories)
        used = sum(min(self.used(story), self.charged(story)) for story in self.stories)
        return 1 - used / charged if charged else None


def merged(stories: Iterable[Story]) -> tuple[Story, ...]:
    """Return one story for each group, from what several processes know of it, in the order of their requests.

    A group that was requested twice under one name, after it was deleted early, keeps two stories.
    """
    known: dict[str, list[Story]] = {}
    for story in stories:
        ones = known.setdefault(story.name, [])
        for index, other in enumerate(ones):
            if _is_same(story, other):
                ones[index] = _joined(other, story)
                break
        else:
            ones.append(story)
    together = [story for ones in known.values() for story in ones]
    return tuple(sorted(with_short_labels(together), key=lambda story: story.at(REQUESTED) or 0.0))


def with_short_labels(stories: Iterable[Story]) -> list[Story]:
    """Return stories whose labels are the fixture's name alone, unless groups of several modules have it."""
    known = list(stories)
    fixtures = {label: label.rpartition("::")[2] for label in (one.label for one in known)}
    sharing = Counter(fixtures.values())
    return [one if sharing[fixtures[one.label]] > 1 else replace(one, label=fixtures[one.label]) for one in known]


def to_text(stories: Iterable[Story]) -> str:
    """Return stories as text, for the way from an xdist worker to its controller."""
    return json.dumps([asdict(story) for story in stories])


def from_text(text: str) -> list[Story]:
    """Return the stories that `to_text` wrote."""
    return [Story(**{**one, "sizes": tuple(Size(**size) for size in one["sizes"])}) for one in json.loads(text)]


def _is_same(one: Story, other: Story) -> bool:
    begun, others = one.at(REQUESTED), other.at(REQUESTED)
    return begun is None or others is None or begun == others or not (one.at(DELETED) or other.at(DELETED))


def _joined(one: Story, other: Story) -> Story:
    first, second = sorted((one, other), key=lambda story: len(story.moments), reverse=True)
    moments = {
        what: min(at for at in (one.at(what), other.at(what)) if at is not None)
        for what in (*one.moments, *other.moments)
    }
    return replace(
        first,
        label=first.label or second.label,
        location=first.location or second.location,
        sizes=max(first.sizes, second.sizes, key=lambda sizes: sum(size.cores for size in sizes)),
        moments=moments,
        state=first.state or second.state,
        failure=first.failure or second.failure,
    )

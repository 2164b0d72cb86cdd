from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.arm.clouds import is_emulated
from pytest_aci.provisioning.chronicle import DELETED, DELETING, FAILED, READY, REQUESTED
from pytest_aci.reporting.figures import count, rounded, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_aci.prices import Prices
    from pytest_aci.provisioning.chronicle import Story
    from pytest_aci.reporting.course import Course

HEADINGS = ("fixture", "group", "containers", "state", "ready in", "used for", "tests")
RIGHT = frozenset({4, 5, 6})
NONCE = 17  # the hyphen and the random digits at the end of a name


def groups(course: Course) -> list[str]:
    """Return the table of a run's groups: the headings, and a line for each."""
    return table(HEADINGS, [_row(course, story) for story in course.stories])


def totals(course: Course, prices: Prices | None = None) -> list[str]:
    """Return what the groups of a run came to, and what that costs by these prices."""
    if not course.is_live:
        replayed = count(len(course.stories), "group")
        return [f"{replayed} replayed from cassettes: nothing was created, and nothing has to be paid"]
    ends = ", ".join(dict.fromkeys(story.name[-NONCE:] for story in course.stories))
    places = ", ".join(dict.fromkeys(story.location for story in course.stories if story.location))
    gone = sum(story.at(DELETED) is not None for story in course.stories)
    refused = sum(story.was_refused for story in course.stories)
    reused = sum(story.was_reused for story in course.stories)
    written = "recorded" if course.mode == "record" else "created"
    number = len(course.stories) - refused - reused
    made = f"{count(number, 'group')} {written}" + (f" in {places or 'an unknown region'}" if number else "")
    also = "".join(f", {number} {word}" for number, word in ((refused, "refused"), (reused, "reused")) if number)
    run = f"run {course.run_id}, " if course.run_id else ""
    told = [f"{made}{also}, {gone} deleted; {run}names end in {ends}"]
    if course.vcpu_seconds:
        idle = f"; in {course.idle_share} of that time no test used them" if course.idle_share else ""
        told.append(f"{rounded(course.vcpu_seconds)} vCPU-seconds, {rounded(course.gb_seconds)} GB-seconds{idle}")
        if prices:
            price = prices.shown(prices.of(course.vcpu_seconds, course.gb_seconds))
            told.append(f"about {price} by the prices that were given{_of_emulator(course)}")
    return told


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines with columns as wide as they need to be."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    return ["  ".join(map(_cell, row, widths, range(len(row)))).rstrip() for row in (headings, *rows)]


def state_of(story: Story) -> str:
    """Return in a word or two how a group fared."""
    if story.was_refused:
        return "refused"
    if FAILED in story.moments:
        has_come_up = story.state not in ("", "Failed") and story.deployment not in ("Failed", "Canceled")
        return f"never ready ({story.state})" if has_come_up else "failed"
    if story.at(REQUESTED) and story.at(DELETING, DELETED) and not story.at(READY):
        return "given up"
    return story.state or story.deployment.lower() or "unknown"


def stem_of(story: Story) -> str:
    """Return the part of a group's name that says what it is."""
    return story.name[:-NONCE]


def _row(course: Course, story: Story) -> tuple[str, ...]:
    return (
        story.label or "-",
        stem_of(story),
        ", ".join(size.name for size in story.sizes) or "-",
        state_of(story),
        _readiness(course, story),
        seconds(course.used(story)),
        str(len(course.tests_of(story))),
    )


def _readiness(course: Course, story: Story) -> str:
    if not course.is_live:
        return "replayed"
    return "reused" if story.was_reused else seconds(story.seconds_to_ready)


def _cell(text: str, width: int, column: int) -> str:
    return text.rjust(width) if column in RIGHT else text.ljust(width)


def _of_emulator(course: Course) -> str:
    return ", if this had been Azure" if is_emulated(course.endpoint) else ""

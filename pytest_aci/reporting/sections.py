from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.provisioning.prognosis import describe
from pytest_aci.provisioning.quoting import last_lines, told
from pytest_aci.reporting.figures import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_aci.arm.control_plane import ContainerState, GroupState
    from pytest_aci.provisioning.chronicle import Story

EVENTS = 10


def title(story: Story) -> str:
    """Return the heading of a failing test's section about one group."""
    fixture = story.label.rpartition("::")[2]
    return f"aci: {fixture} ({story.name})" if fixture else f"aci: {story.name}"


def section(
    story: Story, state: GroupState | None, logs: Mapping[str, str], *, lines: int, is_replay: bool = False
) -> str:
    """Return what somebody who reads a failure wants to know of a group that the test used.

    *state* and *logs* are what was seen last; *lines* of each log are shown. In replay nothing was asked to show this.
    """
    return "\n".join(_section(story, state, logs, lines, is_replay))


def _section(
    story: Story, state: GroupState | None, logs: Mapping[str, str], lines: int, is_replay: bool
) -> Iterator[str]:
    where = f", {story.location}" if story.location else ""
    if state is None:
        known = story.failure or story.deployment or "requested, and not seen since"
        yield f"{known}{where}"
        return
    ready = story.seconds_to_ready
    waited = "" if ready is None or is_replay else f", ready after {seconds(ready)}"
    yield f"{describe(state)}{where}{waited}{', as recorded' if is_replay else ''}"
    if story.failure:
        yield f"failed: {story.failure}"
    for event in state.events[-EVENTS:]:
        yield f"event: {told(event)}"
    for one in state.containers:
        yield from _container(one, logs.get(one.name), lines, is_replay)


def _container(container: ContainerState, log: str | None, lines: int, is_replay: bool) -> Iterator[str]:
    restarts = f", {container.restart_count} restarts" if container.restart_count else ""
    yield f"{container.name}: {container.image}{restarts}"
    for event in container.events[-EVENTS:]:
        yield f"  event: {told(event)}"
    if not lines:
        return
    if log is None:
        yield "  log: not read in this replay; run live to see it" if is_replay else "  log: could not be read"
        return
    tail = last_lines(log, lines)
    yield "  log:" if tail else "  log: empty"
    yield from (f"    {line}" for line in tail)

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pytest_aci.arm.control_plane import ContainerState, Event, GroupState

REQUESTED, PULLING, STARTING, READY = "requested", "pulling", "starting", "ready"
ENDED, FAILED, DELETING, DELETED = "ended", "failed", "deleting", "deleted"
CLOCK_SKEW = 60.0
"""Seconds by which Azure's clock may differ from this machine's before its times are not believed."""


@dataclass(frozen=True, slots=True)
class Size:
    """One container as it was asked for: *cores* and *gb* are what Azure charges for."""

    name: str
    image: str
    cores: float = 0.0
    gb: float = 0.0


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one container group, and when: plain values that can travel between processes.

    *moments* are seconds since the epoch by what happened first then, in the words of this module; of ends the last one
    counts. *deployment* is the provisioning state that was seen last, *state* that of the containers. *failure* is the
    first line of what went wrong.
    """

    name: str
    label: str = ""
    location: str = ""
    sizes: tuple[Size, ...] = ()
    moments: Mapping[str, float] = field(default_factory=dict)
    deployment: str = ""
    state: str = ""
    failure: str = ""

    def at(self, *names: str) -> float | None:
        """Return the earliest of some moments, or None if none of them has come."""
        return min((self.moments[name] for name in names if name in self.moments), default=None)

    @property
    def seconds_to_ready(self) -> float | None:
        """The seconds from the request until it was ready, if this process has seen both."""
        begun, ready = self.at(REQUESTED), self.at(READY)
        return None if begun is None or ready is None else ready - begun

    @property
    def seconds_lived(self) -> float | None:
        """The seconds from the request until it was gone, if this process has seen both."""
        begun, gone = self.at(REQUESTED), self.at(DELETED)
        return None if begun is None or gone is None else gone - begun

    @property
    def was_refused(self) -> bool:
        """Whether Azure refused it at once, so that nothing was ever there."""
        return FAILED in self.moments and not self.state and not self.deployment

    @property
    def was_reused(self) -> bool:
        """Whether an earlier run had created it: nobody asked for it in this one, and nobody deletes it."""
        return self.at(REQUESTED, DELETING, DELETED) is None

    @property
    def has_failed(self) -> bool:
        """Whether it never was as it should be, or ended with a failure."""
        return FAILED in self.moments or self.state == "Failed"

    @property
    def is_awaited(self) -> bool:
        """Whether it was requested and is neither ready nor given up."""
        return REQUESTED in self.moments and self.at(READY, FAILED, DELETING) is None


@dataclass(slots=True)
class _Entry:
    story: Story
    seen: GroupState | None = None
    logs: dict[str, str] = field(default_factory=dict)


class Chronicle:
    """Notes what happens to the groups of this process, for those who tell it later. Safe to use from many threads.

    It asks nothing: whoever looks at a group for a reason of his own tells what he saw.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._entries: dict[str, _Entry] = {}
        self._over: list[Story] = []

    def requested(self, name: str, label: str, document: Mapping[str, Any]) -> None:
        """A group is about to be asked for with this ARM document."""
        with self._lock:
            if name in self._entries:  # it was deleted early, and somebody wants it once more
                self._over.append(self._entries[name].story)
            story = Story(name, label, str(document.get("location", "")), sizes_of(document))
            self._entries[name] = _Entry(story)
            self._mark(name, REQUESTED)

    def attached(self, name: str, label: str, moments: Mapping[str, float]) -> None:
        """A group that another process has created is used here; *moments* are those that it knew then."""
        with self._lock:
            entry = self._entry(name)
            entry.story = replace(entry.story, label=label, moments=dict(moments))

    def leaving(self, name: str) -> None:
        """A group is about to be deleted, perhaps one that another process has created."""
        with self._lock:
            self._entry(name)
            self._mark(name, DELETING)

    def saw(self, state: GroupState) -> None:
        """A group was got; an answer without any instance view only tells how its deployment goes."""
        with self._lock:
            if state.name not in self._entries:
                return
            entry = self._entry(state.name)
            story = replace(entry.story, deployment=state.provisioning_state or "", location=state.location)
            if state.state or any(one.state or one.events for one in state.containers):
                entry.seen = state
                sizes = story.sizes or tuple(Size(one.name, one.image) for one in state.containers)
                story = replace(story, state=state.state or story.state, sizes=sizes)
            told = _told(story, state, self._now().timestamp())
            entry.story = replace(story, moments=told | _lasting(story, state, told))

    def saw_deployments(self, states: Mapping[str, str]) -> None:
        """The provisioning states of some groups were got, by name."""
        with self._lock:
            for name, state in states.items():
                entry = self._entries.get(name)
                if entry and entry.story.deployment != state:
                    entry.story = replace(entry.story, deployment=state)

    def read(self, name: str, container: str, text: str) -> None:
        """The logs of a container were read."""
        with self._lock:
            if name in self._entries:
                self._entries[name].logs[container] = text

    def mark(self, name: str, what: str, failure: str = "") -> None:
        """Something happened to a group that has a story; only the first time counts.

        What is deleted before it is ready does not fail: nobody needs it any more.
        """
        with self._lock:
            if name not in self._entries or (what == FAILED and DELETING in self._entries[name].story.moments):
                return
            self._mark(name, what)
            if failure:
                entry = self._entry(name)
                entry.story = replace(entry.story, failure=failure.partition("\n")[0])

    def stories(self) -> list[Story]:
        """Return every story as it is now, in the order of their beginning."""
        with self._lock:
            return [*self._over, *(entry.story for entry in self._entries.values())]

    def story(self, name: str) -> Story | None:
        """Return the story of one group as it is now."""
        with self._lock:
            return self._entries[name].story if name in self._entries else None

    def last(self, name: str) -> tuple[GroupState | None, Mapping[str, str]]:
        """Return the last state of a group that was seen, and what was read last of each container's logs."""
        with self._lock:
            entry = self._entries.get(name)
            return (entry.seen, dict(entry.logs)) if entry else (None, {})

    def _entry(self, name: str) -> _Entry:
        return self._entries.setdefault(name, _Entry(Story(name)))

    def _mark(self, name: str, what: str) -> None:
        entry = self._entry(name)
        entry.story = replace(entry.story, moments={what: self._now().timestamp(), **entry.story.moments})


def sizes_of(document: Mapping[str, Any]) -> tuple[Size, ...]:
    """Return what an ARM document asks for, container by container, without those that only prepare the group."""
    containers = (document.get("properties") or {}).get("containers") or ()
    return tuple(_size(one.get("name", ""), one.get("properties") or {}) for one in containers)


def _size(name: str, properties: Mapping[str, Any]) -> Size:
    requests = (properties.get("resources") or {}).get("requests") or {}
    return Size(name, properties.get("image", ""), requests.get("cpu") or 0.0, requests.get("memoryInGB") or 0.0)


def _told(story: Story, state: GroupState, now: float) -> dict[str, float]:
    """Return the moments that Azure's own times tell, if they can be true on this machine's clock."""
    begun = story.at(REQUESTED)
    if begun is None:
        return {}
    pulls = [at for one in state.containers for at in _times(one.events, "Pulling")]
    pulled = [at for one in state.containers for at in _times(one.events, "Pulled")]
    ends = [_ended_at(one) for one in state.containers]
    told: dict[str, float | None] = {
        PULLING: min(pulls, default=None),
        STARTING: max(pulled, default=None) if len(pulled) >= len(state.containers) else None,
        ENDED: max((end for end in ends if end), default=None) if ends and all(ends) else None,
    }
    return {
        what: min(max(at, begun), now)
        for what, at in told.items()
        if at is not None and begun - CLOCK_SKEW <= at <= now + CLOCK_SKEW
    }


def _lasting(story: Story, state: GroupState, told: Mapping[str, float]) -> dict[str, float]:
    """Return the moments that stay what they were: all, but for an end after which the containers run once more."""
    has_begun_again = ENDED in told or any(one.state == "Running" for one in state.containers)
    return {what: at for what, at in story.moments.items() if what != ENDED or not has_begun_again}


def _times(events: tuple[Event, ...], name: str) -> list[float]:
    return [event.first.timestamp() for event in events if event.name == name and event.first]


def _ended_at(container: ContainerState) -> float | None:
    ended = container.state == "Terminated" and container.finish_time
    return container.finish_time.timestamp() if ended and container.finish_time else None

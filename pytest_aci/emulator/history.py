"""The events of a container, in the wording of the platform that Azure runs since March 2021."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .records import Event

if TYPE_CHECKING:
    from datetime import datetime

NORMAL, WARNING = "Normal", "Warning"


class History:
    """Adds events to one container's list.

    Within one life of the group (create, start, restart) an event that is repeated is counted; a new life appends
    new entries and leaves the old ones alone.
    """

    def __init__(self, events: list[Event]) -> None:
        self._events = events
        self._begin = len(events)

    def pulling(self, digest: str, moment: datetime) -> None:
        """The pull begins; the message names the digest, not the tag that was asked for."""
        self._add("Pulling", f'pulling image "{digest}"', NORMAL, moment)

    def pulled(self, digest: str, moment: datetime) -> None:
        """The image is there."""
        self._add("Pulled", f'Successfully pulled image "{digest}"', NORMAL, moment)

    def pull_failed(self, image: str, reason: str, moment: datetime) -> None:
        """The pull failed after the group was accepted; the back-off is a Normal event."""
        self._add("Failed", f'Failed to pull image "{image}": rpc error: {reason}', WARNING, moment)
        self._add("BackOff", f'Back-off pulling image "{image}"', NORMAL, moment)

    def started(self, moment: datetime) -> None:
        """The container runs."""
        self._add("Started", "Started container", NORMAL, moment)

    def start_failed(self, container: str, reason: str, moment: datetime) -> None:
        """The container's command can not be executed."""
        self._add("Failed", start_failure(container, reason), WARNING, moment)

    def killing(self, container_id: str, moment: datetime) -> None:
        """The container ended, of itself or by force: the platform says Killing both times."""
        self._add("Killing", f"Killing container with id {container_id}.", NORMAL, moment)

    def back_off(self, moment: datetime) -> None:
        """The next start waits."""
        self._add("BackOff", "Back-off restarting failed container", WARNING, moment)

    def probe_failed(self, which: str, output: str, moment: datetime) -> None:
        """A `Liveness` or `Readiness` probe failed."""
        self._add("Failed", f"{which} probe failed: {output}".rstrip(), WARNING, moment)

    def _add(self, name: str, message: str, kind: str, moment: datetime) -> None:
        for event in self._events[self._begin :]:
            if event.name == name and event.message == message:
                event.count += 1
                event.last = moment
                return
        self._events.append(Event(name, message, kind, moment, moment))


def start_failure(container: str, reason: str) -> str:
    """Azure's sentence about a container that can not be created."""
    return f"Error: Failed to start container {container}, Error response: to create containerd task: {reason}"

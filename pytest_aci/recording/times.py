"""Times in a recorded ARM document, settled by their role: a second recording of the same life has the same ones."""

from __future__ import annotations

import re
from typing import Any

from pytest_aci.recording.placeholders import moment

STATE_TIMES = {
    ("currentState", "startTime"): moment(10),
    ("currentState", "finishTime"): moment(20),
    ("previousState", "startTime"): moment(5),
    ("previousState", "finishTime"): moment(8),
}
"""When the states of a container begin and end."""

OPERATION_TIMES = {"startTime": moment(0), "endTime": moment(20)}
"""When a long operation begins and ends."""

ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
LOG_TIME = re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}")


def settled(document: Any) -> Any:
    """The document with its times replaced; a pure function that changes nothing the second time."""
    if isinstance(document, dict) and "status" in document:
        document = {key: OPERATION_TIMES.get(key, value) for key, value in document.items()}
        properties = document.get("properties")
        if isinstance(properties, dict) and "events" in properties:
            # The lists of all containers in a row, so the place says more than a time of day that they share.
            return document | {"properties": properties | {"events": _ranked(properties["events"], by_place=True)}}
    return _walk(document, "")


def settled_text(text: str) -> str:
    """A log with its clock times replaced by T0: what was printed is kept, when it was printed is not."""
    return LOG_TIME.sub("01/Jan/2020:00:00:00 +0000", ISO_TIME.sub(moment(0), text))


def _walk(node: Any, parent: str) -> Any:
    if isinstance(node, list):
        return _ranked(node, by_place=False) if parent == "events" else [_walk(item, "") for item in node]
    if isinstance(node, dict):
        return {
            key: STATE_TIMES[parent, key] if value and (parent, key) in STATE_TIMES else _walk(value, key)
            for key, value in node.items()
        }
    return node


def _ranked(events: Any, *, by_place: bool) -> Any:
    """Events with T0 and their rank in seconds; one that happened n times ends n - 1 seconds later."""
    if not (isinstance(events, list) and all(isinstance(event, dict) for event in events)):
        return events
    places = range(len(events))
    order = places if by_place else sorted(places, key=lambda place: (str(events[place].get("firstTimestamp")), place))
    rank = {place: position for position, place in enumerate(order)}
    return [event | _times(event, rank[place]) for place, event in enumerate(events)]


def _times(event: dict[str, Any], rank: int) -> dict[str, str]:
    count = event.get("count")
    repeats = count - 1 if isinstance(count, int) and 0 < count < 10**6 else 0  # a foreign count may be anything
    times = {"firstTimestamp": moment(rank), "lastTimestamp": moment(rank + repeats)}
    return {key: value for key, value in times.items() if key in event}

from __future__ import annotations

from typing import Any

from pytest_aci.recording.times import settled, settled_text


def event(first: str, last: str | None = None, *, count: int = 1) -> dict[str, Any]:
    """An event of a container, as far as times go."""
    return {"firstTimestamp": first, "lastTimestamp": last or first, "count": count}


def test_events_are_ranked_by_time_then_by_place() -> None:
    """Azure lists events of one second in any order: their ranks follow the clock, then the list."""
    document = {
        "instanceView": {
            "events": [event("2031-01-01T00:00:09Z"), event("2031-01-01T00:00:03Z"), event("2031-01-01T00:00:09Z")]
        }
    }
    times = [item["firstTimestamp"][-3:] for item in settled(document)["instanceView"]["events"]]
    assert times == ["01Z", "00Z", "02Z"]


def test_an_event_that_repeats_lasts() -> None:
    """One that happened n times ends n - 1 seconds after it began."""
    (only,) = settled({"events": [event("2031-01-01T00:00:09Z", "2031-01-01T00:09:09Z", count=4)]})["events"]
    assert only == {"firstTimestamp": "2020-01-01T00:00:00Z", "lastTimestamp": "2020-01-01T00:00:03Z", "count": 4}


def test_states_have_their_own_times() -> None:
    """Current and previous states begin and end at fixed times; what Azure leaves out stays out."""
    view = {
        "currentState": {
            "state": "Terminated",
            "startTime": "2031-05-05T00:00:00.5Z",
            "finishTime": "2031-05-05T00:00:09Z",
        },
        "previousState": {"startTime": "2031-05-04T00:00:00Z", "finishTime": None},
    }
    assert settled(view) == {
        "currentState": {
            "state": "Terminated",
            "startTime": "2020-01-01T00:00:10Z",
            "finishTime": "2020-01-01T00:00:20Z",
        },
        "previousState": {"startTime": "2020-01-01T00:00:05Z", "finishTime": None},
    }


def test_an_operation_ranks_by_place() -> None:
    """The events of an operation are those of all containers in a row, whose clocks race."""
    status = {
        "status": "Succeeded",
        "startTime": "2031-01-01T00:00:00.1234567Z",
        "properties": {"events": [event("2031-01-01T00:00:09Z"), event("2031-01-01T00:00:03Z")]},
    }
    done = settled(status)
    assert done["startTime"] == "2020-01-01T00:00:00Z"
    assert [item["firstTimestamp"][-3:] for item in done["properties"]["events"]] == ["00Z", "01Z"]


def test_settling_twice_is_settling_once() -> None:
    """A replayed document is not changed again."""
    document = {
        "events": [event("2031-01-01T00:00:09Z", count=3), event("2031-01-01T00:00:03Z")],
        "currentState": {"startTime": "x"},
    }
    assert settled(settled(document)) == settled(document)


def test_strange_documents_pass() -> None:
    """What is not shaped like Azure's answers is left alone."""
    for document in (
        None,
        3,
        "x",
        [1],
        {"events": "none"},
        {"events": [1]},
        {"status": "x", "properties": {"events": 1}},
    ):
        assert settled(document) == document


def test_a_log_keeps_its_words_and_loses_its_clock() -> None:
    """Times that a container prints become T0, in both of the usual spellings; everything else stays."""
    log = '2031-01-01T10:00:00.123Z start\n::1 - - [23/Nov/2031:08:46:01 +0000] "GET / HTTP/1.1" 200\ntook 12:30\n'
    assert settled_text(log) == (
        '2020-01-01T00:00:00Z start\n::1 - - [01/Jan/2020:00:00:00 +0000] "GET / HTTP/1.1" 200\ntook 12:30\n'
    )

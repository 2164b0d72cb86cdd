from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_aci.recording.exchange import Interaction, Request, Response
from pytest_aci.recording.format import Header, checksum_holds, from_document, to_text, without_day
from pytest_aci.recording.placeholders import ARM

HEADER = Header("tests/a", {"on": "2026-01-02", "against": "emulator", "zeta": "1"}, {"image": "x"}, {"b": "192.0.2.2"})
TALK = [
    Interaction(
        Request("PUT", f"{ARM}/subscriptions/0?api-version=2023-05-01", (), b'{"a":1}'),
        Response(201, "", (("location", "/x"), ("link", "1"), ("link", "2"))),
    ),
    Interaction(Request("GET", "http://h/"), Response(299, "Odd", (), b"hi\nyou\n")),
]


def test_a_cassette_reads_well() -> None:
    """The file says what it is, who answered and when, then what was asked and answered, as values."""
    document = json.loads(to_text(HEADER, TALK))
    assert list(document) == [
        "pytest-aci cassette",
        "owner",
        "recorded",
        "fingerprint",
        "addresses",
        "sha256",
        "interactions",
    ]
    assert document["recorded"] == {
        "against": "emulator",
        "on": "2026-01-02",
        "zeta": "1",
        "api-versions": ["2023-05-01"],
    }
    assert document["interactions"] == [
        {
            "request": {"method": "PUT", "path": "/subscriptions/0?api-version=2023-05-01", "json": {"a": 1}},
            "response": {"status": 201, "headers": {"location": "/x", "link": ["1", "2"]}},
        },
        {
            "request": {"method": "GET", "url": "http://h/"},
            "response": {"status": 299, "reason": "Odd", "text": ["hi\n", "you\n"]},
        },
    ]


def test_what_is_written_is_read() -> None:
    """Header and interactions come back, with the standard reason where none was written."""
    header, talk = from_document(json.loads(to_text(HEADER, TALK)))
    assert header == HEADER
    assert talk[0].request == TALK[0].request
    assert talk[0].response == Response(201, "Created", TALK[0].response.headers)
    assert talk[1] == TALK[1]


@given(some.text(), some.text())
def test_the_checksum_holds_for_any_text(owner: str, body: str) -> None:
    """Whatever is in it, the sum over the file is right, and right only for exactly this file."""
    body = body.encode("utf-8", "replace").decode()
    owner = owner.encode("utf-8", "replace").decode()
    text = to_text(Header(owner), [Interaction(Request("GET", "http://h/"), Response(200, "", (), body.encode()))])
    assert checksum_holds(text)
    assert not checksum_holds(text + " ")
    assert not checksum_holds(text.replace('"GET"', '"PUT"'))


def test_a_text_without_a_sum_has_none() -> None:
    """A file of somebody else's has no checksum that could hold."""
    assert not checksum_holds("{}")


def test_a_text_that_imitates_the_sum_does_not_matter() -> None:
    """The first checksum line at its place is the checksum, whatever bodies say."""
    body = b'  "sha256": "' + b"0" * 64 + b'",\n'
    assert checksum_holds(to_text(HEADER, [Interaction(Request("GET", "http://h/"), Response(200, "", (), body))]))


def test_only_the_day_is_forgiven() -> None:
    """Two texts that differ in the date alone are the same recording; any other difference counts."""
    later = Header(HEADER.owner, {**HEADER.recorded, "on": "2031-01-02"}, HEADER.fingerprint, HEADER.addresses)
    other = Header(HEADER.owner, {**HEADER.recorded, "against": "Azure"}, HEADER.fingerprint, HEADER.addresses)
    assert without_day(to_text(HEADER, TALK)) == without_day(to_text(later, TALK))
    assert without_day(to_text(HEADER, TALK)) != without_day(to_text(other, TALK))
    assert without_day(to_text(HEADER, TALK)) != without_day(to_text(HEADER, TALK[:1]))


def test_what_repeats_itself_is_written_once() -> None:
    """A run of equal interactions stands there once with its number of times, and is as many when it is read."""
    once, other = TALK
    text = to_text(HEADER, [other, other, other, once, other])
    assert [item.get("times") for item in json.loads(text)["interactions"]] == [3, None, None]
    _, talk = from_document(json.loads(text))
    assert [one.response.status for one in talk] == [299, 299, 299, 201, 299]


def test_no_number_of_times_fills_the_memory() -> None:
    """A file of a few bytes does not become millions of interactions."""
    document = json.loads(to_text(HEADER, TALK))
    document["interactions"][1]["times"] = 10**9
    with pytest.raises(ValueError, match="more than 1000000 interactions"):
        from_document(document)


@pytest.mark.parametrize(
    "broken",
    [
        {"request": {"method": "GET", "url": "x"}, "response": {"status": 200}, "times": 0},
        {"request": {"method": "GET", "url": "x"}, "response": {"status": 200}, "times": "2"},
        {"request": {"method": 1, "url": "x"}, "response": {"status": 200}},
        {"request": {"method": "GET"}, "response": {"status": 200}},
        {"request": {"method": "GET", "url": "x"}, "response": {"status": "200"}},
        {"request": {"method": "GET", "url": "x"}, "response": {"status": 200, "json": 1, "style": "odd"}},
        [],
    ],
)
def test_other_shapes_are_errors(broken: object) -> None:
    """An interaction of the wrong shape is never half understood."""
    document: dict[str, Any] = {
        "owner": "x",
        "recorded": {},
        "fingerprint": None,
        "addresses": {},
        "interactions": [broken],
    }
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        from_document(document)

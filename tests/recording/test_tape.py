from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import CassetteUnmatched
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Request, Response, header
from pytest_aci.recording.placeholders import ARM, ZERO_GUID, ZERO_NONCE
from pytest_aci.recording.redact import Redactor
from pytest_aci.recording.tape import polling
from tests.recording.lives import Life, replaying

if TYPE_CHECKING:
    from pathlib import Path

HOST = "http://h"


def writing(directory: Path) -> Deck:
    """A deck that writes."""
    return Deck(directory, writing=True, redactor=Redactor(), facts={"recorded_against": "emulator"})


def test_a_life_replays_for_another_run(tmp_path: Path) -> None:
    """What one run recorded answers another one, whose names, times and secrets are all different."""
    recorded = Life(1)
    recorded.record(tmp_path)
    tape = replaying(tmp_path).tape("tests/test_life")
    other = Life(99)
    for real, constant in ((other.base, ARM), (other.subscription, ZERO_GUID), (other.nonce, ZERO_NONCE)):
        for name in ("base", "rg", "group", "name"):
            setattr(other, name, getattr(other, name).replace(real, constant))
    operation = ""
    for request, response in other.exchanges(polls=2):
        wanted = operation if request.method == "GET" and not request.url.startswith(ARM + other.rg[:20]) else ""
        asked = Request(request.method, request.url, request.headers, request.body)
        if "/operations/" in asked.url or "/operationresults/" in asked.url:
            asked = Request("GET", operation)
        played = tape.play(asked, "arm")
        operation = header(played.headers, "Azure-AsyncOperation") or header(played.headers, "Location") or operation
        assert not wanted or wanted == operation
        if "/operationresults/" not in asked.url:
            assert played.status == response.status
    assert tape.unplayed() == []


def test_operations_play_their_end_at_once(tmp_path: Path) -> None:
    """A status that was polled many times is played as it ended, so that nobody waits."""
    life = Life(1)
    life.record(tmp_path, polls=9)
    tape = replaying(tmp_path).tape("tests/test_life")
    exchanges = life.redactor()
    asked = [exchanges.request(request, "arm", tape.numbers) for request, _ in life.exchanges(polls=1)]
    tape.play(asked[0], "arm")
    created = tape.play(asked[1], "arm")
    status = tape.play(Request("GET", header(created.headers, "azure-asyncoperation")), "arm")
    assert b'"status":"Succeeded"' in status.body


def test_an_unmatched_request_says_all(tmp_path: Path) -> None:
    """The error names the cassette, what was asked, why there is no answer, what was recorded, and the command."""
    deck = writing(tmp_path)
    deck.tape("tests/a").write(Request("GET", f"{HOST}/items?v=1"), Response(200), "http")
    (path,) = deck.close()
    replay = replaying(tmp_path)
    replay.command = "pytest --aci-mode=record a.py::b"
    tape = replay.tape("tests/a")
    with pytest.raises(CassetteUnmatched) as error:
        tape.play(Request("GET", f"{HOST}/items?v=2"), "http")
    assert str(error.value) == (
        f"no answer in {path}\n"
        "  asked: GET http://h/items?v=2\n"
        "  it was never asked while recording\n"
        "  recorded, nearest first:\n"
        "    GET http://h/items?v=1  (query.v: 1 → 2)\n"
        "  record it again with: pytest --aci-mode=record a.py::b"
    )
    assert tape.unplayed() == ["GET http://h/items?v=1"]


def test_polling_keeps_the_last_answer(tmp_path: Path) -> None:
    """Of a loop that waits for something, the cassette holds only what it waited for."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/a")
    tape.write(Request("GET", f"{HOST}/"), Response(200, "", (), b"first"), "http")
    with polling():
        for body in (b"starting", b"ready"):
            tape.write(Request("GET", f"{HOST}/"), Response(200, "", (), body), "http")
    tape.write(Request("GET", f"{HOST}/"), Response(200, "", (), b"later"), "http")
    deck.close()
    played = replaying(tmp_path).tape("tests/a")
    assert [played.play(Request("GET", f"{HOST}/"), "http").body for _ in range(3)] == [b"ready", b"later", b"later"]


def test_the_length_is_that_of_what_is_played(tmp_path: Path) -> None:
    """A body that was compressed on its way has another length in the cassette; answers without body have none."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/a")
    tape.write(Request("GET", f"{HOST}/"), Response(200, "", (("Content-Length", "999"),), b"four"), "http")
    tape.write(Request("DELETE", f"{HOST}/"), Response(204), "http")
    deck.close()
    played = replaying(tmp_path).tape("tests/a")
    assert played.play(Request("GET", f"{HOST}/"), "http").headers == (("content-length", "4"),)
    assert played.play(Request("DELETE", f"{HOST}/"), "http").headers == ()


def test_a_tape_of_which_nothing_was_asked_is_no_file(tmp_path: Path) -> None:
    """A test that asks for nothing has no cassette, and needs none in replay."""
    deck = writing(tmp_path)
    deck.tape("tests/a")
    assert deck.close() == []
    replay = replaying(tmp_path)
    assert replay.tape("tests/a").unplayed() == []
    assert replay.close() == []

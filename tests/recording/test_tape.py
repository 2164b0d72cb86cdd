from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import CassetteBodyWarning, CassetteIncomplete, CassetteUnmatched
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
        "  record it again with: pytest --aci-mode=record a.py::b --aci-endpoint=emulator"
    )
    assert tape.unplayed() == ["GET http://h/items?v=1"]


def test_polling_keeps_the_last_answer(tmp_path: Path) -> None:
    """Of a loop that waits for something, the cassette holds only what it waited for; what came before it stays."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/a")
    tape.write(Request("GET", f"{HOST}/"), Response(200, "", (), b"first"), "http")
    with polling():
        for body in (b"starting", b"ready"):
            tape.write(Request("GET", f"{HOST}/"), Response(200, "", (), body), "http")
    tape.write(Request("GET", f"{HOST}/"), Response(200, "", (), b"later"), "http")
    deck.close()
    played = replaying(tmp_path).tape("tests/a")
    answers = [played.play(Request("GET", f"{HOST}/"), "http").body for _ in range(4)]
    assert answers == [b"first", b"ready", b"later", b"later"]


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


LOGIN, TOKEN = b'{"session": "a1B2c3D4e5F6"}', "a1B2c3D4e5F6"
PAGE = Request("GET", "http://h/page", (("Authorization", f"Bearer {TOKEN}"),))


def test_what_an_answer_said_before_it_was_known_to_be_secret_is_gone(tmp_path: Path) -> None:
    """A login answers a token; that it is one is known when it is sent along. Neither stands in the cassette."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/login")
    tape.write(Request("POST", "http://h/login"), Response(200, "", (), LOGIN), "http")
    tape.write(PAGE, Response(200), "http")
    (path,) = deck.close()
    assert deck.refused == []
    assert TOKEN not in path.read_text()
    played = replaying(tmp_path).tape("tests/login").play(Request("POST", "http://h/login"), "http")
    assert played.body == b'{"session": "<redacted:secret>"}'


def test_a_cassette_that_was_written_already_is_cleaned_too(tmp_path: Path) -> None:
    """If another test gives the secret away later, what was written of the first one is written again."""
    deck = writing(tmp_path)
    first = deck.tape("tests/first")
    first.write(Request("POST", "http://h/login"), Response(200, "", (), LOGIN), "http")
    path = deck.finish(first)
    assert path is not None
    assert TOKEN in path.read_text()
    deck.tape("tests/second").write(PAGE, Response(200), "http")
    deck.close()
    assert deck.refused == []
    assert TOKEN not in path.read_text()


def test_a_request_that_would_have_to_be_another_one_is_refused(tmp_path: Path) -> None:
    """A URL is what replay looks for, so it is not changed afterwards: the cassette is not written."""
    deck = writing(tmp_path)
    first = deck.tape("tests/first")
    first.write(Request("GET", f"http://h/of/{TOKEN}"), Response(200), "http")
    path = deck.finish(first)
    deck.tape("tests/second").write(PAGE, Response(200), "http")
    deck.close()
    assert [str(refused).partition(":\n")[2].partition("\n")[0] for refused in deck.refused] == [
        "    interactions[0].request.url: known secret 1 (raw)"
    ]
    assert path is not None
    assert not path.exists()


def test_a_token_in_a_url_replays(tmp_path: Path) -> None:
    """In replay a client asks under the placeholder that it was given for a token, and is answered."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/login")
    tape.write(Request("POST", "http://h/login"), Response(200, "", (), b'{"token": "a1B2c3D4e5F6"}'), "http")
    tape.write(Request("GET", f"http://h/of/{TOKEN}/x"), Response(204), "http")
    deck.close()
    played = replaying(tmp_path).tape("tests/login")
    assert played.play(Request("POST", "http://h/login"), "http").body == b'{"token": "<redacted:secret>"}'
    assert played.play(Request("GET", "http://h/of/%3Credacted:secret%3E/x"), "http").status == 204


def test_what_can_not_be_searched_is_not_written(tmp_path: Path) -> None:
    """An answer in an encoding that nothing here undoes could hold anything; the sentence says what to do."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/a")
    tape.write(Request("GET", "http://h/x"), Response(200, "", (("Content-Encoding", "odd"),), b"\xff\xfe"), "http")
    with pytest.raises(CassetteIncomplete) as error:
        deck.finish(tape)
    assert str(error.value) == (
        f"The cassette {tmp_path}/tests/a.json was not written, because it would not be whole. The answer to GET "
        "http://h/x is encoded as odd, so it can not be searched for secrets. Install what undoes it here, or ask "
        "without it in Accept-Encoding."
    )


def test_what_somebody_declares_secret_is_known_from_then_on(tmp_path: Path) -> None:
    """Whoever makes a secret need not hand it to anybody: the tapes ask for all that there are."""
    declared: list[str] = []
    deck = Deck(tmp_path, writing=True, redactor=Redactor(declared=lambda: declared), facts={}, environment={})
    tape = deck.tape("tests/a")
    declared += ["s3cret-value", "production"]
    tape.write(Request("GET", "http://h/x"), Response(200, "", (), b"s3cret-value in production"), "http")
    assert list(deck.secrets().values()) == ["s3cret-value"]
    (path,) = deck.close()
    assert '"text": "<redacted:secret> in production"' in path.read_text()


def test_a_body_that_says_the_same_is_not_told(tmp_path: Path) -> None:
    """Clients write JSON with and without spaces, and their releases change it."""
    deck = writing(tmp_path)
    deck.tape("tests/a").write(Request("POST", "http://h/x", (), b'{"n": 1, "m": 2}'), Response(201), "http")
    deck.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replaying(tmp_path).tape("tests/a").play(Request("POST", "http://h/x", (), b'{"m":2,"n":1}'), "http")


def test_another_body_than_the_recorded_one_is_told(tmp_path: Path) -> None:
    """The answer to a change is played whatever it sends, since bodies may be random, but not silently."""
    deck = writing(tmp_path)
    deck.tape("tests/a").write(Request("POST", "http://h/x", (), b'{"n": 1, "m": 2}'), Response(201), "http")
    deck.close()
    tape = replaying(tmp_path).tape("tests/a")
    with pytest.warns(CassetteBodyWarning) as warned:
        assert tape.play(Request("POST", "http://h/x", (), b'{"n": 5, "m": 2}'), "http").status == 201
    assert str(warned[0].message) == (
        f"POST http://h/x was sent with another body than when {tmp_path}/tests/a.json was recorded, and answered as "
        "it was then:\n    body.n: 1 → 5\n"
        "If this is no matter of chance, record it again with: pytest --aci-mode=record --aci-endpoint=emulator"
    )


def test_of_an_attempt_that_is_run_again_nothing_stays(tmp_path: Path) -> None:
    """Also where the last attempt asks for nothing: a cassette was written when the first one ended."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/test_it")
    tape.write(Request("GET", f"{HOST}/0"), Response(200), "http")
    path = deck.finish(tape)
    assert path
    assert path.is_file()
    deck.rewind(tape)
    assert deck.close() == []
    assert not path.exists()


@pytest.mark.parametrize("is_saved", [True, False])
def test_what_is_run_again_is_recorded_and_replayed_anew(tmp_path: Path, *, is_saved: bool) -> None:
    """Only the last attempt is in the cassette, and each attempt of a replay is given all of it."""
    deck = writing(tmp_path)
    tape = deck.tape("tests/test_it")
    for number in range(2):
        tape.write(Request("GET", f"{HOST}/{number}"), Response(200), "http")
        if is_saved or number:
            deck.finish(tape)
        if not number:
            deck.rewind(tape)
    tape = replaying(tmp_path).tape("tests/test_it")
    with pytest.raises(CassetteUnmatched):
        tape.play(Request("GET", f"{HOST}/0"), "http")
    for _ in range(2):
        assert tape.play(Request("GET", f"{HOST}/1"), "http").status == 200
        assert tape.unplayed() == []
        tape.rewind()
        assert tape.unplayed() == []

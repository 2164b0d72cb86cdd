from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from vcr.cassette import Cassette

from pytest_aci.errors import CassetteDamaged, CassetteMissing
from pytest_aci.recording.conversation import Conversation, Persister, Serializer
from pytest_aci.recording.exchange import Interaction, Request, Response, take_turn
from pytest_aci.recording.format import Header
from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.playback import NoAnswer
from pytest_aci.recording.vcr_shapes import to_vcr_request, to_vcr_response

if TYPE_CHECKING:
    from pathlib import Path

ASKED = Request("GET", "http://h/a", (("accept", "*/*"),), b"")
SAID = Response(200, "OK", (("link", "1"), ("link", "2")), b'{"a":"\xc3\xbc"}')


def conversation(path: Path, *, writing: bool, proofs: list[str] | None = None) -> Conversation:
    """A conversation about to be written, or read from its file."""
    persister = Persister(path.parent, (lambda _text: None) if proofs is None else proofs.append)
    made = Conversation(path, Serializer(path, Header("o")), persister, writing=writing)
    if not writing:
        made.load()
    return made


def test_it_is_a_vcrpy_cassette_through_and_through(tmp_path: Path) -> None:
    """What is told through vcrpy's own interface is written in our format, and read and played through it again."""
    path = tmp_path / "a.json"
    written = conversation(path, writing=True)
    assert isinstance(written, Cassette)
    written.append(to_vcr_request(ASKED), to_vcr_response(SAID))
    written.save(Header("owner"))
    assert json.loads(path.read_text())["interactions"][0]["response"]["json"] == {"a": "ü"}
    read = conversation(path, writing=False)
    assert read.header == Header("owner")
    assert len(read) == 1
    assert to_vcr_request(ASKED) in read
    assert read.can_play_response_for(to_vcr_request(ASKED))
    played: dict[str, Any] = read.play_response(to_vcr_request(ASKED))
    assert played == to_vcr_response(SAID)


def test_vcrpy_itself_reads_our_files(tmp_path: Path) -> None:
    """A plain cassette of vcrpy's plays our file, given our serializer and our persister: the format is its own."""
    path = tmp_path / "a.json"
    written = conversation(path, writing=True)
    written.add(Interaction(ASKED, SAID))
    written.save(Header("owner"))
    serializer = Serializer(path, Header("o"))
    plain = Cassette.load(path=path, serializer=serializer, persister=Persister(tmp_path, lambda _text: None))
    assert plain.play_response(to_vcr_request(ASKED)) == to_vcr_response(SAID)
    assert serializer.header == Header("owner")


def test_what_is_saved_twice_is_the_same(tmp_path: Path) -> None:
    """Writing the file does not change what is held in memory."""
    path = tmp_path / "a.json"
    written = conversation(path, writing=True)
    written.add(Interaction(ASKED, SAID))
    written.save(Header("owner"))
    once = path.read_bytes()
    written.save(Header("owner"))
    assert path.read_bytes() == once
    assert written.mentioned(["ü", "ö", "http://h/a"]) == {"ü", "http://h/a"}


def test_nothing_is_written_before_it_is_proven(tmp_path: Path) -> None:
    """The proof sees the very text that would become the file, and there is no file if it objects."""

    def refuse(_text: str) -> None:
        raise RuntimeError("found something")

    path = tmp_path / "a.json"
    written = Conversation(path, Serializer(path, Header("o")), Persister(tmp_path, refuse), writing=True)
    written.add(Interaction(ASKED, SAID))
    with pytest.raises(RuntimeError, match="found something"):
        written.save(Header("o"))
    assert list(tmp_path.iterdir()) == []
    proofs: list[str] = []
    good = conversation(path, writing=True, proofs=proofs)
    good.add(Interaction(ASKED, SAID))
    good.save(Header("o"))
    assert proofs == [path.read_text()]


def test_a_missing_or_broken_file_is_our_error(tmp_path: Path) -> None:
    """Where vcrpy takes a broken file for an empty cassette, this is an error."""
    with pytest.raises(CassetteMissing):
        conversation(tmp_path / "a.json", writing=False)
    (tmp_path / "a.json").write_text("")
    with pytest.raises(CassetteDamaged, match="it is empty"):
        conversation(tmp_path / "a.json", writing=False)


def test_repeats_are_folded(tmp_path: Path) -> None:
    """Of ARM, the same answer again is dropped, and a polled one replaces the polled one before; others are added."""
    written = conversation(tmp_path / "a.json", writing=True)
    asked = Request("GET", f"{ARM}/subscriptions/0/resourceGroups/a")
    one, two, three, four = (Response(200, "OK", (), body) for body in (b"1", b"2", b"3", b"4"))
    for answer in (one, one, two):
        written.add(Interaction(asked, answer))
    assert [response["body"]["string"] for response in written.responses] == [b"1", b"2"]
    for answer in (two, three, four):
        written.add(Interaction(asked, answer), polling=True)
    assert [response["body"]["string"] for response in written.responses] == [b"1", b"2", b"4"]


def test_what_a_test_saw_before_it_waited_stays(tmp_path: Path) -> None:
    """A poll that follows a test's own look does not take its place: the look is replayed as it was."""
    path = tmp_path / "a.json"
    asked = Request("GET", f"{ARM}/subscriptions/0/resourceGroups/a")
    written = conversation(path, writing=True)
    written.add(Interaction(asked, Response(200, "OK", (), b'"Waiting"')))
    written.add(Interaction(asked, Response(200, "OK", (), b'"Running"')), polling=True)
    written.save(Header("o"))
    read = conversation(path, writing=False)
    assert [read.answer(asked).response.body for _ in range(3)] == [b'"Waiting"', b'"Running"', b'"Running"']


def test_other_servers_are_replayed_read_by_read(tmp_path: Path) -> None:
    """A server that answers alike for a while and then differs does so after as many reads in replay.

    Each reader, by its headers, sees its own answers; what repeats itself takes the room of one.
    """
    path = tmp_path / "a.json"
    limited = [Interaction(ASKED, Response(status, "", (), b"x")) for status in (200, 200, 200, 429)]
    page, data = (Request("GET", "http://h/b", (("accept", kind),)) for kind in ("text/html", "text/json"))
    kinds = [
        Interaction(asked, Response(200, "OK", (), body))
        for asked, body in ((page, b"1"), (data, b"1"), (page, b"1"), (data, b"2"))
    ]
    written = conversation(path, writing=True)
    for interaction in (*limited, *kinds):
        written.add(interaction)
    written.save(Header("o"))
    items = json.loads(path.read_text())["interactions"]
    assert [item.get("times", 1) for item in items] == [3, 1, 1, 1, 1, 1]
    read = conversation(path, writing=False)
    assert [read.answer(ASKED).response.status for _ in range(5)] == [200, 200, 200, 429, 429]
    assert [read.answer(asked).response.body for asked in (page, data, page, data)] == [b"1", b"1", b"1", b"2"]


def test_a_conversation_is_in_the_order_of_asking(tmp_path: Path) -> None:
    """A slow read that was sent before a change stands before it, although it was answered after it."""
    path = tmp_path / "a.json"
    change = Request("POST", "http://h/b")
    written = conversation(path, writing=True)
    turn = take_turn()
    written.add(Interaction(change, Response(201)))
    written.add(Interaction(ASKED, SAID), turn=turn)
    written.save(Header("o"))
    read = conversation(path, writing=False)
    assert [read.answer(asked).response.status for asked in (ASKED, change)] == [200, 201]


def test_polled_reads_of_other_servers_are_folded_by_what_tells_them_apart(tmp_path: Path) -> None:
    """What is polled there leaves its last answer, beside what was asked with other headers."""
    written = conversation(tmp_path / "a.json", writing=True)
    other = Request("GET", ASKED.url, (("accept", "text/html"),))
    written.add(Interaction(other, Response(200, "OK", (), b"page")))
    for body in (b"1", b"1", b"2"):
        written.add(Interaction(ASKED, Response(200, "OK", (), body)), polling=True)
    assert [response["body"]["string"] for response in written.responses] == [b"page", b"2"]


def test_a_replay_answers_or_refuses(tmp_path: Path) -> None:
    """A replay claims every answer, so that nobody asks the network, and has only those that were recorded."""
    path = tmp_path / "a.json"
    written = conversation(path, writing=True)
    assert not written.can_play_response_for(to_vcr_request(ASKED))
    written.add(Interaction(ASKED, SAID))
    written.save(Header("o"))
    read = conversation(path, writing=False)
    assert read.write_protected
    assert read.can_play_response_for(to_vcr_request(Request("GET", "http://h/b")))
    assert read.answer(ASKED) == Interaction(ASKED, SAID)
    assert read.playback.unplayed() == []
    with pytest.raises(NoAnswer):
        read.answer(Request("GET", "http://h/b"))


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    """Eight threads that write and then play one conversation write and play all of it."""
    path = tmp_path / "a.json"
    requests = [[Request("GET", f"http://h/{thread}/{number}") for number in range(50)] for thread in range(8)]

    def each(work: Any) -> None:
        threads = [threading.Thread(target=lambda mine=mine: [work(request) for request in mine]) for mine in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    written = conversation(path, writing=True)
    each(lambda request: written.add(Interaction(request, Response(200, "OK", (), request.url.encode()))))
    assert len(written) == 400
    written.save(Header("o"))
    read = conversation(path, writing=False)
    answers: list[bool] = []
    each(lambda request: answers.append(read.answer(request).response.body == request.url.encode()))
    assert answers == [True] * 400
    assert read.playback.unplayed() == []

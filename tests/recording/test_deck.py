from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.errors import CassetteMissing, CassetteStale, CassetteUnwritable
from pytest_aci.recording.audit import audit
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Interaction, Request, Response
from pytest_aci.recording.files import path_of
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.reading import read
from pytest_aci.recording.redact import Redactor
from pytest_aci.recording.tape import polling
from tests.recording.lives import Life, replaying, write_all

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aci.recording.tape import Tape

SPEC = {"containers": [{"image": "nginx:1.27", "ports": [80]}]}


def writing(directory: Path) -> Deck:
    """A deck that writes."""
    return Deck(directory, writing=True, redactor=Redactor(), facts={"recorded_against": "emulator", "pytest-aci": "1"})


def record(directory: Path, owner: str, fingerprint: dict[str, Any] | None = None) -> Path:
    """A cassette with one interaction."""
    deck = writing(directory)
    deck.tape(owner, fingerprint or SPEC).write(Request("GET", "http://h/"), Response(200), "http")
    (path,) = deck.close()
    return path


def test_a_tape_is_opened_once(tmp_path: Path) -> None:
    """Whoever asks for an owner's tape gets the same one."""
    deck = replaying(tmp_path)
    assert deck.tape("tests/a") is deck.tape("tests/a")
    assert deck.tape("tests/a") is not deck.tape("tests/b")


def test_the_header_says_who_answered_and_what_for(tmp_path: Path) -> None:
    """The cassette knows its owner, its spec, what answered and which versions asked."""
    header, _ = read(record(tmp_path, "groups/web"))
    assert header.owner == "groups/web"
    assert header.fingerprint == SPEC
    assert header.recorded["against"] == "emulator"
    assert header.recorded["pytest-aci"] == "1"
    assert len(header.recorded["on"]) == len("2026-01-01")


def test_a_missing_cassette_names_the_command(tmp_path: Path) -> None:
    """K01: without a cassette, the first question says how to record it."""
    deck = replaying(tmp_path)
    deck.command = "pytest --aci-mode=record test_a.py::test_b"
    tape = deck.tape("tests/a")
    with pytest.raises(CassetteMissing) as error:
        tape.play(Request("GET", "http://h/"), "http")
    assert str(error.value) == (
        f"no cassette for tests/a: {tmp_path / 'tests' / 'a.json'}; "
        "record it with: pytest --aci-mode=record test_a.py::test_b (at Azure; or add --aci-endpoint=emulator)"
    )


def test_a_missing_group_names_the_nearest_spec(tmp_path: Path) -> None:
    """A changed spec under a name that follows the spec has no cassette: the nearest one and its difference help."""
    near = record(tmp_path, "groups/single-nginx-111111")
    record(tmp_path, "groups/single-nginx-222222", {"containers": [{"image": "redis", "cpu": 9}], "os": "Windows"})
    record(tmp_path, "groups/task-nginx-333333")
    with pytest.raises(CassetteMissing) as error:
        replaying(tmp_path).tape("groups/single-nginx-444444", {"containers": [{"image": "nginx:1.29", "ports": [80]}]})
    assert str(error.value) == (
        f"no cassette for groups/single-nginx-444444: {tmp_path / 'groups' / 'single-nginx-444444.json'}; "
        "record it with: pytest --aci-mode=record (at Azure; or add --aci-endpoint=emulator)\n"
        f"  nearest: {near}, which differs in\n"
        "    containers[0].image: nginx:1.27 → nginx:1.29"
    )


def test_a_changed_spec_names_the_difference(tmp_path: Path) -> None:
    """K08: a cassette of another spec is not played, and the first differing fields are shown with the command."""
    path = record(tmp_path, "groups/web")
    assert replaying(tmp_path).tape("groups/web", SPEC).header.fingerprint == SPEC
    with pytest.raises(CassetteStale) as error:
        replaying(tmp_path).tape("groups/web", {"containers": [{"image": "nginx:1.29", "ports": (80,)}]})
    assert str(error.value) == (
        f"What groups/web asks for has changed since {path} was recorded:\n"
        "    containers[0].image: nginx:1.27 → nginx:1.29\n"
        "Record it again with: pytest --aci-mode=record --aci-endpoint=emulator"
    )


def test_a_group_of_the_tests_own_is_told_by_its_spec(tmp_path: Path) -> None:
    """The test's cassette knows the specs of its groups, in the order of asking, and compares them before anything."""
    other = {"containers": [{"image": "redis"}]}
    deck = writing(tmp_path)
    tape = deck.tape("tests/a")
    with deck.playing(tape):
        deck.own_group(SPEC)
        tape.rewind()  # only the last attempt counts
        deck.own_group(SPEC)
        deck.own_group(other)
        tape.write(Request("GET", "http://h/"), Response(200), "http")
    deck.close()
    replay = replaying(tmp_path)
    assert replay.tape("tests/a").header.fingerprint == {"group 1": SPEC, "group 2": other}
    with replay.playing(replay.tape("tests/a")):
        replay.own_group(SPEC)
        with pytest.raises(CassetteStale, match=r"\n    group 2\.containers\[0\]\.image: redis → valkey\n"):
            replay.own_group({"containers": [{"image": "valkey"}]})


def test_tuples_and_lists_are_one_spec(tmp_path: Path) -> None:
    """A spec is compared as the JSON that it becomes."""
    record(tmp_path, "groups/web")
    tape = replaying(tmp_path).tape("groups/web", {"containers": ({"image": "nginx:1.27", "ports": (80,)},)})
    assert tape.header.fingerprint == SPEC


def test_a_plain_variable_that_looks_like_a_secret_is_in_no_header(tmp_path: Path) -> None:
    """The spec in the header is masked, in both of its shapes, and still is the spec that replay asks for."""
    secret = "S3cr3t-value"
    variables = {"DB_PASSWORD": secret, "SECURE_KEY": "<secret>", "NumWords": "5"}
    listed = [{"name": name, "value": value} for name, value in variables.items()]
    spec = {"containers": [{"name": "token", "image": "nginx", "env": variables, "environmentVariables": listed}]}
    path = record(tmp_path, "groups/web", spec)
    header, _ = read(path)
    assert header.fingerprint is not None
    (container,) = header.fingerprint["containers"]
    assert container["env"] == {"DB_PASSWORD": "<redacted:secret>", "SECURE_KEY": "<secret>", "NumWords": "5"}
    assert [variable["value"] for variable in container["environmentVariables"]] == list(container["env"].values())
    assert (container["name"], container["image"]) == ("token", "nginx")
    assert secret not in path.read_text("utf-8")
    assert audit(tmp_path) == []
    replaying(tmp_path).tape("groups/web", spec)


def test_requests_find_their_tape(tmp_path: Path) -> None:
    """A context's own tape comes first, then the one that handed the operation out, then what is running."""
    life = Life(1)
    deck = life.deck(tmp_path)
    group, test, fixture = deck.tape("groups/web"), deck.tape("tests/a"), deck.tape("fixtures/b")
    request, status = Request("GET", life.base + life.group), Request("GET", life.operation.partition("&")[0])
    assert deck.tape_for(request) is None
    write_all(group, life.exchanges()[:2])
    with deck.playing(test):
        assert deck.tape_for(request) is test
        assert deck.tape_for(status) is group
        with deck.playing(fixture):
            assert deck.tape_for(request) is fixture
        with deck.using(fixture):
            assert deck.tape_for(request) is deck.tape_for(status) is fixture
        assert deck.tape_for(request) is test
    assert deck.tape_for(request) is None


def test_operations_find_their_tape_in_replay(tmp_path: Path) -> None:
    """A poller's own thread, which knows nothing of tapes, is answered by the tape that answered the PUT."""
    life = Life(1)
    deck = life.deck(tmp_path)
    for owner in ("groups/a", "groups/b"):
        write_all(deck.tape(owner), life.exchanges())
    deck.close()
    replay = replaying(tmp_path)
    tapes = {}
    for owner in ("groups/a", "groups/b"):
        tape = replay.tape(owner)
        asked = [life.redactor().request(request, "arm", tape.numbers) for request, _ in life.exchanges()[:2]]
        tape.play(asked[0], "arm")
        tapes[dict(tape.play(asked[1], "arm").headers)["azure-asyncoperation"]] = tape
    assert len(tapes) == 2
    for operation, tape in tapes.items():
        assert replay.tape_for(Request("GET", operation)) is tape


def test_what_runs_is_seen_by_all_threads_and_what_is_used_by_one(tmp_path: Path) -> None:
    """A test's thread asks on behalf of the test; the plugin's own work in another thread does not disturb it."""
    deck = writing(tmp_path)
    test, group = deck.tape("tests/a"), deck.tape("groups/web")
    seen: list[Tape | None] = []
    thread = threading.Thread(target=lambda: seen.append(deck.tape_for(Request("GET", "http://h/"))))
    with deck.playing(test), deck.using(group):
        thread.start()
        thread.join()
    assert seen == [test]


def test_what_is_polled_leaves_no_trace(tmp_path: Path) -> None:
    """Of a read that is made until its answer is liked only the last answer counts; otherwise each one does."""
    deck = writing(tmp_path)
    for owner, context in (("groups/web", polling()), ("tests/a", nullcontext())):
        with context:
            for body in (b"1", b"2", b"3", b"3"):
                deck.tape(owner).write(Request("GET", "http://h/"), Response(200, "", (), body), "http")
    counts = {path.stem: len(read(path)[1]) for path in deck.close()}
    assert counts == {"web": 1, "a": 4}


def test_addresses_of_older_cassettes_are_kept(tmp_path: Path) -> None:
    """A group keeps the address that any cassette of the suite knows it by."""
    name = "single-web-1a2b3c-0000000000000000"
    path_of(tmp_path, "groups/old").parent.mkdir(parents=True)
    path_of(tmp_path, "groups/old").write_text(to_text(Header("groups/old", addresses={name: "192.0.2.200"}), []))
    header, _ = read(Life(1).record(tmp_path))
    assert header.addresses == {name: "192.0.2.200"}


def test_a_folder_that_can_not_be_written_is_known_at_once(tmp_path: Path) -> None:
    """K16: a deck that can not write is never made, so nothing was created yet."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CassetteUnwritable):
        writing(tmp_path / "file" / "cassettes")


def test_an_unchanged_recording_leaves_the_file_alone(tmp_path: Path) -> None:
    """Recording the same again touches nothing."""
    path = record(tmp_path, "groups/web")
    before = path.stat().st_mtime_ns
    assert record(tmp_path, "groups/web") == path
    assert path.stat().st_mtime_ns == before


def test_what_was_not_played_is_known(tmp_path: Path) -> None:
    """K09: after a replay, the interactions that nobody asked for are listed by owner."""
    life = Life(1)
    life.record(tmp_path)
    deck = replaying(tmp_path)
    tape = deck.tape("tests/test_life")
    assert deck.unplayed() == {}
    tape.play(life.redactor().request(life.exchanges()[0][0], "arm", tape.numbers), "arm")
    left = deck.unplayed()["tests/test_life"]
    assert len(left) == 8
    assert left[0].startswith("PUT …/containerGroups/single-web-1a2b3c-0")


def test_a_deck_needs_no_vcrpy_until_something_is_asked(tmp_path: Path) -> None:
    """Neither importing the recorder nor opening a tape imports vcrpy."""
    code = (
        "import sys, pathlib; from pytest_aci.recording.deck import Deck;"
        "from pytest_aci.recording.redact import Redactor;"
        "Deck(pathlib.Path(sys.argv[1]), writing=True, redactor=Redactor(), facts={}).tape('tests/a');"
        "print([name for name in ('vcr', 'azure', 'requests', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.timeout(120)  # if they wait for one another, so does the end of the block
def test_a_tape_that_plays_waits_for_no_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread plays an answer with an operation URL while another notes a group of the test's own: both go on."""
    url = "https://management.azure.com/subscriptions/0/providers/Microsoft.ContainerInstance/operations/1"
    deck = writing(tmp_path)
    with deck.playing(deck.tape("tests/a")):
        deck.own_group(SPEC)
        deck.tape("tests/a").write(Request("PUT", "http://h/"), Response(201, "", (("Location", url),)), "http")
    deck.close()
    replay = replaying(tmp_path)
    is_playing, is_noting = threading.Event(), threading.Event()
    fingerprint = replay.redactor.fingerprint

    def scrub(interaction: Interaction) -> Interaction:
        is_playing.set()
        assert is_noting.wait(30)
        return interaction

    def noting(given: Any) -> Any:
        is_noting.set()
        return fingerprint(given)

    replay.scrub = scrub
    tape = replay.tape("tests/a")
    monkeypatch.setattr(replay.redactor, "fingerprint", noting)
    with replay.playing(tape):
        player = threading.Thread(target=tape.play, args=(Request("PUT", "http://h/"), "http"), daemon=True)
        player.start()
        assert is_playing.wait(30)
        other = threading.Thread(target=replay.own_group, args=(SPEC,), daemon=True)
        other.start()
        for thread in (player, other):
            thread.join(30)
            assert not thread.is_alive()

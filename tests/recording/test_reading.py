from __future__ import annotations

import json
import random
import resource
import time
from typing import TYPE_CHECKING

import pytest

from pytest_aci.errors import CassetteDamaged, CassetteError, CassetteMissing
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.reading import MAX_BYTES, decode, read, text_of
from tests.recording.lives import Life, write_all

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound cassette of about ten thousand bytes."""
    life = Life(1)
    deck = life.deck(tmp_path_factory.mktemp("cassettes"))
    write_all(deck.tape("tests/test_life"), life.exchanges(polls=1)[:4])
    return deck.close()[0]


def refused(path: Path, content: bytes | str) -> str:
    """The sentence with which a file of this content is refused."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CassetteError) as error:
        read(path)
    assert error.value.path == path
    return str(error.value).replace(str(path), "FILE")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """K01: a missing cassette says how to record it."""
    with pytest.raises(CassetteMissing) as error:
        read(tmp_path / "a.json")
    assert str(error.value) == (
        f"no cassette for a: {tmp_path / 'a.json'}; "
        "record it with: pytest --aci-mode=record (at Azure; or add --aci-endpoint=emulator)"
    )


def test_a_cut_off_file_is_never_played(cassette: Path) -> None:
    """K02: cut at any byte, a cassette is an error that names file and place, and nothing of it is played."""
    whole = cassette.read_bytes()
    for length in range(len(whole) - 1):
        with pytest.raises(CassetteError) as error:
            decode(text_of(whole[:length], cassette), cassette)
        assert str(cassette) in str(error.value)
    assert "offset" in str(error.value)


def test_a_cut_off_file_says_where(cassette: Path, tmp_path: Path) -> None:
    """K02: the place of the cut is in the sentence, as line and offset."""
    said = refused(tmp_path / "cut.json", cassette.read_bytes()[:200])
    assert said.startswith("The cassette FILE can not be played, line 10, offset 200: it is not whole JSON: ")
    assert said.endswith("Take it from version control again, or record it with: pytest --aci-mode=record")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The cassette FILE can not be played: it is empty."),
        ("  \n", "The cassette FILE can not be played: it is empty."),
        ("[]", "can not be played, line 1, offset 0: it does not begin as a JSON object."),
        ('{"pytest-aci cassette": 99}', "The cassette FILE has format 99, and this release reads format 1."),
        ('{"a": 1}', "FILE is not a pytest-aci cassette; it looks like other JSON."),
        ('{"pytest-aci cassette": 1}', "its content does not match its checksum"),
    ],
)
def test_empty_and_strange_files_are_named(tmp_path: Path, content: str, sentence: str) -> None:
    """K03: an empty file, another format and another type are each told apart."""
    assert sentence in refused(tmp_path / "a.json", content)


def test_every_flipped_bit_is_noticed(cassette: Path) -> None:
    """K04: ten thousand random bit flips, and each one is an error."""
    whole, chance = cassette.read_bytes(), random.Random(4)
    for _ in range(10_000):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        with pytest.raises(CassetteError):
            decode(text_of(bytes(flipped), cassette), cassette)


def test_an_edit_by_hand_is_named(cassette: Path, tmp_path: Path) -> None:
    """K04: a change that is still JSON does not match the checksum, and the sentence says so."""
    said = refused(tmp_path / "a.json", cassette.read_text().replace('"westus"', '"eastus"'))
    assert said == (
        "The cassette FILE can not be played: its content does not match its checksum: it was edited by hand, or "
        "damaged. Take it from version control again, or record it with: pytest --aci-mode=record"
    )


@pytest.mark.parametrize("content", ["interactions:\n- request:\n", "version: 1\ninteractions: []\n", "---\na: b\n"])
def test_yaml_of_others_is_named_with_the_way_out(tmp_path: Path, content: str) -> None:
    """K05: a cassette of vcrpy's is not ours, and the command that converts it is in the sentence."""
    assert refused(tmp_path / "a.json", content) == (
        "FILE is not a pytest-aci cassette; it looks like YAML of vcrpy. "
        "Convert cassettes of vcrpy with: pytest-aci convert FILE"
    )


def test_json_of_vcrpy_is_named(tmp_path: Path) -> None:
    """K05: vcrpy's own JSON is told from other JSON."""
    assert "it looks like vcrpy's JSON" in refused(tmp_path / "a.json", '{"version": 1, "interactions": []}')


def test_yaml_is_never_executed(tmp_path: Path) -> None:
    """K06: a tag that would run a command runs nothing."""
    marker = tmp_path / "marker"
    refused(tmp_path / "a.json", f"!!python/object/apply:os.system ['touch {marker}']\n")
    refused(tmp_path / "b.json", f"interactions: !!python/object/apply:os.system ['touch {marker}']\n")
    assert not marker.exists()


def signed(text: str) -> str:
    """A text with a header and a checksum that holds, as an attacker would write it."""
    from pytest_aci.recording import format as file_format  # noqa: PLC0415 # only to forge

    head = f'{{\n  "pytest-aci cassette": 1,\n  "sha256": "{"0" * 64}",\n  "x": {text}\n}}\n'
    return head.replace("0" * 64, file_format._sum(head), 1)


@pytest.mark.parametrize(
    ("bomb", "sentence"),
    [
        (signed("[" * 100_000), "it is not acceptable JSON: maximum recursion depth"),
        (signed("[" * 1_000_001), "it holds more than 1000000 objects and arrays"),
        (signed('{"a": 1, "a": 2}'), "it is not acceptable JSON: the key 'a' stands twice in one object"),
        (signed("NaN"), "it is not acceptable JSON: NaN is not JSON"),
        (signed("-Infinity"), "it is not acceptable JSON: -Infinity is not JSON"),
        (signed('"\\ud800"'), "it holds an escaped surrogate"),
        (signed("9" * 5000), "it is not acceptable JSON: Exceeds the limit"),
    ],
)
def test_bombs_are_refused(tmp_path: Path, bomb: str, sentence: str) -> None:
    """K07: depth, numbers of objects, twin keys, NaN and lone surrogates are refused, checksum or not."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    assert sentence in refused(tmp_path / "a.json", bomb)
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    """K07: a gigabyte is refused by its size."""
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(1024**3)
    with pytest.raises(CassetteDamaged, match=f"it is larger than {MAX_BYTES // 1024 // 1024} MiB"):
        read(path)


def test_escaped_backslashes_are_no_surrogates(tmp_path: Path) -> None:
    """A body that spells out a surrogate is text like any other."""
    path = tmp_path / "a.json"
    path.write_text(to_text(Header("\\ud800", {"x": "\\\\ud800"}), []))
    assert read(path)[0].owner == "\\ud800"


def test_carriage_returns_and_byte_order_marks_play(cassette: Path, tmp_path: Path) -> None:
    """K19: what git or an editor of another system does to line ends changes nothing."""
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + cassette.read_bytes().replace(b"\n", b"\r\n"))
    assert read(path) == read(cassette)


def test_merge_conflicts_are_named(cassette: Path, tmp_path: Path) -> None:
    """K20: the markers of an unfinished merge are found, with their line."""
    lines = cassette.read_text().splitlines(keepends=True)
    lines[3:3] = ["<<<<<<< HEAD\n", lines[2], "=======\n", lines[2], ">>>>>>> branch\n"]
    said = refused(tmp_path / "a.json", "".join(lines))
    assert said.startswith("The cassette FILE can not be played, line 4, offset ")
    assert ": merge conflict in cassette. Take it from version control again" in said


def test_a_folder_and_bytes_are_named(tmp_path: Path) -> None:
    """What can not be read, or is no text, is an error with the reason."""
    with pytest.raises(CassetteDamaged, match="it can not be read: Is a directory"):
        read(tmp_path)
    assert "can not be played, offset 1: it is not UTF-8" in refused(tmp_path / "a.json", b"{\xff}")


def test_a_forged_shape_is_named(tmp_path: Path) -> None:
    """A file with a right checksum and a wrong shape is refused all the same."""
    assert "it is not shaped like a cassette (KeyError: 'owner')" in refused(tmp_path / "a.json", signed("1"))
    assert json.loads(signed("1"))["x"] == 1

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_aci.errors import CassetteDamaged
from pytest_aci.recording.convert import convert, foreign_interactions
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.reading import read
from pytest_aci.recording.redact import Redactor
from tests.recording.lives import Life, replaying

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = """\
interactions:
- request:
    body: '{"a": 1}'
    headers:
      Accept: ['*/*']
      Authorization: [Bearer abcdefghijkl-123]
    method: POST
    uri: http://h/items?token=abcdefghijkl-123
  response:
    body: {string: !!python/unicode 'made abcdefghijkl-123'}
    headers:
      Content-Type: [text/plain]
      Set-Cookie: [s=1]
    status: {code: 201, message: Created}
version: 1
"""


def test_a_cassette_of_vcrpy_becomes_ours(tmp_path: Path) -> None:
    """Requests and answers are taken over, without headers that are not allowed and without the token."""
    source = tmp_path / "old.yaml"
    source.write_text(WRITTEN)
    path = convert(source, "tests/new", tmp_path / "cassettes", Redactor())
    assert path == tmp_path / "cassettes" / "tests" / "new.json"
    header, (interaction,) = read(path)
    assert header.recorded["against"] == "unknown, converted from old.yaml"
    assert interaction.request == Request(
        "POST", "http://h/items?token=%3Credacted%3Asecret%3E", (("accept", "*/*"),), b'{"a": 1}'
    )
    assert interaction.response == Response(
        201, "Created", (("content-type", "text/plain"),), b"made <redacted:secret>"
    )
    assert b"abcdefghijkl" not in path.read_bytes()
    played = replaying(tmp_path / "cassettes").tape("tests/new").play(Request("POST", "http://h/items?token=x"), "http")
    assert played.status == 201


def test_recordings_of_arm_are_held_to_the_schemas(tmp_path: Path) -> None:
    """A recording of the az CLI's, gzip and all, comes out with the constants of ours."""
    life = Life(1)
    talk = []
    for request, response in life.exchanges(polls=1):
        url = request.url.replace(life.base, "https://management.azure.com")
        body = gzip.compress(response.body)
        talk.append(
            {
                "request": {
                    "method": request.method,
                    "uri": url,
                    "body": request.body.decode(),
                    "headers": {"x": ["y"]},
                },
                "response": {
                    "status": {"code": response.status, "message": "m"},
                    "headers": {"Content-Encoding": ["gzip"]},
                    "body": {"string": body},
                },
            }
        )
    source = tmp_path / "az.yaml"
    source.write_text(yaml.safe_dump({"version": 1, "interactions": talk}))
    text = convert(source, "tests/az", tmp_path / "cassettes", Redactor()).read_text()
    for real in (life.subscription, life.tenant, life.principal, life.password, life.storage_key, life.ip, life.job):
        assert real not in text
    assert '"image": "nginx:1.27"' in text


def test_older_shapes_are_understood(tmp_path: Path) -> None:
    """The JSON of vcrpy, and what it wrote for httpx in former years, are read as well."""
    source = tmp_path / "a.json"
    source.write_text(
        '{"version": 1, "interactions": ['
        '{"request": {"method": "GET", "uri": "http://h/", "body": null, "headers": {}},'
        ' "response": {"status_code": 404, "headers": {"a": ["1", "2"]}, "content": "no"}}]}'
    )
    assert foreign_interactions(source) == [
        (Request("GET", "http://h/"), Response(404, "", (("a", "1"), ("a", "2")), b"no"))
    ]


def test_nothing_is_executed(tmp_path: Path) -> None:
    """K06: a file that asks for more than plain data is refused, and its command does not run."""
    marker, source = tmp_path / "marker", tmp_path / "a.yaml"
    source.write_text(f"interactions: !!python/object/apply:os.system ['touch {marker}']\n")
    with pytest.raises(CassetteDamaged, match="could not determine a constructor for the tag"):
        foreign_interactions(source)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a: [1", "line 2, offset 5: did not find expected"),
        ("just text", "it is no cassette of vcrpy's"),
        ("interactions: [{request: {}}]", "it is no cassette of vcrpy's \\(KeyError: 'method'\\)"),
        ("{", "can not be played"),
        ("&a [*a]", "its aliases make more than 2000000 values of it"),
        ("[" * 50_000, "nested too deep"),
    ],
)
def test_what_is_no_cassette_is_named(tmp_path: Path, content: str, reason: str) -> None:
    """A file that can not be converted says why, and where there is a place, where."""
    source = tmp_path / "a.yaml"
    source.write_text(content)
    with pytest.raises(CassetteDamaged, match=reason):
        foreign_interactions(source)


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    """K07: nine lines that would become a billion values do not."""
    source = tmp_path / "a.yaml"
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"] + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    source.write_text("\n".join([*lines, "interactions: *a8"]))
    with pytest.raises(CassetteDamaged, match="its aliases make more than 2000000 values of it"):
        foreign_interactions(source)

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_aci.errors import CassetteDamaged
from pytest_aci.recording.audit import audit
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
    played = (
        replaying(tmp_path / "cassettes")
        .tape("tests/new")
        .play(Request("POST", "http://h/items?token=x", (), b'{"a": 1}'), "http")
    )
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


SUBSCRIPTION = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101"
ACI = "providers/Microsoft.ContainerInstance"
GROUP = f"{SUBSCRIPTION}/resourceGroups/clitest.rg000001/{ACI}/containerGroups/clicg"
OPERATION = (
    f"https://management.azure.com{SUBSCRIPTION}/{ACI}/locations/westus/operations/0b93ab10-8e66-4b9a-8d9f-5d7d2e4a7c11"
    "?api-version=2018-06-01&t=638500000000000000&c=MIIHADCCBeig&s=ElmQsignature&h=vZhash"
)
AZURE_CLI = """\
interactions:
- request:
    body: grant_type=client_credentials&client_secret=cl1.Secret~of.a.client-9876543210
    headers: {Accept: ['*/*']}
    method: POST
    uri: https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token
  response:
    body: {string: '{"token_type":"Bearer","access_token":"eyJ0eXAi.eyJhdWQi.c2lnbmF0dXJl"}'}
    headers: {Set-Cookie: [x-ms-gateway-slice=estsfd]}
    status: {code: 200, message: OK}
- request:
    body: '{"location": "westus", "properties": {"osType": "Linux", "containers": [{"name": "clicg",
      "properties": {"image": "nginx:latest", "environmentVariables":
      [{"name": "KEY", "secureValue": "cli-secure-1"}]}}],
      "imageRegistryCredentials": [{"server": "cli.azurecr.io", "username": "cli", "password": "reg+Pass/w0rd1"}]}}'
    headers:
      Accept: [application/json]
      Authorization: [Bearer eyJ0eXAi.eyJhdWQi.c2lnbmF0dXJl]
      CommandName: [container create]
      ParameterSetName: [-g -n --image]
      User-Agent: [AZURECLI/2.60.0 (PIP) Python/3.11 VSTS_8a3c1f0e-0000-4000-8000-7d22c8b1aa55_build_9]
    method: PUT
    uri: https://management.azure.comGROUP?api-version=2023-05-01
  response:
    body: {string: '{"id": "GROUP",
      "name": "clicg", "properties": {"provisioningState": "Pending",
      "ipAddress": {"ip": "20.51.4.7", "type": "Public"}},
      "identity": {"tenantId": "72f988bf-86f1-41af-91ab-2d7cd011db47",
      "principalId": "41e95a5c-3f53-4a60-b2cd-6f1f1f1f1f1f"}}'}
    headers:
      azure-asyncoperation: ['OPERATION']
      x-ms-operation-identifier: ['tenantId=72f988bf-86f1-41af-91ab-2d7cd011db47,objectId=41e95a5c/westus']
    status: {code: 201, message: Created}
- request:
    body: '{"command": "/bin/sh", "terminalSize": {"rows": 40, "cols": 120}}'
    headers: {Accept: [application/json]}
    method: POST
    uri: https://management.azure.comGROUP/containers/clicg/exec?api-version=2023-05-01
  response:
    body:
      string: !!binary |
        eyJ3ZWJTb2NrZXRVcmkiOiAid3NzOi8vYnJpZGdlLXdlc3R1cy5hei5jb250YWluZXIuaW8vZXhl
        Yy9jYWFzLTFhMmIiLCAicGFzc3dvcmQiOiAib25lLXRpbWUtcHcifQ==
    headers: {content-type: [application/json]}
    status: {code: 200, message: OK}
version: 1
""".replace("GROUP", GROUP).replace("OPERATION", OPERATION)

PYTEST_RECORDING = """\
interactions:
- request:
    body: '{"username": "me", "password": "log-me-1n"}'
    headers: {Content-Type: [application/json], User-Agent: [python-requests/2.32.3]}
    method: POST
    uri: https://shop.example/login
  response:
    body:
      string: '{"session": "s3ss10n-0f-m1n3"}'
    headers: {Content-Type: [application/json], Server: [nginx]}
    status: {code: 200, message: OK}
- request:
    body: null
    headers: {Authorization: [Bearer s3ss10n-0f-m1n3], Cookie: [sid=c00k1e-c00k1e-c00k1e-c00k1e]}
    method: GET
    uri: https://shop.example/items?page=2
  response:
    body: {string: '[{"name": "apple"}]'}
    headers: {Content-Type: [application/json]}
    status: {code: 200, message: OK}
version: 1
"""


def test_a_recording_in_the_style_of_the_az_cli(tmp_path: Path) -> None:
    """Signing in is left out, and nothing of a person, a subscription, a session or a capability is left."""
    source = tmp_path / "test_container.yaml"
    source.write_text(AZURE_CLI)
    path = convert(source, "tests/test_container", tmp_path / "cassettes", Redactor())
    _, interactions = read(path)
    assert [interaction.request.method for interaction in interactions] == ["PUT", "POST"]
    text = path.read_text()
    real = ("6b085460", "72f988bf", "41e95a5c", "0b93ab10", "8a3c1f0e", "20.51.4.7")
    secrets = ("cl1.Secret", "eyJ", "cli-secure", "reg+Pass", "MIIHADCC", "ElmQ", "vZhash", "one-time", "caas-1a2b")
    assert [value for value in (*real, *secrets) if value in text] == []
    assert '"image": "nginx:latest"' in text
    assert audit(tmp_path / "cassettes") == []


def test_a_recording_in_the_style_of_pytest_recording(tmp_path: Path) -> None:
    """What only a later request shows to be a session is gone from the answer before it, and the rest replays."""
    source = tmp_path / "test_items.yaml"
    source.write_text(PYTEST_RECORDING)
    text = convert(source, "tests/test_items", tmp_path / "cassettes", Redactor()).read_text()
    assert [value for value in ("log-me-1n", "s3ss10n", "c00k1e", "nginx") if value in text] == []
    tape = replaying(tmp_path / "cassettes").tape("tests/test_items")
    login = Request("POST", "https://shop.example/login", (), b'{"username": "me", "password": "log-me-1n"}')
    assert tape.play(login, "http").body == b'{"session": "<redacted:secret>"}'
    assert tape.play(Request("GET", "https://shop.example/items?page=2"), "http").body == b'[{"name": "apple"}]'


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
        ("[" * 50_000, "nested too deep|maximum nesting depth"),  # newer libyaml counts by itself
    ],
    ids=["broken", "text", "empty", "open", "aliases", "deep"],
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

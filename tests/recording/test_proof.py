from __future__ import annotations

import base64
import gzip
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from pytest_aci.errors import SecretInCassette
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Interaction, Request, Response
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.proof import environment_secrets, leaks, objections
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUE = 'S3cr3t/"välue+x'

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "raw": str.encode,
    "JSON-escaped": lambda value: json.dumps({"a": value}).encode(),
    "URL-encoded": lambda value: quote(value, safe="").encode(),
    "base64": lambda value: base64.b64encode(b"ab" + value.encode() + b"c"),
    "base64url": lambda value: base64.urlsafe_b64encode(b"user:" + value.encode()),
    "hex": lambda value: value.encode().hex().upper().encode(),
    "UTF-16": lambda value: value.encode("utf-16"),
    "gzip": lambda value: gzip.compress(b"before " + value.encode()),
    "gzip in JSON": lambda value: json.dumps({"a": gzip.compress(value.encode()).decode("latin-1")}).encode(),
    "JSON as .NET escapes it": lambda value: json.dumps({"a": value}).replace("+", "\\u002B").encode(),
    "gzip in base64": lambda value: base64.b64encode(gzip.compress(value.encode())),
    "base64 in base64": lambda value: base64.b64encode(base64.b64encode(value.encode())),
    "base64 in a URL": lambda value: quote(base64.b64encode(value.encode()).decode(), safe="").encode(),
    "UTF-16 in base64": lambda value: base64.b64encode(value.encode("utf-16")),
    "HTML-escaped": lambda value: html.escape(value).encode(),
    "HTML as others escape it": lambda value: "".join(f"&#{ord(letter)};" for letter in value).encode(),
    "base64 in lines": lambda value: base64.encodebytes(b"x" * 52 + value.encode()),
    "base64 in indented lines": lambda value: base64.encodebytes(b"x" * 52 + value.encode()).replace(b"\n", b"\r\n  "),
    "base64 in lines in JSON": lambda value: json.dumps(
        base64.encodebytes(b"x" * 52 + value.encode()).decode()
    ).encode(),
}


def text(body: bytes = b"", url: str = "http://h/", header: str = "", status: int = 200) -> str:
    """A cassette with one interaction."""
    headers = (("x", header),) if header else ()
    return to_text(Header("tests/a"), [Interaction(Request("GET", url), Response(status, "", headers, body))])


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_a_secret_is_found_in_every_encoding(encoding: str) -> None:
    """However it is encoded in a body, the secret is found, and the field is named without its value."""
    found = leaks(text(b"some " + ENCODINGS[encoding](VALUE)), {"the password": VALUE})
    assert [leak.name for leak in found] == ["the password"]
    assert found[0].place.startswith("interactions[0].response")
    assert VALUE not in str(found)


def test_a_secret_is_found_wherever_it_stands() -> None:
    """URLs, headers, keys of bodies and the header of the file are searched as well as values."""
    secrets = {"it": "abcdef123"}
    assert leaks(text(url="http://h/?q=abcdef123"), secrets)[0].place == "interactions[0].request.url"
    assert leaks(text(header="abcdef123"), secrets)[0].place == "interactions[0].response.headers.x"
    assert leaks(text(b'{"abcdef123":1}'), secrets)[0].place == "interactions[0].response.json (a key)"
    assert leaks(text(b'{"a":[{"b":"abcdef123"}]}'), secrets)[0].place == "interactions[0].response.json.a[0].b"
    assert leaks(text(b'{"a":1234567}'), {"a number": "1234567"})
    assert leaks(to_text(Header("tests/abcdef123"), []), secrets)[0].place == "owner"


def test_a_secret_that_is_json_is_found() -> None:
    """A key file is one secret, however its JSON is written down in the cassette."""
    key = json.dumps({"type": "service_account", "key": "x"})
    assert leaks(text(key.encode()), {"the key file": key})


def test_what_is_clean_has_no_leaks() -> None:
    """Other text, placeholders, words of the format and values too short to be searched for are no leaks."""
    clean = text(b"nothing here <redacted:secret>")
    assert leaks(clean, {"a": "otherthing", "b": "abc", "c": "redacted:secret", "d": "interactions"}) == []


def test_the_environment_knows_secrets() -> None:
    """Values of variables that are called like secrets count, unless they are words, numbers or paths."""
    environment = {
        "AZURE_CLIENT_SECRET": "a~b8Q-secret",
        "GITHUB_TOKEN": "ghp_0123456789",
        "PGPASSWORD": "postgres",
        "PIN_TOKEN": "123456789",
        "SSH_KEY_FILE": "/home/me/.ssh/id",
        "HOME": "/root-or-a1b2c3",
        "API_KEY": "short",
        "STORAGE_KEY": "/a+b/" + "c0D" * 20 + "==",
        "KEY_FILES": "~/.ssh/id:/etc/keys",
    }
    assert environment_secrets(environment) == {
        "the environment variable AZURE_CLIENT_SECRET": "a~b8Q-secret",
        "the environment variable GITHUB_TOKEN": "ghp_0123456789",
        "the environment variable STORAGE_KEY": environment["STORAGE_KEY"],
    }


def test_the_environment_has_secrets_inside_of_values() -> None:
    """Passwords in URLs and fields of JSON are secrets whatever the variable is called; paths and authors are none."""
    service = {"clientId": "a1b2c3d4-id", "clientSecret": "a~b8Q-secret", "hosts": {"r": {"auth": "bWU6aHVudGVyMg=="}}}
    environment = {
        "DATABASE_URL": "postgres://app:S3cr3t%2Fvalue@db/orders?a=http://x:y@z",
        "AZURE_CREDENTIALS": json.dumps(service),
        "AZURE_DEVOPS_EXT_PAT": "q8zr3xv0lk2n",
        "BROKEN": "{no JSON",
        "PATH": "/usr/bin:/bin-a1b2",
        "GIT_AUTHOR_NAME": "Ada Lovelace",
    }
    assert environment_secrets(environment) == {
        "the password in the environment variable DATABASE_URL": "S3cr3t/value",
        "the environment variable AZURE_CREDENTIALS": environment["AZURE_CREDENTIALS"],
        "clientSecret in the environment variable AZURE_CREDENTIALS": "a~b8Q-secret",
        "hosts.r.auth in the environment variable AZURE_CREDENTIALS": "bWU6aHVudGVyMg==",
        "the environment variable AZURE_DEVOPS_EXT_PAT": "q8zr3xv0lk2n",
    }


@pytest.mark.parametrize(
    "value", ["correcthorsebatterystaple", "12345678901", "/srv/a8f7/Kq2", "hunter2", "Pass phrase"]
)
def test_every_secret_that_is_declared_is_replaced(tmp_path: Path, value: str) -> None:
    """Whoever calls a long word, a number or a path a secret means it."""
    deck = Deck(tmp_path, writing=True, redactor=Redactor(declared=lambda: [value]), facts={}, environment={})
    deck.tape("tests/a").write(Request("GET", "http://h/"), Response(200, "", (), f"<{value}>".encode()), "http")
    (path,) = deck.close()
    assert value not in path.read_text("utf-8")
    assert leaks(text(value.encode()), {"it": value})


@pytest.mark.parametrize("value", ["postgres", "elasticsearch", "123456", "PROD", ""])
def test_a_declared_secret_that_is_found_everywhere_spoils_nothing(tmp_path: Path, value: str) -> None:
    """The password postgres protects nothing, and the image of that name stays what it is."""
    deck = Deck(tmp_path, writing=True, redactor=Redactor(declared=lambda: [value]), facts={}, environment={})
    deck.tape("tests/a").write(Request("GET", "http://h/"), Response(200, "", (), f"<{value}>".encode()), "http")
    (path,) = deck.close()
    assert f"<{value}>" in path.read_text("utf-8")


CERTAIN = {
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln",
    "private key": "-----BEGIN RSA PRIVATE KEY-----",
    "Azure storage or batch key": base64.b64encode(bytes(range(64))).decode(),
    "Azure registry key": "a1B2" * 10 + "Zz+ACRabc123",
}


@pytest.mark.parametrize("kind", list(CERTAIN))
def test_what_can_only_be_a_secret_is_not_written(tmp_path: Path, kind: str) -> None:
    """Nobody has to have told: what the audit is sure of, no recording keeps."""
    deck = Deck(tmp_path, writing=True, redactor=Redactor(), facts={}, environment={})
    body = json.dumps({"value": CERTAIN[kind]}).encode()
    deck.tape("tests/a").write(Request("GET", "http://h/"), Response(200, "", (), body), "http")
    assert deck.close() == []
    (refused,) = deck.refused
    assert isinstance(refused, SecretInCassette)
    assert refused.places == (f"interactions[0].response.json.value: looks like: {kind}",)
    assert CERTAIN[kind] not in str(refused)


SIGNED = f"https://a.example/b?sv=1&sig={'aB3d' * 8}%3D&sp=r"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (html.escape(SIGNED), ""),
        (json.dumps({"a": SIGNED}).replace("&", "\\u0026") + "\n{}", ""),
        (base64.b64encode(SIGNED.encode()).decode(), " (in base64)"),
        (base64.encodebytes(SIGNED.encode()).decode(), " (in base64)"),
        (quote(SIGNED, safe=""), " (in URL encoding)"),
        (json.dumps(SIGNED).replace("&", "\\u0026").replace("=", "\\u003d") + "\n{}", " (in JSON escapes)"),
    ],
    ids=["HTML", "JSON", "base64", "base64 in lines", "URL", "escaped"],
)
def test_what_can_be_nothing_but_a_secret_is_found_in_every_encoding(body: str, encoding: str) -> None:
    """A signature is seen as HTML and JSON write the & before it, and in what is encoded as a whole."""
    (objection,) = objections(text(body.encode()), {})
    assert objection.startswith("interactions[0].response")
    assert objection.endswith(f": looks like: shared access signature{encoding}")


def test_checksums_of_packages_are_no_keys() -> None:
    """The integrity of a package is as long as a storage key, and public."""
    assert objections(text(f"sha512-{CERTAIN['Azure storage or batch key']}".encode()), {}) == []


def test_a_secret_is_named_after_the_field_that_gave_it_away(tmp_path: Path) -> None:
    """The message says from where a secret is known, the place where the cassette belongs, and not where it was."""
    shelf, staging = tmp_path / "cassettes", tmp_path / ".cassettes-1"
    deck = Deck(shelf, writing=True, redactor=Redactor(), facts={}, environment={}, staging=staging)
    tape = deck.tape("tests/a")
    path = "/subscriptions/a1b2c3d4-1111-4222-8333-0123456789ab/resourceGroups/rg/providers/Microsoft.ContainerInstance"
    variable = {"name": "DB", "secureValue": "s3cr3t-value"}
    group = {"properties": {"containers": [{"name": "a", "properties": {"environmentVariables": [variable]}}]}}
    url = f"https://management.azure.com{path}/containerGroups/g?api-version=1"
    tape.write(Request("PUT", url, (), json.dumps(group).encode()), Response(201), "arm")
    body = base64.b64encode(gzip.compress(b"s3cr3t-value"))
    tape.write(Request("GET", "http://h/"), Response(200, "", (), body), "http")
    assert deck.close() == []
    (refused,) = map(str, deck.refused)
    assert "interactions[1].response.text: known secret 1, secureValue of DB (raw in base64)\n" in refused
    assert refused.startswith(f"The cassette {shelf / 'tests' / 'a.json'} was not written")


def test_a_cassette_with_a_secret_is_not_written(tmp_path: Path) -> None:
    """K17: the file is absent, an older one is gone too, and the error names variable and field, never the value."""
    deck = Deck(tmp_path, writing=True, redactor=Redactor(), facts={}, environment={"MY_TOKEN": "tok-123-abc"})
    old = tmp_path / "tests" / "a.json"
    tape = deck.tape("tests/a")
    body = base64.b64encode(b"xtok-123-abc")
    tape.write(Request("GET", "http://h/"), Response(200, "", (), body), "http")
    with pytest.raises(SecretInCassette) as error:
        deck.finish(tape)
    assert str(error.value) == (
        f"The cassette {old} was not written, because it would hold a secret:\n"
        "    interactions[0].response.text: the environment variable MY_TOKEN (raw in base64)\n"
        "Keep the value out of what is asked and answered, give it as a Secret, or name its field in aci_redact: "
        "header:NAME, query:KEY or json:PATH."
    )
    assert not old.exists()
    assert deck.close() == []
    assert [str(refused) for refused in deck.refused] == [str(error.value)]

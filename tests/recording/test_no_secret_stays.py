"""The property that a security team signs off: whatever secret is planted wherever, no cassette holds it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import random
import string
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.proof import leaks
from tests.recording.lives import ACI, Life

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_aci.recording.exchange import Headers, Via

RECORDINGS = int(os.environ.get("PLANTED_RECORDINGS", "300"))
"""How many recordings are generated: 10000 is the long form."""

OFTEN_LATE = 0.3
"""How often a secret becomes known only after it was written."""

ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "JSON-escaped": lambda value: json.dumps(value)[1:-1],
    "HTML-escaped": html.escape,
    "URL-encoded": lambda value: quote(value, safe=""),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 in lines": lambda value: base64.encodebytes(b"x" * 60 + value.encode()).decode(),
    "base64 in a user's credentials": lambda value: base64.b64encode(f"me:{value}".encode()).decode(),
    "base64url": lambda value: base64.urlsafe_b64encode(f"x{value}".encode()).decode().rstrip("="),
    "hex": lambda value: value.encode().hex(),
    "UTF-16": lambda value: base64.b64encode(value.encode("utf-16")).decode(),
    "gzip": lambda value: base64.b64encode(gzip.compress(value.encode())).decode(),
}

SECRET_FIELDS = (
    "properties.containers[0].properties.environmentVariables[0].secureValue",
    "properties.initContainers[0].properties.environmentVariables[0].secureValue",
    "properties.imageRegistryCredentials[0].password",
    "properties.volumes[0].azureFile.storageAccountKey",
    "properties.volumes[0].secret.file",
    "properties.diagnostics.logAnalytics.workspaceKey",
)
"""Fields of ARM that hold secrets by their nature: what stands there is replaced and searched for."""

KEPT_FIELDS = (
    "properties.containers[0].properties.environmentVariables[0].value",
    "properties.containers[0].properties.command[0]",
    "properties.containers[0].properties.image",
    "properties.containers[0].properties.configMap.keyValuePairs.a",
    "properties.containers[0].properties.livenessProbe.httpGet.httpHeaders[0].value",
    "properties.containers[0].properties.instanceView.events[0].message",
    "properties.containers[0].properties.instanceView.currentState.detailStatus",
    "properties.imageRegistryCredentials[0].username",
    "properties.imageRegistryCredentials[0].identityUrl",
    "properties.volumes[0].gitRepo.repository",
    "properties.volumes[0].azureFile.shareName",
    "properties.encryptionProperties.keyVersion",
    "properties.ipAddress.dnsNameLabel",
    "properties.ipAddress.fqdn",
    "properties.provisioningState",
    "properties.somethingNew.inside",
    "tags.owner",
    "location",
    "error.message",
)
"""Fields of ARM that are kept, and may still repeat a secret."""

OWN_PLACES = ("url", "query", "request header", "response header", "request body", "response body", "JSON key", "bytes")
"""Places in the test's own HTTP."""


def planted(place: str, value: str) -> Any:
    """A document with a value at a place like `a.b[0].c`."""
    document: Any = value
    for step in reversed(place.replace("[0]", ".0").split(".")):
        document = [document] if step == "0" else {step: document}
    return document


def arm_exchange(life: Life, place: str, value: str) -> tuple[Request, Response]:
    """A PUT of a group whose document holds a value, answered with the same document."""
    body = json.dumps(planted(place, value)).encode()
    return Request("PUT", life.base + life.group + "?api-version=2023-05-01", (), body), Response(200, "", (), body)


def arm_texts(life: Life, value: str) -> list[tuple[Request, Response]]:
    """The same value in a log, an exec, a query and the headers of ARM."""
    container = f"{life.base}{life.group}/containers/main"
    content = json.dumps({"content": f"log: {value}\n"}).encode()
    session = json.dumps({"webSocketUri": f"wss://h/{value}", "password": value}).encode()
    headers = (("Location", f"{life.base}/x?t={quote(value)}"), ("x-ms-request-id", value), ("WWW-Authenticate", value))
    return [
        (Request("GET", f"{container}/logs"), Response(200, "", (), content)),
        (
            Request("POST", f"{container}/exec", (), json.dumps({"command": value}).encode()),
            Response(200, "", (), session),
        ),
        (Request("GET", f"{life.base}/subscriptions/x/{ACI}/new?odd={quote(value)}"), Response(200, "", headers)),
    ]


def own_exchange(place: str, value: str) -> tuple[Request, Response]:
    """A request of the test's own that holds a value, or whose answer does."""
    url, sent, body = "http://h/", b"", b"hello"
    asked: Headers = ()
    answered: Headers = ()
    match place:
        case "url":
            url += quote(value)
        case "query":
            url += f"?a=1&b={quote(value)}"
        case "request header":
            asked = (("If-Match", value.replace("\n", "")),)
        case "response header":
            answered = (("Link", value.replace("\n", "")),)
        case "request body":
            sent = f"a={value}".encode()
        case "response body":
            body = json.dumps({"deep": [{"b": value}]}, indent=2).encode()
        case "JSON key":
            body = json.dumps({value: 1}).encode()
        case "bytes":
            body = b"\xff\x00" + value.encode("utf-16")
    return Request("GET" if not sent else "POST", url, asked, sent), Response(200, "", answered, body)


def secret(chance: random.Random) -> str:
    """A secret of a common shape."""
    alphabet = string.ascii_letters + string.digits
    return chance.choice(
        [
            "".join(chance.choices(alphabet, k=chance.randint(8, 64))),
            "".join(chance.choices(alphabet + string.punctuation, k=chance.randint(10, 40))),
            base64.b64encode(chance.randbytes(64)).decode(),
            str(uuid.UUID(int=chance.getrandbits(128))) + "-key",
            "pä$$wörd " + "".join(chance.choices(alphabet, k=8)),
        ]
    )


WAYS = (
    "given as a Secret",
    "declared a Secret",
    "found in a secret field",
    "found in the environment",
    "sent as a token",
    "sent under a credential's name",
    "answered under a credential's name",
)
"""How a secret becomes known."""


def giving_away(how: str, life: Life, chance: random.Random, value: str) -> tuple[Request, Response, Via] | None:
    """An exchange from which the recorder learns a secret, for those ways that are one."""
    match how:
        case "found in a secret field":
            return *arm_exchange(life, chance.choice(SECRET_FIELDS), value), "arm"
        case "sent as a token":
            return Request("GET", "http://h/", (("Authorization", f"Bearer {value}"),)), Response(200), "http"
        case "sent under a credential's name":
            body = json.dumps({"user": {"clientSecret": value}}).encode()
            return Request("POST", "http://h/login", (), body), Response(200), "http"
        case "answered under a credential's name":
            body = json.dumps([{"access_token": value}]).encode()
            return Request("POST", "http://h/login"), Response(200, "", (), body), "http"
    return None


def record(directory: Path, life: Life, seed: int) -> tuple[Deck, str]:
    """A recording with one secret in three random places and encodings; the deck and the secret."""
    chance = random.Random(seed)
    value, how = secret(chance) + "-1", chance.choice(WAYS)
    redactor = life.redactor(*([value] if how == "declared a Secret" else []))
    environment = {"MY_API_KEY": value} if how == "found in the environment" else {}
    deck = Deck(directory, writing=True, redactor=redactor, facts={}, environment=environment)
    if how == "given as a Secret":
        redactor.secret(value)
    tape = deck.tape("tests/planted")
    exchanges = [giving_away(how, life, chance, value)]
    for _ in range(3):
        encoded = ENCODINGS[chance.choice(list(ENCODINGS))](value)
        match chance.choice(["arm", "arm texts", "own"]):
            case "arm":
                exchanges.append((*arm_exchange(life, chance.choice(SECRET_FIELDS + KEPT_FIELDS), encoded), "arm"))
            case "arm texts":
                exchanges += [(*exchange, "arm") for exchange in arm_texts(life, encoded)]
            case "own":
                exchanges.append((*own_exchange(chance.choice(OWN_PLACES), encoded), "http"))
    if chance.random() < OFTEN_LATE:
        chance.shuffle(exchanges)
    for exchange in filter(None, exchanges):
        tape.write(*exchange)
    deck.close()
    return deck, value


@pytest.mark.parametrize("part", range(10))
def test_no_planted_secret_is_in_any_cassette(tmp_path: Path, part: int) -> None:
    """Secrets in 36 places and 11 encodings: each cassette is clean, or is refused without the value."""
    life = Life(part)
    written = refused = 0
    for seed in range(part * RECORDINGS // 10, (part + 1) * RECORDINGS // 10):
        deck, value = record(tmp_path, life, seed)
        path = tmp_path / "tests" / "planted.json"
        if deck.refused:
            refused += 1
            assert value not in str(deck.refused[0])
            assert not path.exists()
        else:
            written += 1
            text = path.read_text()
            for spelling in (encode(value) for encode in ENCODINGS.values()):
                assert spelling not in text, seed
                assert json.dumps(spelling, ensure_ascii=False)[1:-1] not in text, seed
            assert leaks(text, {"planted": value}) == [], seed
            path.unlink()
    assert min(written, refused) > 0


def test_the_places_are_as_many_as_promised() -> None:
    """At least 25 fields and 11 encodings take part."""
    assert len({*SECRET_FIELDS, *KEPT_FIELDS}) >= 25
    assert len(ENCODINGS) == 11


@pytest.mark.parametrize("encoding", list(ENCODINGS))
@pytest.mark.parametrize("place", [*SECRET_FIELDS, *KEPT_FIELDS])
def test_each_place_and_encoding(tmp_path: Path, place: str, encoding: str) -> None:
    """K17: a known secret in each field and each encoding is gone from the cassette, or the cassette is."""
    life = Life(0)
    redactor = life.redactor()
    redactor.secret("canary-S3cr3t+/ü")
    deck = Deck(tmp_path, writing=True, redactor=redactor, facts={}, environment={})
    deck.tape("tests/a").write(*arm_exchange(life, place, ENCODINGS[encoding]("canary-S3cr3t+/ü")), "arm")
    for path in deck.close():
        assert leaks(path.read_text(), {"canary": "canary-S3cr3t+/ü"}) == []
    assert "S3cr3t" not in "".join(map(str, deck.refused))

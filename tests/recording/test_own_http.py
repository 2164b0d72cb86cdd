from __future__ import annotations

import json

import pytest

from pytest_aci.recording.credentials import Names
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.own_http import Options, cleaned, normal_url, redacted_request, redacted_response
from pytest_aci.recording.vocabulary import Vocabulary

NONE = Options()


def vocabulary(*secrets: str) -> Vocabulary:
    """A vocabulary that knows these secrets, and an address."""
    known = Vocabulary()
    known.learn("127.0.0.1:43211", "192.0.2.7:80")
    for secret in secrets:
        known.secret(secret)
    return known


def test_headers_are_kept_by_allow_list() -> None:
    """Cookies, dates, servers and credentials are not written; what was asked to be kept is."""
    options = Options(keep_headers=frozenset({"x-version"}), redact_headers=frozenset({"x-key"}))
    headers = (
        ("Set-Cookie", "s=1"),
        ("Date", "now"),
        ("X-Version", "3"),
        ("X-Key", "abc"),
        ("Content-Type", "text/plain"),
    )
    assert redacted_response(Response(200, "", headers), options, vocabulary()).headers == (
        ("content-type", "text/plain"),
        ("x-key", "<redacted:secret>"),
        ("x-version", "3"),
    )
    asked = Request("get", "http://h/", (("Authorization", "Bearer abc"), ("Cookie", "c"), ("Accept", "*/*")))
    assert redacted_request(asked, options, vocabulary()) == Request("GET", "http://h/", (("accept", "*/*"),))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:43211", "http://192.0.2.7/"),
        ("http://127.0.0.1:43211/a?x=1#top", "http://192.0.2.7/a?x=1"),
        ("http://user:pw@Host:8080/A", "http://host:8080/A"),
        ("https://h:443/", "https://h/"),
        ("http://h/?sig=abc&x=%20y", "http://h/?sig=%3Credacted%3Asecret%3E&x=%20y"),
        ("http://h/?Token=abc", "http://h/?Token=%3Credacted%3Asecret%3E"),
        ("http://h/?mine=abc", "http://h/?mine=%3Credacted%3Asecret%3E"),
        ("http://h/of/<redacted:secret>/x", "http://h/of/%3Credacted%3Asecret%3E/x"),
        ("http://h/of/%3Credacted:secret%3E", "http://h/of/%3Credacted%3Asecret%3E"),
    ],
)
def test_urls_are_normal(url: str, kept: str) -> None:
    """Users, default ports and fragments go, constants come, and signatures are placeholders; twice is once."""
    options = Options(redact_query=frozenset({"mine"}))
    assert normal_url(url, options, vocabulary()) == kept
    assert normal_url(kept, options, vocabulary()) == kept


def test_bodies_are_kept_to_the_byte() -> None:
    """A body in which nothing is secret is not touched, whatever it is."""
    for body in (b"", b'{ "a" :1}', b"\xff\x00", "grün".encode(), b'{"broken": '):
        assert redacted_response(Response(200, "", (), body), NONE, vocabulary("s3cr3t")).body == body


def test_secrets_in_bodies_are_replaced_in_any_type() -> None:
    """A known secret is gone from JSON, from text and from bytes that are no text."""
    known = vocabulary("s3cr3t/x")
    for body in (
        b'{"a": "s3cr3t/x", "b": 1}',
        b'{"a":"s3cr3t\\/x"}',
        b'{"a":"s3cr3t\\u002fx"}',
        b"s3cr3t/x",
        b"\xff s3cr3t/x",
    ):
        kept = redacted_response(Response(200, "", (), body), NONE, known).body
        assert b"s3cr3t" not in kept
        assert b"<redacted:secret>" in kept


@pytest.mark.parametrize(
    "spelling", ["%3Credacted%3Asecret%3E", "%3credacted%3asecret%3e", "%3Credacted:secret%3E", "<redacted:secret>"]
)
def test_a_placeholder_that_is_sent_on_in_a_form_is_the_recorded_one(spelling: str) -> None:
    """A token of an answer, which replay answers as a placeholder, makes no other body, however a client encodes it."""
    recorded = redacted_request(
        Request("POST", "http://h/", (), b"a=%2F&token=t%2Fk%3D99-x"), NONE, vocabulary("t/k=99-x")
    )
    replayed = redacted_request(
        Request("POST", "http://h/", (), f"a=%2F&token={spelling}".encode()), NONE, vocabulary()
    )
    assert replayed == recorded
    binary = Request("POST", "http://h/", (), b"\xff%3C")
    assert redacted_request(binary, NONE, vocabulary()) == binary


def test_json_keeps_its_style() -> None:
    """Where a value is replaced, the JSON around it is written as it was."""
    body = json.dumps({"a": "s3cr3t", "b": [1, 2]}, indent=2).encode()
    assert redacted_response(Response(200, "", (), body), NONE, vocabulary("s3cr3t")).body == body.replace(
        b"s3cr3t", b"<redacted:secret>"
    )


def test_json_paths_are_redacted() -> None:
    """An option names the places in JSON that nobody shall see."""
    options = Options(redact_json=("$.user.mail", "$..key"))
    body = b'{"user":{"mail":"a@b","name":"n"},"deep":[{"key":"k"}]}'
    assert redacted_response(Response(200, "", (), body), options, vocabulary()).body == (
        b'{"user":{"mail":"<redacted:secret>","name":"n"},"deep":[{"key":"<redacted:secret>"}]}'
    )


def test_names_of_credentials_can_be_kept() -> None:
    """A query key that only looks like a credential is kept if the user says so."""
    options = Options(names=Names(frozenset({"token"})))
    assert normal_url("http://h/?token=abc&sig=d", options, vocabulary()) == (
        "http://h/?token=abc&sig=%3Credacted%3Asecret%3E"
    )


def test_the_boundary_of_a_form_is_a_constant() -> None:
    """Clients choose a random one for each request; recorded twice, a form is the same."""
    headers = (("Content-Type", 'multipart/form-data; boundary="a1b2c3"'),)
    asked = redacted_request(Request("POST", "http://h/", headers, b"--a1b2c3\r\nx\r\n--a1b2c3--"), NONE, vocabulary())
    assert asked.headers == (("content-type", 'multipart/form-data; boundary="boundary"'),)
    assert asked.body == b"--boundary\r\nx\r\n--boundary--"


def test_an_answer_is_cleaned_of_what_became_known_later() -> None:
    """A token is answered first, and known when it is sent along: the answer is changed before it is written."""
    answer = Response(200, "", (("link", "/of/tok-123-abc"),), b'{"token": "tok-123-abc"}')
    assert cleaned(answer, vocabulary("tok-123-abc")) == Response(
        200, "", (("link", "/of/<redacted:secret>"),), b'{"token": "<redacted:secret>"}'
    )

from __future__ import annotations

import base64
import html
import random
import string
from urllib.parse import quote

import pytest

from pytest_aci.recording.hiding import hidden

SECRET = "pä$$/w\"ö'rd\\0123"


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        repr(SECRET),
        repr({"value": SECRET}),
        quote(SECRET),
        html.escape(SECRET),
        base64.b64encode(f"me:{SECRET}".encode()).decode(),
        SECRET.encode().hex(),
    ],
)
def test_a_secret_is_hidden_however_it_is_written(spelling: str) -> None:
    """What Python, a URL or a header make of a secret is hidden, and the text around it stays."""
    assert hidden(f"before {spelling} after", [SECRET]).startswith("before ")
    assert "<redacted:secret>" in hidden(spelling, [SECRET])
    assert spelling not in hidden(spelling, [SECRET])


def test_a_shortened_secret_is_hidden() -> None:
    """Where a long value was cut in the middle of a secret, the piece beside the ellipsis goes too."""
    assert hidden("x = 'abc-1234567...7654321-def'", ["12345678900987654321"]) == (
        "x = 'abc-<redacted:secret>...<redacted:secret>-def'"
    )


def test_each_line_of_a_key_is_hidden() -> None:
    """A private key is shown line by line in a diff."""
    key = "-----BEGIN KEY-----\nAAAABBBB\nCCCCDDDD"
    assert hidden("+ CCCCDDDD\n- AAAABBBB", [key]) == "+ <redacted:secret>\n- <redacted:secret>"


def test_short_words_stay() -> None:
    """What is too short to be told from other words is left alone, and so is everything else."""
    assert hidden("test passed ... in 3 s", ["test", ""]) == "test passed ... in 3 s"


@pytest.mark.parametrize("seed", range(20))
def test_no_piece_of_random_secrets_is_left(seed: int) -> None:
    """Random secrets in random texts, whole or cut anywhere: no piece of four characters or more is left."""
    chance = random.Random(seed)
    secret = "".join(chance.choices(string.ascii_letters + string.digits, k=chance.randint(12, 60)))
    cut = chance.randint(4, len(secret) - 4)
    text = f"a {secret} b '{secret[:cut]}...' c '...{secret[cut:]}' d"
    assert hidden(text, [secret]) == ("a <redacted:secret> b '<redacted:secret>...' c '...<redacted:secret>' d")


def test_credentials_in_logged_urls_are_hidden() -> None:
    """What a client logs before it sends is hidden by its name; a page's number is not."""
    line = "GET http://h/x?page=12345678&token=a1b2c3d4&sig=a%2Fb3c4d5e6 done"
    assert hidden(line, []) == "GET http://h/x?page=12345678&token=<redacted:secret>&sig=<redacted:secret> done"
    line = "http://h/?user%5Bpassword%5D=a1b2c3d4&password2=a1b2c3d4"
    assert hidden(line, []) == "http://h/?user%5Bpassword%5D=<redacted:secret>&password2=<redacted:secret>"
    assert hidden("/?a=1&amp;token=a1b2c3d4&amp;b=2", []) == "/?a=1&amp;token=<redacted:secret>&amp;b=2"
    line = "http://h/?state=1#access_token=a1b2c3d4&x=y"
    assert hidden(line, []) == "http://h/?state=1#access_token=<redacted:secret>&x=y"
    assert hidden("http://h/?token=short&code=1234567", []) == "http://h/?token=short&code=1234567"


def test_credentials_in_logged_bodies_are_hidden() -> None:
    """JSON that is logged before it is sent, and what Python shows of a dictionary; words and numbers stay."""
    shown = (
        """{"name": "B", "secureValue":"a1b2c3d4"} {'password': 'a1b2c3d4', 'token': 'production', 'pwd': 'short'}"""
    )
    assert hidden(shown, []) == (
        """{"name": "B", "secureValue":"<redacted:secret>"} """
        """{'password': '<redacted:secret>', 'token': 'production', 'pwd': 'short'}"""
    )
    assert hidden("{'user[password]': 'a1b2c3d4'}", []) == "{'user[password]': '<redacted:secret>'}"
    assert hidden("'Bearer a1b2c3d4e5f6g7=='", []) == "'Bearer <redacted:secret>'"
    assert hidden("Basic authentication, Bearer of news", []) == "Basic authentication, Bearer of news"
    assert hidden('{"secret": {"file": "aGVsbG8="}, "x": {}}', []) == '{"secret": {<redacted:secret>}, "x": {}}'

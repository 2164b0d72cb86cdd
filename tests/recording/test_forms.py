from __future__ import annotations

import base64
import html
import json
import random
import string
from urllib.parse import quote, quote_plus

import pytest

from pytest_aci.recording.forms import forms

SECRETS = ["hunter2-/+ü", "plainword", 'quo"te\\slash', "with space&=?", "<html> & 'xml'", "ключ-key"]


@pytest.mark.parametrize("secret", SECRETS)
def test_every_common_spelling_is_found(secret: str) -> None:
    """However a secret travels, one of its forms is a part of the text."""
    raw = secret.encode()
    travels = [
        secret,
        json.dumps({"a": secret}),
        json.dumps({"a": secret}, ensure_ascii=False),
        json.dumps({"a": secret}).replace("/", "\\/"),
        html.escape(secret),
        html.escape(secret, quote=False),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        raw.hex(),
        raw.hex().upper(),
        secret.encode("utf-16-le").decode("latin-1"),
        secret.encode("utf-16-be").decode("latin-1"),
    ]
    for travel in travels:
        assert any(form in travel for form in forms(secret).values()), travel


@pytest.mark.parametrize("seed", range(20))
def test_base64_is_found_at_every_alignment(seed: int) -> None:
    """A secret inside a longer base64 text is found wherever it begins, in both alphabets and as UTF-16."""
    chance = random.Random(seed)
    secret = "".join(chance.choices(string.printable[:90], k=chance.randint(8, 40)))
    for charset in ("utf-8", "utf-16-le", "utf-16-be"):
        for before in range(6):
            raw = chance.randbytes(before) + secret.encode(charset) + chance.randbytes(5)
            for text in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
                assert any(form in text for form in forms(secret).values())


def test_short_spellings_are_left_out() -> None:
    """Nothing is searched for that would be found everywhere."""
    assert "raw" not in forms("abc")
    assert all(len(form) >= 4 for form in forms("abc").values())

from __future__ import annotations

import base64
import threading

from pytest_aci.recording.vocabulary import Vocabulary

GUID = "a1b2c3d4-1111-4222-8333-0123456789ab"
ZERO = "00000000-0000-0000-0000-000000000000"


def knowing(**constants: str) -> Vocabulary:
    """A vocabulary with these constants."""
    vocabulary = Vocabulary()
    for real, constant in constants.items():
        vocabulary.learn(real, constant)
    return vocabulary


def test_an_identity_is_replaced_in_every_spelling() -> None:
    """Upper case, no dashes, inside a word: a random identity is replaced wherever it stands."""
    vocabulary = Vocabulary()
    vocabulary.learn(GUID, ZERO)
    text = f"/s/{GUID}/x {GUID.upper()} a{GUID.replace('-', '')}b"
    assert vocabulary.replace(text) == f"/s/{ZERO}/x {ZERO} a{ZERO.replace('-', '')}b"


def test_addresses_and_names_are_whole_words() -> None:
    """127.0.0.1 is not a part of 127.0.0.12, 1.127.0.0.1 or 127.0.0.1.5, but may have a port."""
    vocabulary = knowing(**{"127.0.0.1": "192.0.2.1"})
    text = "127.0.0.1:80 127.0.0.12 1.127.0.0.1 127.0.0.1.5 (127.0.0.1)."
    assert vocabulary.replace(text) == "192.0.2.1:80 127.0.0.12 1.127.0.0.1 127.0.0.1.5 (192.0.2.1)."


def test_the_longest_wins() -> None:
    """An address with its port is known better than the address alone, and an endpoint better than both."""
    vocabulary = knowing(
        **{"127.0.0.1": "192.0.2.1", "127.0.0.1:5000": "192.0.2.9:80", "http://127.0.0.1:7000": "https://arm"}
    )
    text = "127.0.0.1 127.0.0.1:5000 127.0.0.1:50001 http://127.0.0.1:7000/x"
    assert vocabulary.replace(text) == "192.0.2.1 192.0.2.9:80 192.0.2.1:50001 https://arm/x"


def test_an_identity_is_replaced_url_encoded() -> None:
    """A URL inside a query is the same URL."""
    vocabulary = knowing(**{"http://h:1": "https://arm"})
    assert vocabulary.replace("?next=http%3A%2F%2Fh%3A1%2Fx") == "?next=https%3A%2F%2Farm%2Fx"


def test_a_secret_is_replaced_in_every_form() -> None:
    """A secret is gone from plain text and from base64."""
    vocabulary = Vocabulary()
    vocabulary.secret("correct horse battery")
    text = vocabulary.replace("a correct horse battery, " + base64.b64encode(b"user:correct horse battery").decode())
    assert text.startswith("a <redacted:secret>, ")
    assert b"battery" not in base64.b64decode(text.rpartition(" ")[2].replace("<redacted:secret>", "AAAA") + "==")
    assert vocabulary.holds("x correct%20horse%20battery")


def test_what_needs_no_replacing_is_not_learned() -> None:
    """A constant for itself, nothing, a placeholder or a short secret do no harm."""
    vocabulary = Vocabulary()
    vocabulary.learn(ZERO, ZERO)
    vocabulary.learn("", "x")
    vocabulary.secret("")
    vocabulary.secret("<redacted:secret>")
    vocabulary.secret("abc")
    assert vocabulary.replace(f"{ZERO} abc <redacted:secret>") == f"{ZERO} abc <redacted:secret>"
    assert vocabulary.secrets == ("abc",)


def test_the_latest_meaning_counts() -> None:
    """An address that is given to another group stands for that group from then on."""
    vocabulary = knowing(**{"127.0.0.5": "192.0.2.1"})
    vocabulary.learn("127.0.0.5", "192.0.2.2")
    assert vocabulary.replace("127.0.0.5") == "192.0.2.2"


def test_learning_from_many_threads() -> None:
    """What several threads learn at once is all known afterwards."""
    vocabulary = Vocabulary()
    threads = [
        threading.Thread(target=vocabulary.learn, args=(f"10.0.0.{number}", f"192.0.2.{number}"))
        for number in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vocabulary.replace(" ".join(f"10.0.0.{number}" for number in range(50))) == " ".join(
        f"192.0.2.{number}" for number in range(50)
    )

from __future__ import annotations

import uuid

from pytest_aci.recording.placeholders import ZERO_GUID, Numbers, moment, redacted


def test_numbers_are_given_in_order_of_appearance() -> None:
    """The first guid that appears is number one, and keeps that number."""
    numbers = Numbers("tests/a")
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    text = numbers.replace(f"{first} {second} {first}").split()
    assert text[0] == text[2]
    assert [word[14:18] for word in text] == ["0001", "0002", "0001"]


def test_every_spelling_is_one_identity() -> None:
    """A guid without dashes or in upper case gets the same constant, spelled the same way."""
    numbers = Numbers("tests/a")
    guid = "a1b2c3d4-0000-4000-8000-0123456789ab"
    constant = numbers.of(guid)
    assert numbers.replace(guid.upper()) == constant.upper()
    assert numbers.replace(guid.replace("-", "")) == constant.replace("-", "")


def test_replacing_twice_is_replacing_once() -> None:
    """The constants of a cassette are its own constants: what is replayed is not numbered again."""
    numbers = Numbers("tests/a")
    once = numbers.replace(f"/x/{uuid.uuid4()}/{uuid.uuid4().hex}")
    assert Numbers("tests/a").replace(once) == numbers.replace(once) == once


def test_owners_do_not_share_constants() -> None:
    """An operation of one cassette can not be mistaken for one of another."""
    assert Numbers("tests/a").of("token") != Numbers("tests/b").of("token")


def test_counting_goes_on_after_what_was_played() -> None:
    """A guid that a test makes up after an answer gets the number that it got in the recording."""
    recording, replay = Numbers("tests/a"), Numbers("tests/a")
    answer = recording.replace(str(uuid.uuid4()))
    asked = recording.replace(str(uuid.uuid4()))
    replay.notice(answer)
    assert replay.replace(str(uuid.uuid4())) == asked


def test_zero_stays_zero() -> None:
    """The subscription's constant is nobody's number."""
    assert Numbers("a").replace(ZERO_GUID) == ZERO_GUID


def test_digests_and_longer_words_are_no_guids() -> None:
    """Only 32 hexadecimal digits on their own are a guid without dashes."""
    text = "sha256:" + "ab" * 32 + " x" + "0a" * 16
    assert Numbers("a").replace(text) == text


def test_redacted_says_type_and_length_once() -> None:
    """A typed placeholder is its own placeholder."""
    assert redacted("hunter2") == redacted(redacted("hunter2")) == "<redacted:str:len=7>"


def test_moments_are_counted_from_t0() -> None:
    """T0 is the first second of 2020, in the spelling of ARM."""
    assert (moment(0), moment(70)) == ("2020-01-01T00:00:00Z", "2020-01-01T00:01:10Z")

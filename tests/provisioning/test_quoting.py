from __future__ import annotations

import pytest

from pytest_aci.provisioning.quoting import LONGEST_LINE, last_lines, told
from tests.provisioning.builders import event


def test_the_last_lines_are_quoted() -> None:
    """As many as are wanted, and none if none are."""
    assert last_lines("one\ntwo\nthree\n", 2) == ["two", "three"]
    assert last_lines("one\n", 5) == ["one"]
    assert last_lines("one\n", 0) == last_lines("", 5) == []


def test_four_megabytes_are_quoted_by_their_end() -> None:
    """What ACI gives at most, as many short lines or as one of three megabytes, makes no long error."""
    many = "".join(f"line {number}\n" for number in range(400_000))
    assert len(many) > 4_000_000
    assert last_lines(many, 2) == ["line 399998", "line 399999"]
    assert last_lines("x" * 3_000_000 + "\nlast", 2) == ["x" * LONGEST_LINE + "… (3000000 characters)", "last"]


@pytest.mark.parametrize(
    ("line", "readable"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("\x1b]0;title\x07shell", "shell"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("bell\x07 null\x00 tab\tstays", "bell null tab\tstays"),
        ("bytes that were no text: \ufffd", "bytes that were no text: \ufffd"),
        ("ünï ☃ 🐳", "ünï ☃ 🐳"),
    ],
)
def test_terminal_codes_are_left_out(line: str, readable: str) -> None:
    """A container's colours and cursor movements do not reach the user's terminal or report."""
    assert last_lines(line, 1) == [readable]


def test_an_event_is_one_short_line() -> None:
    """Nobody reads 64 hexadecimal digits; what happened once needs no number."""
    digest = "18a97786cefca952276828f296b862939c959ccc341ad3ff9e81fe652209c094"
    assert told(event(f'Successfully pulled image "web@sha256:{digest}"', "Pulled")) == (
        'Pulled: Successfully pulled image "web@sha256:18a97786cefc…"'
    )
    assert told(event("Back-off restarting", "BackOff", count=4)) == "BackOff: Back-off restarting (4 times)"

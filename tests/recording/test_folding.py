from __future__ import annotations

from pytest_aci.recording.exchange import Request
from pytest_aci.recording.folding import Folding
from pytest_aci.recording.placeholders import ARM

A, B = (f"{ARM}/subscriptions/0/resourceGroups/{name}" for name in "ab")


def after(*requests: Request) -> Folding:
    """A conversation in which this was asked."""
    folding = Folding()
    for request in requests:
        folding.add(request)
    return folding


def test_a_read_repeats_the_last_one_like_it() -> None:
    """The place of the earlier answer is found, past other reads and changes of other things."""
    folding = after(Request("GET", A), Request("GET", B), Request("PUT", B))
    assert folding.repeated(Request("GET", A)) == 0
    assert folding.repeated(Request("GET", A + "x")) is None


def test_a_read_after_a_change_is_a_new_one() -> None:
    """What was read before a change that could alter it is not repeated by what is read after it."""
    assert after(Request("GET", A), Request("PUT", A)).repeated(Request("GET", A)) is None


def test_other_servers_may_count_what_they_are_asked() -> None:
    """A test's own reads of them repeat nothing; polled ones do, if they have the same headers and body."""
    asked, other = Request("GET", "http://h/"), Request("GET", "http://h/", (("accept", "text/html"),))
    folding = after(asked, other)
    assert folding.repeated(asked) is None
    assert [folding.repeated(request, polling=True) for request in (asked, other)] == [0, 1]


def test_changes_are_never_repeated() -> None:
    """Two equal changes are two changes."""
    assert after(Request("PUT", A)).repeated(Request("PUT", A)) is None

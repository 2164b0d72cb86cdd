from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.recording.exchange import Request
from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.playback import NoAnswer, Playback

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

RG = f"{ARM}/subscriptions/0/resourceGroups/rg"
A = f"{RG}/providers/Microsoft.ContainerInstance/containerGroups/a"
B = f"{RG}/providers/Microsoft.ContainerInstance/containerGroups/b"


def talk(*lines: str) -> list[Request]:
    """Requests from lines like `GET a`: `a` and `b` are groups, `rg` their resource group, the rest other servers."""
    return [
        Request(method, {"a": A, "b": B, "rg": RG}.get(url, f"http://{url}/")) for method, url in map(str.split, lines)
    ]


def played(recorded: list[Request], asked: list[Request]) -> list[int]:
    """Which recorded answers are played."""
    playback = Playback(recorded)
    return [playback.next(request) for request in asked]


def refused(recorded: list[Request], asked: list[Request]) -> NoAnswer:
    """With what the last request is refused, after the others were answered."""
    playback = Playback(recorded)
    for request in asked[:-1]:
        playback.next(request)
    with pytest.raises(NoAnswer) as error:
        playback.next(asked[-1])
    return error.value


def steps_of(act: Callable[[], object]) -> int:
    """How many lines of Python something runs, each turn of a loop in them: its cost, on however busy a machine."""
    taken = 0

    def trace(_: FrameType, event: str, __: object) -> Callable[..., Any]:
        nonlocal taken
        taken += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return taken


def test_reads_go_through_the_answers_and_repeat_the_last() -> None:
    """However often a loop asks in replay, it sees what the recording saw, in that order."""
    assert played(talk("GET a", "GET a"), talk("GET a", "GET a", "GET a", "GET a")) == [0, 1, 1, 1]


def test_a_read_never_shows_a_future_that_the_test_has_not_caused() -> None:
    """Before the change is asked for, a read repeats what was true before it."""
    recorded = talk("GET a", "PUT a", "GET a")
    assert played(recorded, talk("GET a", "GET a", "PUT a", "GET a")) == [0, 0, 1, 2]


def test_an_answer_from_before_a_change_is_not_repeated_after_it() -> None:
    """A test that did not look before the change sees what was true after it."""
    assert played(talk("GET a", "PUT a", "GET a"), talk("PUT a", "GET a")) == [1, 2]


def test_a_future_is_refused_by_name() -> None:
    """An answer that was recorded after a change is not given before it, and the error names the change."""
    error = refused(talk("PUT a", "GET a"), talk("GET a"))
    assert error.reason == (
        "its answer was recorded after PUT /subscriptions/0/resourceGroups/rg/providers/"
        "Microsoft.ContainerInstance/containerGroups/a, which was not asked yet"
    )


def test_the_past_is_refused_by_name() -> None:
    """When nothing was read after a change while recording, the answer from before it does not stand in."""
    error = refused(talk("GET a", "DELETE a"), talk("GET a", "DELETE a", "GET a"))
    assert error.reason.startswith("its last answer was recorded before DELETE /subscriptions/")
    assert error.reason.endswith("which has been asked since")


def test_other_resources_may_change_in_any_order() -> None:
    """K10: two groups that were created at once are replayed in whatever order their threads come."""
    recorded = talk("PUT a", "PUT b", "GET a", "GET b", "GET a")
    assert played(recorded, talk("PUT b", "GET b", "PUT a", "GET a", "GET a")) == [1, 3, 0, 2, 4]
    assert played(recorded, talk("PUT a", "GET a", "PUT b", "GET b", "GET a")) == [0, 2, 1, 3, 4]


def test_a_change_elsewhere_holds_the_next_answer_back() -> None:
    """A page that is read before and after a restart shows its second content only after the restart."""
    recorded = talk("GET host", "POST a", "GET host")
    assert played(recorded, talk("GET host", "GET host", "POST a", "GET host")) == [0, 0, 1, 2]


def test_a_deleted_parent_outdates_its_children() -> None:
    """After the resource group was deleted, a group in it is not what it was."""
    assert played(talk("GET a", "DELETE rg", "GET a"), talk("DELETE rg", "GET a")) == [1, 2]


def test_a_change_is_answered_as_often_as_it_was_recorded() -> None:
    """Each recorded change has its own answer, in order, and one more is refused."""
    assert played(talk("POST host", "POST host"), talk("POST host", "POST host")) == [0, 1]
    error = refused(talk("POST host", "POST host"), talk("POST host", "POST host", "POST host"))
    assert error.reason == "it was asked 2 times while recording, and now once more"
    assert (
        refused(talk("PUT a"), talk("PUT a", "PUT a")).reason == "it was asked once while recording, and now once more"
    )


def test_changes_of_the_test_prefer_the_same_body() -> None:
    """Among requests to one URL the one that sent the same is answered; another one only if there is none."""
    recorded = [Request("POST", "http://h/", (), body) for body in (b"1", b"2", b"3")]
    asked = [Request("POST", "http://h/", (), body) for body in (b"3", b"x", b"2")]
    assert played(recorded, asked) == [2, 0, 1]


def test_reads_of_others_prefer_the_same_headers_and_body() -> None:
    """A server that answers by what is accepted, or to a query in a body, is replayed in any order."""
    one, other = (Request("GET", "http://h/", (("accept", kind),)) for kind in ("application/json", "text/html"))
    query, another = (Request("GET", "http://h/", (), body) for body in (b"1", b"2"))
    recorded = [one, other, query, another]
    assert played(recorded, [another, other, one, one, query]) == [3, 1, 0, 0, 2]
    assert played(recorded, [Request("GET", "http://h/", (("accept", "new"),))] * 2) == [0, 1]


def test_arm_changes_need_the_same_body() -> None:
    """A PUT of another document is another request, and the difference is shown."""
    error = refused([Request("PUT", A, (), b'{"tags":{"x":1}}')], [Request("PUT", A, (), b'{"tags":{"x":2}}')])
    assert error.reason == "it was never asked while recording"
    assert error.recorded[0].endswith("containerGroups/a  (body.tags.x: 1 → 2)")


def test_nothing_played_is_listed() -> None:
    """K09: what was recorded and never asked for is known."""
    playback = Playback(talk("GET a", "PUT a", "GET b"))
    playback.next(talk("GET a")[0])
    assert playback.unplayed() == talk("PUT a", "GET b")


@pytest.mark.parametrize("seed", range(20))
def test_what_was_recorded_replays_in_its_own_order(seed: int) -> None:
    """Whatever was recorded, asking for the same again gives exactly the same answers."""
    chance = random.Random(seed)
    lines = [
        f"{chance.choice(['GET', 'GET', 'PUT', 'DELETE'])} {chance.choice(['a', 'b', 'rg', 'h', 'i'])}"
        for _ in range(60)
    ]
    assert played(talk(*lines), talk(*lines)) == list(range(60))


def test_the_cost_of_an_answer_does_not_grow() -> None:
    """A conversation that is ten times as long takes ten times as many steps to play, not a hundred times."""

    def steps(length: int) -> int:
        urls = [
            f"{length}-{number}" for number in range(length)
        ]  # new ones each time: what is known already costs less
        recorded = [request for url in urls for request in talk(f"PUT {url}", f"GET {url}", "GET a")]
        return steps_of(lambda: played(recorded, recorded))

    assert steps(2000) < 11 * steps(200)

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm.failures import not_arm, refusal, reply_lost, unreachable
from pytest_aci.errors import ControlPlaneError
from pytest_aci.provisioning.persistence import is_uncertain, persistently
from tests.provisioning.clocks import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable

BUSY = refusal(doing="ask", code="InternalServerError", message="oops", status=500)
THROTTLED = refusal(doing="ask", code="TooManyRequests", message="", status=429, headers={"Retry-After": "40"})
REFUSED = refusal(doing="ask", code="InvalidOsType", message="", status=400)
LOST = reply_lost(doing="ask", reason="reset", reading=False)


def failing(problem: ControlPlaneError, times: int) -> Callable[[], str]:
    """A request that fails so many times."""
    left = [problem] * times

    def ask() -> str:
        if left:
            raise left.pop()
        return "answer"

    return ask


@pytest.mark.parametrize(
    ("problem", "times", "slept"), [(BUSY, 3, [2, 2, 2]), (THROTTLED, 2, [40, 40]), (LOST, 2, [1, 1])], ids=str
)
def test_what_passes_is_waited_out(problem: ControlPlaneError, times: int, slept: list[float]) -> None:
    """A refusal that is worth it is tried again, after what Azure asked for or the refusal's own pause."""
    clock = ManualClock()
    assert persistently(failing(problem, times), clock, 600) == "answer"
    assert clock.slept == slept


@pytest.mark.parametrize(("problem", "times"), [(BUSY, 4), (REFUSED, 1), (LOST, 3)], ids=str)
def test_what_stays_is_raised(problem: ControlPlaneError, times: int) -> None:
    """A refusal is raised as it is when it has been tried often enough, or is not worth trying again."""
    with pytest.raises(ControlPlaneError) as raised:
        persistently(failing(problem, times), ManualClock(), 600)
    assert raised.value is problem


def test_nothing_sleeps_past_the_deadline() -> None:
    """A pause that is longer than the time left is told in a note, and not slept."""
    clock = ManualClock()
    with pytest.raises(ControlPlaneError) as raised:
        persistently(failing(THROTTLED, 1), clock, 30)
    assert raised.value.__notes__ == ["Trying again needs 40 s, and the deadline is in 30 s."]
    assert clock.slept == []


def test_trying_again_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Each further try leaves one line in the log, without the details of the refusal."""
    with caplog.at_level(logging.WARNING):
        persistently(failing(BUSY, 1), ManualClock(), 600)
    assert caplog.messages == ["Trying again in 2 s: Could not ask: InternalServerError (HTTP 500)."]


@pytest.mark.parametrize(
    ("problem", "uncertain"),
    [
        (BUSY, True),
        (LOST, True),
        (not_arm(doing="ask", host="h", content_type="text/html", status=201), True),
        (not_arm(doing="ask", host="h", content_type="a body that is no ARM document"), True),
        (refusal(doing="ask", code=None, message="", status=202), True),
        (refusal(doing="ask", code=None, message="", status=408), True),
        (THROTTLED, False),
        (REFUSED, False),
        (unreachable(doing="ask", host="h", reason="refused", tries=3), False),
    ],
    ids=lambda value: f"{value.failure}-{value.status}" if isinstance(value, ControlPlaneError) else str(value),
)
def test_what_may_have_happened(problem: ControlPlaneError, uncertain: bool) -> None:
    """A change has not taken effect if it was refused or never sent; after any other answer, or none, it may have."""
    assert is_uncertain(problem) is uncertain

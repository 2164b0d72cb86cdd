from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from pytest_aci.errors import ControlPlaneError, ReplyLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.provisioning.clock import Clock

T = TypeVar("T")

REFUSALS = range(400, 500)
RESENDS_AFTER_A_LOST_REPLY = 2
SECONDS_AFTER_A_LOST_REPLY = 1.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Persistence:
    """How long to go on asking: the tries so far, and the moment on the monotonic clock after which nothing waits."""

    clock: Clock
    deadline: float
    tries: int = 0

    def pause(self, problem: ControlPlaneError) -> None:
        """Sleep until the same request is worth sending again.

        Raises:
            ControlPlaneError: It is *problem*, and the request is not worth sending again, or not in time.
        """
        self.tries += 1
        retries, seconds = problem.retries, problem.retry_after or problem.pause
        if isinstance(problem, ReplyLost):
            retries, seconds = RESENDS_AFTER_A_LOST_REPLY, SECONDS_AFTER_A_LOST_REPLY
        if self.tries > retries:
            raise problem
        left = self.deadline - self.clock.monotonic()
        if seconds > left:
            problem.add_note(f"Trying again needs {seconds:.0f} s, and the deadline is in {max(left, 0):.0f} s.")
            raise problem
        _log.warning("Trying again in %.0f s: %s", seconds, str(problem).partition("\n")[0])
        self.clock.sleep(seconds)


def is_uncertain(problem: ControlPlaneError) -> bool:
    """Whether a change that failed like this may have taken effect all the same."""
    is_unsent = problem.failure == "unreachable"
    is_refused = problem.status in REFUSALS and problem.status != HTTPStatus.REQUEST_TIMEOUT
    return not (is_unsent or is_refused)


def persistently(ask: Callable[[], T], clock: Clock, deadline: float) -> T:
    """Return the answer to a request that may be repeated, after as many tries as its refusals are worth.

    Raises:
        ControlPlaneError: It was refused for good, or there is no time to try again.
    """
    persistence = Persistence(clock, deadline)
    while True:
        try:
            return ask()
        except ControlPlaneError as problem:
            persistence.pause(problem)

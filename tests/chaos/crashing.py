"""A pytest plugin for victims: numbers every call that has an effect outside of the process, and crashes at one.

What happens where is chosen by the environment: `CRASH_POINT` (a number from 1 on), `CRASH_SIDE` (before, after) and
`CRASH_HOW`. At the end, the number of points that were passed is left in the victim's folder as `points`.
"""

from __future__ import annotations

import os
import signal
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pytest_aci.arm.failures import reply_lost
from pytest_aci.arm.sdk import SdkControlPlane
from pytest_aci.cleanup.debts import Debts
from pytest_aci.cleanup.ledger import Ledger
from pytest_aci.cleanup.watchdog import Watchdog
from pytest_aci.provisioning import sharing, sheet

if TYPE_CHECKING:
    from collections.abc import Callable

# Where each function is looked up when it is called. Functions, not their names: mypy sees when one goes.
POINTS: tuple[tuple[Any, Callable[..., Any]], ...] = (
    (Ledger, Ledger._write),
    (Watchdog, Watchdog.witness),
    (SdkControlPlane, SdkControlPlane.put_resource_group),
    (SdkControlPlane, SdkControlPlane.put_group),
    (SdkControlPlane, SdkControlPlane.delete_group),
    (SdkControlPlane, SdkControlPlane.delete_resource_group),
    (sharing, sheet.write_whole),
    (sheet, sheet.write_whole),
    (Debts, Debts._close),
)


class Crash:
    """The one crash of a run."""

    def __init__(self) -> None:
        self.passed = 0
        self._point = int(os.environ.get("CRASH_POINT", "0"))
        self._side = os.environ.get("CRASH_SIDE", "")
        self._how = os.environ.get("CRASH_HOW", "")
        self._lock = Lock()

    def around(self, place: Any, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of *place* with a point around each of its calls."""

        @wraps(function)
        def numbered(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self.passed += 1
                strikes = self.passed == self._point
            if strikes and self._side == "before":
                self._strike(place is SdkControlPlane)
            result = function(*arguments, **options)
            if strikes and self._side == "after":
                self._strike(place is SdkControlPlane)
            return result

        return numbered

    def _strike(self, is_request: bool) -> None:
        Path(os.environ["VICTIM_FOLDER"], "struck").touch()
        match self._how:
            case "exception":
                raise RuntimeError("crash")
            case "lost" if is_request:
                raise reply_lost(doing="ask", reason="crash", reading=False)
            case "lost":
                raise OSError(5, "Input/output error")
            case name:
                os.kill(os.getpid(), getattr(signal, name))


CRASH = Crash()
for _place, _function in POINTS:
    setattr(_place, _function.__name__, CRASH.around(_place, _function))


def pytest_unconfigure() -> None:
    """Leave behind how many points there were."""
    Path(os.environ["VICTIM_FOLDER"], "points").write_text(str(CRASH.passed))

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pytest_aci import single
from pytest_aci.provisioning.clock import SystemClock
from pytest_aci.provisioning.conditions import running
from pytest_aci.provisioning.provisioner import Wish
from pytest_aci.run import Order, Run, Seat
from pytest_aci.settings import Mode, Settings
from tests.chaos.victim import SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.readiness import Condition
    from tests.chaos.azure import Azure

LONGEST_SLEEP = 0.02


class Impatient(SystemClock):
    """A clock that goes fast while somebody sleeps: pauses of minutes take hundredths of a second."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def monotonic(self) -> float:
        """The seconds that have passed, and those that were skipped."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Skip what is longer than a moment."""
        self._skipped += max(seconds - LONGEST_SLEEP, 0)
        time.sleep(min(seconds, LONGEST_SLEEP))


class Scene:
    """One run without pytest around it, against an emulated Azure, and with a fast clock."""

    def __init__(self, azure: Azure, folder: Path, **settings: Any) -> None:
        self.azure = azure
        chosen = {"mode": Mode.LIVE, "endpoint": azure.url, "watchdog": "off", "timeout": 30.0, **settings}
        self.settings = Settings(**chosen)
        self.run = Run(self.settings, environment={"XDG_STATE_HOME": str(folder)}, seat=Seat.alone(self.settings))
        self.run.reach.clock = Impatient()

    def up(
        self, stem: str = "web", *, until: Condition = running, timeout: float = 30.0, **spec: Any
    ) -> ContainerGroup:
        """Ask for a group, as a fixture does."""
        return self.run.shared(self.order(stem, until=until, timeout=timeout, **spec))

    def order(self, stem: str, *, until: Condition = running, timeout: float = 30.0, **spec: Any) -> Order:
        """What a fixture asks for."""
        options = {"ports": [80], "secure_env": {"PASSWORD": SECRET}, **spec}
        wish = Wish(single(f"mcr.microsoft.com/{stem}:1", **options), stem, until, timeout)
        return Order(wish, f"groups/{stem}")

    def fails(self, kind: type[Exception], **options: Any) -> str:
        """Ask for a group that can not be had; what the user is told."""
        try:
            self.up(**options)
        except kind as problem:
            told = str(problem) + "".join(f"\n{note}" for note in getattr(problem, "__notes__", ()))
            assert SECRET not in told
            return told
        raise AssertionError(f"no {kind.__name__} was raised")

    def close(self) -> list[str]:
        """End the run; what it says of each thing that it could not delete."""
        return [f"{one.claim}: {one.reason}\n{one.command}" for one in self.run.close().left]

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_aci import single
from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.provisioning.conditions import running
from pytest_aci.provisioning.network import RecordedNetwork
from pytest_aci.provisioning.provisioner import Wish
from pytest_aci.run import Order, Run, Seat
from pytest_aci.settings import Mode, Settings
from tests.arm.fake_control_plane import FakeControlPlane
from tests.provisioning.clocks import ManualClock

if TYPE_CHECKING:
    from pathlib import Path


class House:
    """A live run that reaches a faked Azure, with a clock that only sleeping moves."""

    def __init__(
        self, folder: Path, *, seat: Seat | None = None, azure: FakeControlPlane | None = None, **settings: Any
    ):
        self.clock = ManualClock()
        self.azure = azure or FakeControlPlane(now=self.clock.now)
        chosen = Settings(**{"mode": Mode.LIVE, "endpoint": "https://arm.test", "watchdog": "off", **settings})
        environment = {"XDG_STATE_HOME": str(folder)}
        self.run = Run(chosen, environment=environment, seat=seat or Seat.alone(chosen))
        parts = {"connection": Connection("https://arm.test", NOBODY), "control_plane": self.azure}
        vars(self.run.reach).update(parts, clock=self.clock, network=RecordedNetwork())

    def puts(self) -> int:
        """How many container groups were asked for."""
        return self.azure.verbs().count("put_group")

    def left(self) -> list[str]:
        """The names of all that is still there."""
        return [*self.azure.resource_groups, *(name for _, name in self.azure.groups)]


def wish(stem: str = "web", **spec: Any) -> Wish:
    """What a test may wish for."""
    return Wish(single("mcr.microsoft.com/web:1", **spec), stem, running, 600.0)


def order(stem: str = "web", **spec: Any) -> Order:
    """What a fixture may order."""
    return Order(wish(stem, **spec), f"groups/{stem}")

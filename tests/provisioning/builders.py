from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_aci import single
from pytest_aci.arm.control_plane import ContainerState, Event, GroupState
from pytest_aci.cleanup.ledger import Ledger
from pytest_aci.cleanup.ownership import Identity
from pytest_aci.provisioning.conditions import running
from pytest_aci.provisioning.gate import Gate
from pytest_aci.provisioning.handle import Surroundings
from pytest_aci.provisioning.limit import CreationLimit
from pytest_aci.provisioning.network import RecordedNetwork
from pytest_aci.provisioning.provisioner import Provisioner, Terms, Wish
from pytest_aci.spec.values import Port
from tests.arm.fake_control_plane import FakeControlPlane
from tests.provisioning.clocks import ManualClock

if TYPE_CHECKING:
    from pytest_aci.provisioning.budget import Budget
    from pytest_aci.provisioning.readiness import Condition

IDENTITY = Identity("20260102T120000Z-01234567", "0123456789abcdef")


def container(state: str | None = "Running", name: str = "main", **facts: Any) -> ContainerState:
    """One container in a state."""
    return ContainerState(name, "mcr.microsoft.com/web:1", state=state, **facts)


def group(*containers: ContainerState, ports: tuple[int, ...] = (80,), **facts: Any) -> GroupState:
    """A group that is deployed and has an address."""
    known = GroupState("web", "/id", "westeurope", provisioning_state="Succeeded", state="Running", ip="192.0.2.1")
    return replace(known, containers=containers or (container(),), ports=tuple(map(Port, ports)), **facts)


def event(message: str, name: str = "Failed", **facts: Any) -> Event:
    """Something that ACI noted."""
    return Event(name, message, "Warning", **facts)


@dataclass
class Seen:
    """A view of a group in which everything is as the test says."""

    state: GroupState
    restart_policy: str = "Always"
    text: str = ""
    problem: str = ""
    asked: list[str] = field(default_factory=list)

    def logs(self, container: str) -> str:
        """The text."""
        self.asked.append(container)
        return self.text

    def connects(self, port: int) -> str:
        """The problem."""
        self.asked.append(f"port {port}")
        return self.problem

    def answers(self, port: int, path: str, scheme: str, status: int, verify: bool | str = True) -> str:
        """The problem."""
        self.asked.append(f"{scheme} {port} {path} {status} {verify}")
        return self.problem


class Workshop:
    """A provisioner with a faked Azure and a clock that only sleeping moves."""

    def __init__(self, terms: Terms | None = None, *, limited: bool = False, budget: Budget | None = None) -> None:
        self.azure = FakeControlPlane()
        self.clock = ManualClock()
        self.ledger = Ledger(None)
        self.gate = Gate()
        self.around = Surroundings(self.azure, RecordedNetwork(), self.clock)
        terms = terms or Terms("westeurope", 7200.0, (("team", "web"),))
        limit = CreationLimit(self.clock) if limited else None
        self.provisioner = Provisioner(self.around, self.ledger, IDENTITY, terms, self.gate, budget=budget, limit=limit)

    def wish(self, stem: str = "web", *, until: Condition = running, timeout: float = 600.0, **spec: Any) -> Wish:
        """What a test may wish for."""
        return Wish(single("mcr.microsoft.com/web:1", **{"ports": [80], **spec}), stem, until, timeout)

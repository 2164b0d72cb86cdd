from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.provisioning.prognosis import unopened
from pytest_aci.spec import ModelSpec

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import GroupState
    from pytest_aci.spec import Spec

__tracebackhide__ = True  # a mistake is shown where it was made: in the user's code

LOG_TAIL = 1000


class View(Protocol):
    """What a condition may look at: one state of a group, and its logs and ports as they are now."""

    @property
    def state(self) -> GroupState:
        """What ARM said last."""

    @property
    def restart_policy(self) -> str:
        """Whether a container that ends comes back: Always, OnFailure or Never."""

    def logs(self, container: str) -> str:
        """The last lines that a container wrote; empty while there are none."""

    def connects(self, port: int) -> str:
        """Empty if the group accepts a TCP connection on *port*, else why not."""

    def answers(self, port: int, path: str, scheme: str, status: int) -> str:
        """Empty if a GET is answered with *status*, else what came instead."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a condition says of a view: met or not, and what it saw.

    *never* is why it can never be met, *hint* what is often the cause if it is not met in time.
    """

    met: bool
    seen: str
    never: str | None = None
    hint: str = ""


class Condition(ABC):
    """Something to wait for. Conditions are joined with `&` (all of them) and `|` (the first of them)."""

    @abstractmethod
    def check(self, view: View) -> Verdict:
        """Judge one view of the group. Called again after each poll, so it must be quick."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports without which it can not be met."""
        return ()

    def __and__(self, other: Condition) -> Condition:
        return AllOf((self, other))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((self, other))


@dataclass(frozen=True)
class AllOf(Condition):
    """Met when every part is met."""

    parts: tuple[Condition, ...]

    def check(self, view: View) -> Verdict:
        """Judge the parts in order, and stop at the first that is not met."""
        verdict = Verdict(met=True, seen="nothing awaited")
        for part in self.parts:
            verdict = part.check(view)
            if not verdict.met:
                break
        return verdict

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of every part."""
        return tuple(port for part in self.parts for port in part.ports)

    def __str__(self) -> str:
        return " and ".join(str(part) for part in self.parts)


@dataclass(frozen=True)
class AnyOf(Condition):
    """Met when one part is met; hopeless only when all are."""

    parts: tuple[Condition, ...]

    def check(self, view: View) -> Verdict:
        """Judge the parts in order, and stop at the first that is met."""
        verdicts = []
        for part in self.parts:
            verdicts.append(part.check(view))
            if verdicts[-1].met:
                return verdicts[-1]
        reasons = [verdict.never for verdict in verdicts if verdict.never]
        never = "; ".join(reasons) if len(reasons) == len(verdicts) else None
        hint = next((verdict.hint for verdict in verdicts if verdict.hint), "")
        return Verdict(met=False, seen="; ".join(verdict.seen for verdict in verdicts), never=never, hint=hint)

    def __str__(self) -> str:
        return "(" + " or ".join(str(part) for part in self.parts) + ")"


def check_ports(until: Condition | None, spec: Spec) -> None:
    """Refuse to wait for a port that the group will not open: told before anything is created.

    Raises:
        SpecError: It waits for such a port.
    """
    if until is None or isinstance(spec, ModelSpec):
        return
    opened = [one.port for one in spec.ports]
    for port in until.ports:
        if problem := unopened(port, opened):
            raise SpecError(Complaint("until", str(until), problem))

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NoReturn, Protocol

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.provisioning.prognosis import unopened
from pytest_aci.settings.values import duration
from pytest_aci.spec import ModelSpec
from pytest_aci.spec.checks import shown

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

    def answers(self, port: int, path: str, scheme: str, status: int, verify: bool | str = True) -> str:
        """Empty if a GET is answered with *status*, else what came instead; *verify* is as `http` has it."""


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

    @property
    def containers(self) -> tuple[str, ...]:
        """The names of the containers that it looks at, if it names any."""
        return ()

    def __call__(self) -> NoReturn:
        """Refuse `running()`: a condition is a value."""
        raise SpecError(Complaint("until", f"({self})()", "a condition is not called: leave the last () out"))

    def __and__(self, other: Condition) -> Condition:
        return AllOf((self, checked(other)))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((self, checked(other)))


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

    @property
    def containers(self) -> tuple[str, ...]:
        """The containers of every part."""
        return tuple(name for part in self.parts for name in part.containers)

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

    @property
    def containers(self) -> tuple[str, ...]:
        """The containers of every part: unlike a port, none that does not exist can be asked about."""
        return tuple(name for part in self.parts for name in part.containers)

    def __str__(self) -> str:
        return "(" + " or ".join(str(part) for part in self.parts) + ")"


def checked(until: object) -> Condition:
    """Return what is a condition.

    Raises:
        SpecError: It is none.
    """
    if isinstance(until, Condition):
        return until
    rule = 'a condition such as running, port(80), http(80, "/") or log("ready")'
    raise SpecError(Complaint("until", shown(until), rule))


def check_until(until: Condition | None, spec: Spec) -> None:
    """Refuse to wait for what can never come, such as a port that no container opens, before anything is created.

    Raises:
        SpecError: *until* is no condition, or needs a port or a container that the group has not.
    """
    if until is None:
        return
    checked(until)
    if isinstance(spec, ModelSpec):
        return
    opened = [one.port for one in spec.ports]
    names = [one.name for one in spec.containers]
    problems = [problem for port in until.ports if (problem := unopened(port, opened))]
    problems += [
        f"there is no container {name!r}; there is {', '.join(names)}" for name in until.containers if name not in names
    ]
    if problems:
        raise SpecError(*(Complaint("until", str(until), problem) for problem in problems))


def seconds_of(timeout: object) -> float | None:
    """Return the seconds of a number, or of a duration such as "5m"; None for None.

    Raises:
        SpecError: It is neither, or not more than nothing.
    """
    if timeout is None:
        return None
    seconds = timeout
    if isinstance(timeout, str):
        with suppress(ValueError):
            seconds = duration(timeout)
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < inf:
        return float(seconds)
    raise SpecError(Complaint("timeout", shown(timeout), 'more than 0 seconds, such as 300 or "5m"'))

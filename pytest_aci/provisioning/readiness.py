from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.provisioning.prognosis import (
    NO_PORT_MAPPING,
    describe,
    failed_probe,
    has_ended,
    hopeless,
    unopened,
)
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
    """What a condition says of a view: met or not, what it saw, and why it can never be met (if so)."""

    met: bool
    seen: str
    never: str | None = None


class Condition(ABC):
    """Something to wait for. Conditions are joined with `&` (all of them) and `|` (the first of them)."""

    @abstractmethod
    def check(self, view: View) -> Verdict:
        """Judge one view of the group. Called again after each poll, so it must be quick."""

    @property
    def hint(self) -> str:
        """What is often the cause when this condition is not met in time; empty if there is nothing to say."""
        return ""

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
    def hint(self) -> str:
        """The first hint of a part."""
        return next((part.hint for part in self.parts if part.hint), "")

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
        return Verdict(met=False, seen="; ".join(verdict.seen for verdict in verdicts), never=never)

    @property
    def hint(self) -> str:
        """The first hint of a part."""
        return next((part.hint for part in self.parts if part.hint), "")

    def __str__(self) -> str:
        return "(" + " or ".join(str(part) for part in self.parts) + ")"


@dataclass(frozen=True)
class Running(Condition):
    """Every container of the group runs, and the group has its address if it opens ports."""

    def check(self, view: View) -> Verdict:
        """Judge the containers' states."""
        return _while_alive(view, self._check(view))

    def _check(self, view: View) -> Verdict:
        waiting = [container for container in view.state.containers if container.state != "Running"]
        if waiting:
            return Verdict(met=False, seen=describe(view.state))
        if view.state.ports and not view.state.ip:
            return Verdict(met=False, seen="running, without an IP address yet")
        return Verdict(met=True, seen="running")

    def __str__(self) -> str:
        return "every container running"


@dataclass(frozen=True)
class Terminated(Condition):
    """Every container of the group has ended and will not be started again."""

    def check(self, view: View) -> Verdict:
        """Judge the containers' states."""
        if view.restart_policy == "Always":
            return Verdict(
                met=False,
                seen=describe(view.state),
                never="its restart policy is Always, so its containers are started again whenever they end",
            )
        met = bool(view.state.containers) and all(has_ended(one, view.restart_policy) for one in view.state.containers)
        return Verdict(met=met, seen=describe(view.state), never=None if met else hopeless(view.state))

    def __str__(self) -> str:
        return "every container terminated"


@dataclass(frozen=True)
class ExitCode(Condition):
    """Every container has ended with the given exit code."""

    code: int = 0

    def check(self, view: View) -> Verdict:
        """Judge the exit codes once everything has ended."""
        ended = Terminated().check(view)
        if not ended.met:
            return ended
        codes = [(one.name, one.exit_code) for one in view.state.containers]
        wrong = [f"{name} exited with {code}" for name, code in codes if code != self.code]
        return Verdict(met=not wrong, seen=describe(view.state), never="; ".join(wrong) or None)

    def __str__(self) -> str:
        return f"exit code {self.code}"


@dataclass(frozen=True)
class PortOpen(Condition):
    """The group accepts TCP connections on a port."""

    port: int

    def check(self, view: View) -> Verdict:
        """Try to connect once the group has an address."""
        never = unopened(self.port, [one.port for one in view.state.ports])
        problem = never or (view.connects(self.port) if view.state.ip else "no IP address yet")
        return _while_alive(view, Verdict(met=not problem, seen=problem or f"port {self.port} open", never=never))

    @property
    def hint(self) -> str:
        """What people expect of ports, and ACI does not do."""
        return NO_PORT_MAPPING.format(port=self.port)

    @property
    def ports(self) -> tuple[int, ...]:
        """The port."""
        return (self.port,)

    def __str__(self) -> str:
        return f"port {self.port} open"


@dataclass(frozen=True)
class HttpAnswer(Condition):
    """A GET is answered with the given status."""

    port: int
    path: str = "/"
    expected: int = 200
    scheme: str = "http"

    def check(self, view: View) -> Verdict:
        """Ask once the group has an address."""
        never = unopened(self.port, [one.port for one in view.state.ports])
        problem = never or (
            view.answers(self.port, self.path, self.scheme, self.expected) if view.state.ip else "no IP address yet"
        )
        return _while_alive(view, Verdict(met=not problem, seen=problem or f"HTTP {self.expected}", never=never))

    @property
    def hint(self) -> str:
        """What people expect of ports, and ACI does not do."""
        return NO_PORT_MAPPING.format(port=self.port)

    @property
    def ports(self) -> tuple[int, ...]:
        """The port."""
        return (self.port,)

    def __str__(self) -> str:
        return f"{self.scheme} {self.expected} on port {self.port}{self.path}"


@dataclass(frozen=True)
class LogLine(Condition):
    """A line of the logs matches a regular expression. The logs of all containers are read unless one is named."""

    pattern: str
    container: str | None = None

    def check(self, view: View) -> Verdict:
        """Search the last lines of the logs. A line that is already there counts, whoever waits."""
        names = [self.container] if self.container else [one.name for one in view.state.containers]
        if any(re.search(self.pattern, view.logs(name)) for name in names):
            return Verdict(met=True, seen="found in the log")
        return _while_alive(view, Verdict(met=False, seen=f"{describe(view.state)}, no such line in the log"))

    def __str__(self) -> str:
        return f"log line matching {self.pattern!r}"


@dataclass(frozen=True)
class Healthy(Condition):
    """Every container runs, and none has failed a probe since it was last started."""

    def check(self, view: View) -> Verdict:
        """Judge the states, then the probes' events."""
        verdict = Running().check(view)
        if not verdict.met:
            return verdict
        failing = [f"{one.name}: {complaint}" for one in view.state.containers if (complaint := failed_probe(one))]
        return Verdict(met=not failing, seen="; ".join(failing) or "healthy")

    def __str__(self) -> str:
        return "every container healthy"


running = Running()
terminated = Terminated()
healthy = Healthy()


def exit_code(code: int = 0) -> Condition:
    """Wait until every container has ended with *code*. Fails at once when one ends with another."""
    return ExitCode(code)


def port(number: int) -> Condition:
    """Wait until the group accepts TCP connections on the port."""
    return PortOpen(number)


def http(port: int, path: str = "/", *, status: int = 200, scheme: str = "http") -> Condition:
    """Wait until a GET of the path is answered with *status*."""
    return HttpAnswer(port, path if path.startswith("/") else "/" + path, status, scheme)


def log(pattern: str, *, container: str | None = None) -> Condition:
    """Wait until the logs have a line in which the regular expression *pattern* is found.

    Lines written before the wait began count too, so that waiting for a shared group works.
    """
    re.compile(pattern)
    return LogLine(pattern, container)


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


def _while_alive(view: View, verdict: Verdict) -> Verdict:
    """Add to an unmet verdict the reason why nothing that runs can meet it any more."""
    if verdict.met or verdict.never:
        return verdict
    never = hopeless(view.state)
    containers = view.state.containers
    if never is None and containers and all(has_ended(one, view.restart_policy) for one in containers):
        never = f"every container has ended ({describe(view.state)}) and is not started again"
    return Verdict(met=False, seen=verdict.seen, never=never)

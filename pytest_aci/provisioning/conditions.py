from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.provisioning.prognosis import (
    cause_of_end,
    describe,
    failed_probe,
    has_ended,
    hopeless,
    unanswered,
    unopened,
)
from pytest_aci.provisioning.readiness import Condition, Verdict
from pytest_aci.spec.checks import is_a, shown, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.provisioning.readiness import View
    from pytest_aci.spec.checks import Check

__tracebackhide__ = True  # a mistake is shown where it was made: in the user's code


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
        return _reached(view, self.port, f"port {self.port} open", partial(view.connects, self.port))

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
    verify: bool | str = True

    def check(self, view: View) -> Verdict:
        """Ask once the group has an address."""
        answers = partial(view.answers, self.port, self.path, self.scheme, self.expected, self.verify)
        return _reached(view, self.port, f"HTTP {self.expected}", answers)

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

    @property
    def containers(self) -> tuple[str, ...]:
        """The container that is named."""
        return (self.container,) if self.container else ()

    def check(self, view: View) -> Verdict:
        """Search the last lines of the logs. A line that is already there counts, whoever waits."""
        names = [self.container] if self.container else [one.name for one in view.state.containers]
        if any(re.search(self.pattern, line) for name in names for line in view.logs(name).splitlines()):
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


A_PORT = (whole(1, 65535), "a port from 1 to 65535, as a number")

running = Running()
terminated = Terminated()
healthy = Healthy()


def exit_code(code: int = 0) -> Condition:
    """Wait until every container has ended with *code*. Fails at once when one ends with another."""
    _require("exit_code", code, is_a(int), "a whole number")
    return ExitCode(code)


def port(number: int) -> Condition:
    """Wait until the group accepts TCP connections on the port."""
    _require("port", number, *A_PORT)
    return PortOpen(number)


def http(
    port: int, path: str = "/", *, status: int = 200, scheme: str = "http", verify: bool | str | Path = True
) -> Condition:
    """Wait until a GET of the path is answered with *status*.

    With `scheme="https"` the group is asked by its DNS name, if it has one. *verify* is as in `requests`: whether the
    certificate has to be valid, or the file or folder with the certificates of the authorities that are trusted.
    """
    _require("http.port", port, *A_PORT)
    _require("http.path", path, is_a(str), 'a path such as "/health"')
    _require("http.status", status, whole(100, 599), "one status from 100 to 599; join several with |")
    _require("http.scheme", scheme, lambda value: value in ("http", "https"), "http or https")
    _require("http.verify", verify, is_a(bool, str, Path), "True, False, or the path of certificates")
    trusted = verify if isinstance(verify, bool) else str(verify)
    return HttpAnswer(port, path if path.startswith("/") else "/" + path, status, scheme, trusted)


def log(pattern: str, *, container: str | None = None) -> Condition:
    """Wait until the logs have a line in which the regular expression *pattern* is found.

    Lines written before the wait began count too, so that waiting for a shared group works.
    """
    _require("log", pattern, is_a(str), "a regular expression, as a string")
    _require("log.container", container, is_a(str, type(None)), "the name of a container")
    try:
        re.compile(pattern)
    except re.error as problem:
        rule = f"a regular expression: {problem}; re.escape(text) finds a text as it stands"
        raise SpecError(Complaint("log", shown(pattern), rule)) from None
    return LogLine(pattern, container)


def _require(field: str, value: object, holds: Check, rule: str) -> None:
    if not holds(value):
        raise SpecError(Complaint(field, shown(value), rule))


def _reached(view: View, port: int, met: str, ask: Callable[[], str]) -> Verdict:
    """Judge what is asked of a port, once the group has an address; *ask* returns what is wrong, or nothing."""
    never = unopened(port, [one.port for one in view.state.ports])
    if never or not view.state.ip:
        return _while_alive(view, Verdict(met=False, seen=never or "no IP address yet", never=never))
    problem = ask()
    hint = unanswered(port, problem) if problem else ""
    return _while_alive(view, Verdict(met=not problem, seen=problem or met, hint=hint))


def _while_alive(view: View, verdict: Verdict) -> Verdict:
    """Add to an unmet verdict the reason why nothing that runs can meet it any more."""
    if verdict.met or verdict.never:
        return verdict
    never = hopeless(view.state)
    containers = view.state.containers
    if never is None and containers and all(has_ended(one, view.restart_policy) for one in containers):
        never = (
            f"every container has ended ({describe(view.state)}) and is not started again; {cause_of_end(view.state)}"
        )
    return replace(verdict, never=never)

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from pytest_aci.arm.control_plane import OperationStatus
from pytest_aci.arm.failures import failed_operation
from pytest_aci.errors import AciError, ControlPlaneError, NotReady, ProvisioningFailed, Vanished
from pytest_aci.provisioning.chronicle import DELETING
from pytest_aci.provisioning.persistence import persistently
from pytest_aci.provisioning.prognosis import describe, hopeless
from pytest_aci.provisioning.quoting import last_lines, told
from pytest_aci.provisioning.readiness import LOG_TAIL, Verdict
from pytest_aci.provisioning.watcher import FINAL, delay
from pytest_aci.recording.tape import polling

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.arm.control_plane import GroupState
    from pytest_aci.provisioning.clock import Clock
    from pytest_aci.provisioning.handle import Surroundings
    from pytest_aci.provisioning.readiness import Condition

EVIDENCE_EVENTS = 5
SECONDS_UNTIL_BELIEVED = 5.0
"""For so long Azure may not show what it has just created, or what another of its servers still shows."""


class GroupView:
    """A group as conditions see it: the last state, and its logs and ports as they are when asked."""

    def __init__(self, state: GroupState, resource_group: str, restart_policy: str, surroundings: Surroundings) -> None:
        self.state = state
        self.restart_policy = restart_policy
        self._resource_group = resource_group
        self._around = surroundings

    def look(self) -> GroupState:
        """Get the group's state anew.

        Raises:
            Vanished: It does not exist any more.
        """
        state = self._around.control_plane.get_group(self._resource_group, self.state.name)
        if state is None:
            story = self._around.chronicle.story(self.state.name)
            by_run = bool(story and story.at(DELETING))
            raise Vanished(group=self.state.name, resource_group=self._resource_group, by_run=by_run)
        self.state = state
        self._around.chronicle.saw(state)
        return state

    def pause(self, waited: float, left: float) -> None:
        """Let time pass until another look may show something new, *left* seconds at most.

        The watcher's list does not show a pull that fails or a container that crashes while the deployment goes on,
        so it is trusted for a while only.
        """
        watcher = self._around.watcher
        if watcher and self.state.provisioning_state not in FINAL:
            watcher.wait(self._resource_group, self.state.name, min(watcher.trust(waited), left), waited=waited)
        else:
            self._around.clock.sleep(min(delay(waited), left))

    def logs(self, container: str, tail: int = LOG_TAIL) -> str:
        """The last lines that a container wrote; empty as long as ACI has none."""
        try:
            text = self._around.control_plane.logs(self._resource_group, self.state.name, container, tail=tail)
        except ControlPlaneError as problem:
            if problem.code == "ContainerLogNotAvailable":
                return ""
            raise
        self._around.chronicle.read(self.state.name, container, text)
        return text

    def log_tail(self, container: str) -> list[str]:
        """As many of the last lines of a container's log as errors quote."""
        count = self._around.log_lines
        return last_lines(self.logs(container, count), count) if count else []

    def connects(self, port: int) -> str:
        """Empty if the group accepts a TCP connection on *port*, else why not."""
        network = self._around.network
        return network.connects(*network.address(self.state, port))

    def answers(self, port: int, path: str, scheme: str, status: int, verify: bool | str = True) -> str:
        """Empty if a GET is answered with *status*, else what came instead; *verify* is as `http` has it."""
        host, number = self._around.network.address(self.state, port)
        if scheme == "https" and self.state.fqdn:
            host = self.state.fqdn  # certificates are made out to names, and addresses are Azure's to give
        return self._around.network.answers(f"{scheme}://{host}:{number}{path}", status, verify)


def wait_until(
    condition: Condition,
    view: GroupView,
    clock: Clock,
    seconds: float,
    *,
    operation: Callable[[], OperationStatus] | None = None,
    correlation_id: str | None = None,
) -> GroupState:
    """Look at a group until it is deployed and the condition is met; its state then.

    *operation* is asked why, if the deployment failed; *correlation_id* is that of the request that began it.

    Raises:
        ProvisioningFailed: Azure could not bring the group up.
        NotReady: The condition was not met within *seconds*, or never can be.
        Vanished: The group does not exist any more.
    """
    with polling():
        return _wait_until(condition, view, clock, seconds, partial(_reason, operation, correlation_id))


def _wait_until(
    condition: Condition,
    view: GroupView,
    clock: Clock,
    seconds: float,
    reason: Callable[[GroupState], ControlPlaneError | None],
) -> GroupState:
    start = clock.monotonic()
    if view.state.provisioning_state not in FINAL:
        view.pause(0, seconds)
    while True:
        state = _present(view, clock, start + seconds)
        waited = clock.monotonic() - start
        if state.provisioning_state in ("Failed", "Canceled"):
            raise ProvisioningFailed(
                group=state.name, state=describe(state), reason=reason(state), evidence=evidence(view)
            )
        if state.provisioning_state == "Succeeded":
            verdict = persistently(partial(condition.check, view), clock, start + seconds)
        else:
            seen = f"{describe(state)}, provisioning {state.provisioning_state}"
            verdict = Verdict(met=False, seen=seen, never=hopeless(state))
        if verdict.met:
            return state
        if verdict.never or waited >= seconds:
            raise NotReady(
                group=state.name,
                awaited=str(condition),
                seconds=waited,
                last=verdict.seen,
                never=verdict.never,
                hint=verdict.hint,
                evidence=evidence(view),
            )
        view.pause(waited, seconds - waited)


def _present(view: GroupView, clock: Clock, deadline: float) -> GroupState:
    """Look at a group that may be missing for some seconds; *deadline* is on the monotonic clock.

    Raises:
        Vanished: It is still missing then.
    """
    start = clock.monotonic()
    believed = min(start + SECONDS_UNTIL_BELIEVED, deadline)
    while True:
        try:
            return persistently(view.look, clock, deadline)
        except Vanished:
            left = believed - clock.monotonic()
            if left <= 0:
                raise
            clock.sleep(min(left, 1.0))


def _reason(
    operation: Callable[[], OperationStatus] | None, correlation_id: str | None, state: GroupState
) -> ControlPlaneError | None:
    """Return what is said about a failed deployment: by its operation, or else by the events of the group."""
    status = OperationStatus("Failed", events=state.events)
    if operation:
        with suppress(AciError):  # an operation can be forgotten earlier than its group
            status = operation()
    if not status.code and not status.events:
        return None
    return failed_operation(status, doing=f"create container group {state.name!r}", correlation_id=correlation_id)


def evidence(view: GroupView) -> list[str]:
    """Return the last events and log lines of every container; what can not be had is left out."""
    lines: list[str] = [f"event: {told(event)}" for event in view.state.events[-EVIDENCE_EVENTS:]]
    for one in view.state.containers:
        lines += [f"{one.name}: event {told(event)}" for event in one.events[-EVIDENCE_EVENTS:]]
        if one.state is None:
            continue
        try:
            tail = view.log_tail(one.name)
        except AciError:
            continue  # what really went wrong must not be hidden by logs that can not be read
        lines += [f"{one.name}: log {line}" for line in tail]
    return lines

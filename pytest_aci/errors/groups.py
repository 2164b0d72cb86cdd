from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.errors.base import AciError, with_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_aci.errors.control_plane import ControlPlaneError


class NotOurs(AciError):
    """A name that was to be new is taken: what carries it belongs to somebody else and is left alone."""

    def __init__(self, *, kind: str, name: str, resource_group: str | None = None) -> None:
        self.kind = kind
        self.name = name
        self.resource_group = resource_group
        place = f" in resource group {resource_group!r}" if resource_group else ""
        super().__init__(
            f"The {kind} {name!r}{place} exists already and was not created by this run. "
            f"Nothing of it is used or deleted. Run again: the next run takes another name."
        )


class ProvisioningFailed(AciError):
    """Azure accepted a container group and then could not bring it up. *reason* is what it says about that."""

    def __init__(
        self, *, group: str, state: str, reason: ControlPlaneError | None = None, evidence: Sequence[str] = ()
    ) -> None:
        self.group = group
        self.state = state
        self.reason = reason
        self.evidence = tuple(evidence)
        lines: list[str] = []
        if reason:
            lines = [f"ARM said {reason.code}: {reason.message}"]
            lines += [f"Likely cause: {reason.cause}"] if reason.cause else []
            lines += [f"What to do: {reason.action}"] if reason.action else []
            lines += [f"Correlation id: {reason.correlation_id}"] if reason.correlation_id else []
        sentence = f"The container group {group!r} could not be provisioned: {state}."
        super().__init__(with_evidence(sentence, [*lines, *evidence]))


class NotReady(AciError):
    """A container group did not become what was awaited, in time or ever."""

    def __init__(
        self,
        *,
        group: str,
        awaited: str,
        seconds: float,
        last: str,
        never: str | None = None,
        hint: str = "",
        evidence: Sequence[str] = (),
    ) -> None:
        self.group = group
        self.awaited = awaited
        self.seconds = seconds
        self.last = last
        self.never = never
        self.hint = hint
        self.evidence = tuple(evidence)
        happened = (
            f"The container group {group!r} will not be ready: {never}."
            if never
            else f"The container group {group!r} was not ready after {seconds:.0f} s."
        )
        hints = [f"Likely cause: {hint}"] if hint and not never else []
        super().__init__(with_evidence(f"{happened} Awaited: {awaited}. Last state: {last}.", [*hints, *evidence]))


class NoSuchContainer(AciError):
    """A handle was asked for a container that its group does not have."""

    def __init__(self, *, group: str, container: str, known: Sequence[str]) -> None:
        self.group = group
        self.container = container
        self.known = tuple(known)
        super().__init__(f"The container group {group!r} has no container {container!r}. It has: {', '.join(known)}.")


class NoAddress(AciError):
    """A container group does not open a port, or has no IP address: *state* is what it was in when it was looked at."""

    def __init__(self, *, group: str, port: int, ports: Sequence[int], state: str | None = None) -> None:
        self.group = group
        self.port = port
        self.ports = tuple(ports)
        self.state = state
        if port in self.ports:
            remedy = "start() gives it a new one." if state == "Stopped" else "refresh() looks again."
            super().__init__(
                f"Port {port} of the container group {group!r} can not be reached: the group had no IP address when it "
                f"was looked at last, and its state was {state or 'not known'}. {remedy}"
            )
            return
        known = f"It opens {', '.join(map(str, ports))}." if ports else "It opens no port."
        super().__init__(
            f"Port {port} of the container group {group!r} can not be reached from outside. {known} "
            f"ACI has no port mapping: give ports=[{port}] to the container that listens on it."
        )


class NoRoom(AciError):
    """No region that was tried can take a container group: no capacity, or no quota. *tried* says why, by region.

    *held* is how many container groups the asking process has itself.
    """

    def __init__(self, *, group: str, tried: Mapping[str, ControlPlaneError], held: int = 0) -> None:
        self.group = group
        self.tried = dict(tried)
        self.held = held
        lines = [f"{region}: {one.code or one.failure}: {one.message}" for region, one in tried.items()]
        last = list(tried.values())[-1]
        lines += [f"Likely cause: {last.cause}"] if last.cause else []
        lines += [f"What to do: {last.action}"]
        ids = [f"{one.correlation_id} ({region})" for region, one in tried.items() if one.correlation_id]
        lines += [f"Correlation id: {', '.join(ids)}"] if ids else []
        lines += [f"Container groups that this process of the run holds itself: {held}"] if held else []
        lines += ["Other regions are tried with --aci-fallback-locations, and --aci-on-capacity=skip skips the tests."]
        super().__init__(with_evidence(f"No region has room for the container group {group!r}:", lines))


class OverBudget(AciError):
    """A container group was not created, because the run could then cost more than it may."""

    def __init__(self, *, group: str, price: str, promised: str, budget: str, lifetime: float) -> None:
        self.group = group
        self.price = price
        self.promised = promised
        self.budget = budget
        self.lifetime = lifetime
        super().__init__(
            f"The container group {group!r} was not created: it could cost {price} until it expires after "
            f"{lifetime / 60:g} min, {promised} is promised already, and --aci-budget is {budget}. "
            "Give groups less time with --aci-lifetime, share groups between tests, or raise the budget."
        )


class TooManyCreations(AciError):
    """A container group was not created, because ACI would not take it in time. *seconds* is how long until it does."""

    def __init__(self, *, group: str, created: int, seconds: float) -> None:
        self.group = group
        self.created = created
        self.seconds = seconds
        super().__init__(
            f"The container group {group!r} was not created: this run has created {created} within an hour, "
            f"ACI takes 100 in 5 min and 300 in an hour, and the next one in {seconds:.0f} s. "
            "Share groups between tests, or give them more time with --aci-timeout."
        )


class Vanished(AciError):
    """A container group that was there is not there any more, or without a *group* the resource group itself.

    *by_run* says that the run itself has deleted it.
    """

    def __init__(self, *, resource_group: str, group: str = "", by_run: bool = False) -> None:
        self.group = group
        self.resource_group = resource_group
        self.by_run = by_run
        why = (
            "This run has deleted it, since no test that is left asks for its fixture: "
            "ask for the fixture where the group is used, or set --aci-delete-early=no."
            if by_run
            else "Somebody deleted it, perhaps a test; a group that a test deletes needs fresh=True."
        )
        super().__init__(
            f"The container group {group!r} is not in resource group {resource_group!r} any more. {why}"
            if group
            else f"The resource group {resource_group!r}, which this run has used, is not there any more. "
            "Somebody deleted it, perhaps a test; nothing more can be created in this run."
        )


class FailedElsewhere(AciError):
    """Another process of the same run tried to create a shared group and failed."""

    def __init__(self, *, failure: str, is_lack_of_room: bool = False) -> None:
        self.failure = failure
        self.is_lack_of_room = is_lack_of_room
        super().__init__(f"{failure}\n(Told by the xdist worker that tried; it is not tried again in this run.)")


class RunEnded(AciError):
    """Something was to be created while the run was already deleting what it had created."""

    def __init__(self) -> None:
        super().__init__("Nothing was created: the run is ending, and everything that it created is being deleted.")

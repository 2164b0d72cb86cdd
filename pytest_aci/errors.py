from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class AciError(Exception):
    """The root of everything pytest-aci raises on its own account.

    A subclass takes facts, keeps them as attributes and builds its sentence from them:
    what happened, what is known, what to do next.
    """


class SettingsError(AciError):
    """An option, an environment variable or an ini value is not valid."""

    def __init__(
        self, *, option: str, value: str, valid: Sequence[str] = (), rule: str = "", nearest: str | None = None
    ) -> None:
        self.option = option
        self.value = value
        self.valid = tuple(valid)
        self.nearest = nearest
        what = f"valid are {', '.join(valid)}" if valid else rule
        hint = f" Did you mean {nearest}?" if nearest else ""
        super().__init__(f"{option}: {value!r} is not valid: {what}.{hint}")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with a spec: where, what stands there (never a secret), and the rule that it breaks."""

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field} = {self.value}: {self.rule}"


class SpecError(AciError):
    """What a test asks for can not exist in Azure: every complaint about the spec at once, before any request."""

    def __init__(self, *complaints: Complaint) -> None:
        self.complaints = complaints
        listed = "".join(f"\n  {complaint}" for complaint in complaints)
        things = "One thing is" if len(complaints) == 1 else f"{len(complaints)} things are"
        super().__init__(f"{things} wrong with this container group, so nothing was asked of Azure:{listed}")


class SpecWarning(UserWarning):
    """What a test asks for is allowed, and known to go wrong."""


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
    """Azure accepted a container group and then could not bring it up."""

    def __init__(
        self, *, group: str, state: str, code: str | None = None, message: str | None = None, evidence: Sequence[str] = ()
    ) -> None:
        self.group = group
        self.state = state
        self.code = code
        self.message = message
        self.evidence = tuple(evidence)
        said = f" Azure says {code}: {message}" if code else ""
        super().__init__(_with_evidence(f"The container group {group!r} could not be provisioned: {state}.{said}", evidence))


class NotReady(AciError):
    """A container group did not become what was awaited, in time or ever."""

    def __init__(
        self, *, group: str, awaited: str, seconds: float, last: str, never: str | None = None, evidence: Sequence[str] = ()
    ) -> None:
        self.group = group
        self.awaited = awaited
        self.seconds = seconds
        self.last = last
        self.never = never
        self.evidence = tuple(evidence)
        happened = (
            f"The container group {group!r} will not be ready: {never}."
            if never
            else f"The container group {group!r} was not ready after {seconds:.0f} s."
        )
        super().__init__(_with_evidence(f"{happened} Awaited: {awaited}. Last state: {last}.", evidence))


class Unowned(AciError):
    """A promise to delete could not be written down, so nothing was created."""

    def __init__(self, *, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"Nothing was created: ownership can not be recorded in {path}: {reason}. "
            "Free space there, or set XDG_STATE_HOME to a folder that can be written."
        )


class NoSuchContainer(AciError):
    """A handle was asked for a container that its group does not have."""

    def __init__(self, *, group: str, container: str, known: Sequence[str]) -> None:
        self.group = group
        self.container = container
        self.known = tuple(known)
        super().__init__(
            f"The container group {group!r} has no container {container!r}. It has: {', '.join(known)}."
        )


class NoAddress(AciError):
    """A container group has no IP address, so there is no URL to it."""

    def __init__(self, *, group: str, port: int, ports: Sequence[int]) -> None:
        self.group = group
        self.port = port
        self.ports = tuple(ports)
        known = f"It opens {', '.join(map(str, ports))}." if ports else "It opens no port."
        super().__init__(
            f"Port {port} of the container group {group!r} can not be reached from outside. {known} "
            f"ACI has no port mapping: give ports=[{port}] to the container that listens on it."
        )


class Policy(StrEnum):
    """What to do about a refusal of the control plane."""

    RETRY = "retry"
    """Send the same request again, bounded, after *retry_after* or a pause."""
    WAIT = "wait"
    """Look at the state until it has changed, then act."""
    REGION = "region"
    """Try the next region of the user's list, one after the other, under a new name."""
    RENAME = "rename"
    """Try again under a new name."""
    FIX = "fix"
    """Stop: the user has to change something, and the error says what."""
    QUARANTINE = "quarantine"
    """Stop touching it: write it down, tell it, and leave with a non-zero exit code."""
    GONE = "gone"
    """There is nothing left to do: what was asked for has happened or is happening."""
    STOP = "stop"
    """Nothing is known about this refusal: stop and show all of it."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a quota message says, in the quota's own unit (cores or groups)."""

    name: str
    region: str
    limit: int
    used: int
    requested: int


class ControlPlaneError(AciError):
    """Azure Resource Manager refused a request, failed at it, or could not be asked.

    *failure* names what is known about such a refusal. The same request is worth sending again *retries* times, after
    *retry_after* seconds (what Azure asked for) or *pause* seconds (its own habit); *policy* says how to go on then.
    """

    def __init__(
        self,
        *,
        doing: str,
        failure: str,
        message: str,
        cause: str,
        action: str,
        policy: Policy,
        code: str | None = None,
        status: int | None = None,
        correlation_id: str | None = None,
        retry_after: float | None = None,
        quota: Quota | None = None,
        retries: int = 0,
        pause: float = 0.0,
    ) -> None:
        self.doing = doing
        self.failure = failure
        self.message = message
        self.cause = cause
        self.action = action
        self.policy = policy
        self.code = code
        self.status = status
        self.correlation_id = correlation_id
        self.retry_after = retry_after
        self.quota = quota
        self.retries = retries
        self.pause = pause
        answer = f"{code or failure} (HTTP {status})" if status else code or failure
        speaker = "Azure said" if code or status else "Details"
        lines = [f"{speaker}: {message}"] if message else []
        lines += [f"Likely cause: {cause}"] if cause else []
        lines += [f"What to do: {action}"] if action else []
        lines += [f"Azure asks to wait {retry_after:g} s."] if retry_after else []
        lines += [f"Correlation id: {correlation_id}"] if correlation_id else []
        super().__init__(_with_evidence(f"Could not {doing}: {answer}.", lines))


class ReplyLost(ControlPlaneError):
    """A request was sent and its answer never came: whether it took effect has to be looked up."""


class BorrowedGroupMissing(AciError):
    """The resource group that a run was told to borrow does not exist."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(
            f"The resource group {name!r}, named by --aci-resource-group, does not exist. Nothing was created. "
            "Create it, correct the name, or leave the option out for a resource group of the run's own."
        )


class Vanished(AciError):
    """A container group that was there is not there any more."""

    def __init__(self, *, group: str, resource_group: str) -> None:
        self.group = group
        self.resource_group = resource_group
        super().__init__(
            f"The container group {group!r} is not in resource group {resource_group!r} any more. "
            "Somebody deleted it, perhaps a test; a group that a test deletes needs fresh=True."
        )


class FailedElsewhere(AciError):
    """Another process of the same run tried to create a shared group and failed."""

    def __init__(self, *, what: str, failure: str) -> None:
        self.what = what
        self.failure = failure
        super().__init__(f"{failure}\n(Told by the xdist worker that tried; it is not tried again in this run.)")


class EmulatorNotStarted(AciError):
    """The emulator that a run needs did not come up."""

    def __init__(self, *, said: str, exit_code: int | None) -> None:
        self.said = said
        self.exit_code = exit_code
        what = f"It said: {said}." if said else "It said nothing on its standard output; its errors are above."
        super().__init__(
            f"The emulator did not start (exit code {exit_code}). {what} "
            'It needs the extra: pip install "pytest-aci[emulator]". Try it alone with: pytest-aci emulator'
        )


def _with_evidence(sentence: str, evidence: Sequence[str]) -> str:
    return "\n".join([sentence, *(f"  {line}" for line in evidence)])

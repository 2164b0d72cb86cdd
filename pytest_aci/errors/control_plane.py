from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pytest_aci.errors.base import AciError, with_evidence


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
    *is_absence* is whether what was asked about is not there, *lacks_room* whether a region has none for a group.
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
        self.is_absence = failure in {"not-found", "no-such-resource-group"}
        self.lacks_room = policy is Policy.REGION or failure in {"quota", "quota-zero"}
        answer = f"{code or failure} (HTTP {status})" if status else code or failure
        speaker = "ARM said" if code or status else "Details"
        lines = [f"{speaker}: {message}"] if message else []
        lines += [f"Likely cause: {cause}"] if cause else []
        lines += [f"What to do: {action}"] if action else []
        lines += [f"ARM asks to wait {retry_after:g} s."] if retry_after else []
        lines += [f"Correlation id: {correlation_id}"] if correlation_id else []
        super().__init__(with_evidence(f"Could not {doing}: {answer}.", lines))


class ReplyLost(ControlPlaneError):
    """A request was sent and its answer never came: whether it took effect has to be looked up."""


class ExecFailed(AciError):
    """The output of a command run inside a container could not be read to its end.

    *connected* is whether the websocket was open before.
    """

    def __init__(self, *, host: str, reason: str, printed: str = "", connected: bool = False) -> None:
        self.host = host
        self.reason = reason
        self.printed = printed
        self.connected = connected
        advice = (
            "Check that the container runs, has this program, and that the program ends."
            if connected
            else "ACI streams it through a websocket on TCP port 19390: open that port."
        )
        super().__init__(
            with_evidence(
                f"The command's output could not be read from {host}: {reason}. {advice}",
                [f"it printed: {line}" for line in printed.splitlines()[-5:]],
            )
        )

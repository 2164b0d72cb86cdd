from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


RECORD_COMMAND = "pytest --aci-mode=record"
"""What records the cassettes of a whole suite."""


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
            lines = [f"Azure said {reason.code}: {reason.message}"]
            lines += [f"Likely cause: {reason.cause}"] if reason.cause else []
            lines += [f"What to do: {reason.action}"] if reason.action else []
        sentence = f"The container group {group!r} could not be provisioned: {state}."
        super().__init__(_with_evidence(sentence, [*lines, *evidence]))


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
        super().__init__(_with_evidence(f"{happened} Awaited: {awaited}. Last state: {last}.", [*hints, *evidence]))


class Unowned(AciError):
    """A promise to delete could not be written down, so nothing was created."""

    def __init__(self, *, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"Nothing was created: ownership can not be recorded in {path}: {reason}. "
            "Free space there, or set XDG_STATE_HOME to a folder that can be written."
        )


class Unguarded(AciError):
    """The watchdog does not watch, so nothing was created."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"Nothing was created: no watchdog would delete it if this run is killed: {reason}. "
            "Run again, or set --aci-watchdog=off to trust the expiry tag and `pytest-aci sweep` alone."
        )


class DeafWarning(UserWarning):
    """pytest runs in a thread, where Python sets no handlers for signals."""

    def __init__(self) -> None:
        super().__init__(
            "pytest-aci can not act on SIGTERM and SIGHUP outside of the main thread: after one of them, "
            "the watchdog deletes what this run has created."
        )


class NoSuchContainer(AciError):
    """A handle was asked for a container that its group does not have."""

    def __init__(self, *, group: str, container: str, known: Sequence[str]) -> None:
        self.group = group
        self.container = container
        self.known = tuple(known)
        super().__init__(f"The container group {group!r} has no container {container!r}. It has: {', '.join(known)}.")


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
        self.lacks_room = policy is Policy.REGION or failure in {"quota", "quota-zero"}
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


class NoRoom(AciError):
    """No region that was tried can take a container group: no capacity, or no quota. *tried* says why, by region."""

    def __init__(self, *, group: str, tried: Mapping[str, ControlPlaneError]) -> None:
        self.group = group
        self.tried = dict(tried)
        lines = [f"{region}: {one.code or one.failure}: {one.message}" for region, one in tried.items()]
        last = list(tried.values())[-1]
        lines += [f"Likely cause: {last.cause}", f"What to do: {last.action}"]
        lines += ["Other regions are tried with --aci-fallback-locations, and --aci-on-capacity=skip skips the tests."]
        super().__init__(_with_evidence(f"No region has room for the container group {group!r}:", lines))


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


class UnsafeEndpoint(AciError):
    """A token would travel where it may not: over plain HTTP, or to another host than ARM's."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{url} is not asked, and no token was sent to it: {reason}.")


class CloudNotFound(AciError):
    """An endpoint did not tell where its tokens come from, so it cannot be used as an Azure cloud."""

    def __init__(self, *, endpoint: str, reason: str) -> None:
        self.endpoint = endpoint
        self.reason = reason
        super().__init__(
            f"{endpoint} does not describe an Azure cloud: {reason}. "
            "Set --aci-endpoint to azure, usgov, china, emulator, or the resource manager's URL."
        )


class WrongCloud(AciError):
    """The auth file belongs to another cloud than the one that was asked for."""

    def __init__(self, *, asked: str, path: str, found: str) -> None:
        self.asked = asked
        self.path = path
        self.found = found
        super().__init__(
            f"--aci-endpoint asks for {asked}, but the auth file {path} belongs to {found}. "
            f"Use a credential of {asked}, or set --aci-endpoint to {found}."
        )


class AuthFileError(AciError):
    """The file named by AZURE_AUTH_LOCATION can not be used. Its values are never shown."""

    def __init__(self, *, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"AZURE_AUTH_LOCATION names {path}, which can not be used: {reason}. Make it anew with "
            "`az ad sp create-for-rbac --sdk-auth`, or unset AZURE_AUTH_LOCATION to use other credentials."
        )


class AuthFileWarning(UserWarning):
    """The auth file works, but holds its secret carelessly."""


class NoCredential(AciError):
    """No credential works. *tried* pairs each source with the reason why it gave none."""

    def __init__(self, *, endpoint: str, tried: Sequence[tuple[str, str]]) -> None:
        self.endpoint = endpoint
        self.tried = tuple(tried)
        super().__init__(
            _with_evidence(
                f"No credential for {endpoint}. Sign in with `az login`, or set AZURE_AUTH_LOCATION or "
                "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. Tried:",
                [f"{source}: {reason}" for source, reason in tried],
            )
        )


class NoSubscription(AciError):
    """It is not clear which subscription to use. *visible* pairs names with masked ids."""

    def __init__(self, *, endpoint: str, visible: Sequence[tuple[str, str]], asked: str | None = None) -> None:
        self.endpoint = endpoint
        self.visible = tuple(visible)
        self.asked = asked
        if asked:
            happened = f"The subscription {asked} can not be seen at {endpoint}"
        elif visible:
            happened = f"More than one subscription can be seen at {endpoint}"
        else:
            happened = f"No subscription can be seen at {endpoint}"
        super().__init__(
            _with_evidence(
                f"{happened}. Set --aci-subscription or AZURE_SUBSCRIPTION_ID. Visible:"
                if visible
                else f"{happened}. Give the credential a role in one, such as Contributor.",
                [f"{name} ({masked})" for name, masked in visible],
            )
        )


class ExecFailed(AciError):
    """The output of a command run inside a container could not be read to its end."""

    def __init__(self, *, host: str, reason: str, printed: str = "") -> None:
        self.host = host
        self.reason = reason
        self.printed = printed
        super().__init__(
            _with_evidence(
                f"The command's output could not be read from {host}: {reason}. ACI streams it through a websocket on "
                "TCP port 19390: open that port, and check that the container runs and that the command ends.",
                [f"it printed: {line}" for line in printed.splitlines()[-5:]],
            )
        )


class RunEnded(AciError):
    """Something was to be created while the run was already deleting what it had created."""

    def __init__(self) -> None:
        super().__init__("Nothing was created: the run is ending, and everything that it created is being deleted.")


class TwinSpecs(AciError):
    """Two shared groups of one name differ, most likely only in a secret, which can not be part of a name."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(
            f"Two tests ask for a shared group {name!r} whose specs differ only in what names do not show, such as a "
            "secret. Give one of them fresh=True, or declare both with container_group under two names."
        )


class ReplayFailed(AciError):
    """What has just been recorded does not replay, so it was not kept."""

    def __init__(self, *, exit_code: int, output: Sequence[str]) -> None:
        self.exit_code = exit_code
        self.output = tuple(output)
        super().__init__(
            _with_evidence(
                f"Nothing was kept: the tests that were recorded do not pass in replay (exit code {exit_code}), so the "
                "old cassettes stand as they were. A test that depends on time, chance or a name of its own making can "
                "not be replayed; live_only=True says so. The replay said:",
                output,
            )
        )


def _with_evidence(sentence: str, evidence: Sequence[str]) -> str:
    return "\n".join([sentence, *(f"  {line}" for line in evidence)])


class CassetteError(AciError):
    """A cassette can not be used, or not be written. `path` says which one."""

    def __init__(self, sentence: str, *, path: Path) -> None:
        self.path = path
        super().__init__(sentence)


class CassetteMissingError(CassetteError):
    """Nothing was ever recorded for this owner: `nearest` is a cassette of a similar spec, and how it differs."""

    def __init__(
        self,
        *,
        owner: str,
        path: Path,
        command: str = RECORD_COMMAND,
        nearest: Path | None = None,
        differences: Sequence[str] = (),
    ) -> None:
        self.owner = owner
        self.command = command
        self.nearest = nearest
        self.differences = tuple(differences)
        similar = f"\n  nearest: {nearest}, which differs in{_listed(differences, 3)}" if nearest else ""
        super().__init__(f"no cassette for {owner}: {path}; record it with: {command}{similar}", path=path)


class CassetteDamagedError(CassetteError):
    """A cassette is not whole: why, and where (offset in bytes or characters, line) if there is a place."""

    def __init__(self, *, path: Path, reason: str, offset: int | None = None, line: int | None = None) -> None:
        self.reason = reason
        self.offset = offset
        self.line = line
        place = "" if offset is None else f", offset {offset}" if line is None else f", line {line}, offset {offset}"
        super().__init__(
            f"The cassette {path} can not be played{place}: {reason}. "
            f"Take it from version control again, or record it with: {RECORD_COMMAND}",
            path=path,
        )


class CassetteForeignError(CassetteError):
    """A file stands where a cassette should be and was not written by this release."""

    def __init__(self, *, path: Path, looks_like: str = "", version: object = None, reads: int = 1) -> None:
        self.looks_like = looks_like
        self.version = version
        if version is None:
            sentence = (
                f"{path} is not a pytest-aci cassette; it looks like {looks_like}. "
                f"Convert cassettes of vcrpy with: pytest-aci convert {path}"
            )
        else:
            sentence = (
                f"The cassette {path} has format {version!r}, and this release reads format {reads}. "
                f"Use the release that wrote it, or record it with: {RECORD_COMMAND}"
            )
        super().__init__(sentence, path=path)


class CassetteStaleError(CassetteError):
    """The spec has changed since the cassette was recorded: how, first differences first."""

    def __init__(self, *, owner: str, path: Path, differences: Sequence[str], command: str = RECORD_COMMAND) -> None:
        self.owner = owner
        self.differences = tuple(differences)
        self.command = command
        super().__init__(
            f"What {owner} asks for has changed since {path} was recorded:{_listed(differences, 5)}\n"
            f"Record it again with: {command}",
            path=path,
        )


class CassetteUnmatchedError(CassetteError):
    """A cassette holds no answer to a request (now): what was asked, why not, and what was recorded, nearest first."""

    def __init__(
        self, *, path: Path, asked: str, reason: str, recorded: Sequence[str] = (), command: str = RECORD_COMMAND
    ) -> None:
        self.asked = asked
        self.reason = reason
        self.recorded = tuple(recorded)
        self.command = command
        listed = f"\n  recorded, nearest first:{_listed(recorded, 5)}" if recorded else "\n  nothing was recorded"
        super().__init__(
            f"no answer in {path}\n  asked: {asked}\n  {reason}{listed}\n  record it again with: {command}", path=path
        )


class CassetteUnwritableError(CassetteError):
    """A cassette can not be written where it belongs. Nothing of an older one was changed."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The cassette {path} can not be written: {reason}.", path=path)


class SecretInCassetteError(CassetteError):
    """A cassette would have held a secret, so it was not written. `places` say which field, never the value."""

    def __init__(self, *, path: Path, places: Sequence[str]) -> None:
        self.places = tuple(places)
        super().__init__(
            f"The cassette {path} was not written, because it would hold a secret:{_listed(places, 10)}\n"
            "Keep the value out of what is asked and answered, give it as a Secret, or name its field in "
            "aci_redact_json, aci_redact_query or aci_redact_headers.",
            path=path,
        )


class CassetteIncompleteError(CassetteError):
    """A cassette would have lacked something that the test did, so it was not written."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The cassette {path} was not written, because it would not be whole. {reason}", path=path)


class CassetteClashError(CassetteError):
    """Two workers of one run recorded different conversations for the same owner."""

    def __init__(self, *, path: Path) -> None:
        super().__init__(
            f"Two workers recorded the cassette {path} in different ways, and only one of them can be kept. "
            "Record what they share in one process: pytest --aci-mode=record -n 0",
            path=path,
        )


class CassetteAgedError(CassetteError):
    """A cassette is older than the limit that the project set. `days` is its age."""

    def __init__(self, *, path: Path, days: int, limit: int, command: str = RECORD_COMMAND) -> None:
        self.days = days
        self.limit = limit
        super().__init__(
            f"The cassette {path} was recorded {days} days ago, and {limit} are allowed. "
            f"Record it again with: {command}",
            path=path,
        )


class CassetteAgeWarning(UserWarning):
    """A cassette is older than the limit that the project set."""


class UnseenConnectionError(AciError):
    """A connection was about to be opened that no cassette can hold: refused, with the reason."""

    def __init__(self, *, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"No connection to {address} was opened: {reason}")


class NothingRecordedError(CassetteError):
    """A run was to record, and nothing was asked that could have been."""

    def __init__(self, *, path: Path) -> None:
        super().__init__(
            f"Nothing was recorded, so the cassettes in {path} are what they were. "
            "Only tests that use a fixture of pytest-aci are recorded: are any of them selected?",
            path=path,
        )


class NoTapeError(AciError):
    """A request was made in replay while no test or fixture was running that could have recorded it."""

    def __init__(self, *, asked: str) -> None:
        self.asked = asked
        super().__init__(
            f"{asked} was asked while no test and no fixture was running, so no cassette can answer it, and replay "
            "opens no connection. Move it into a fixture or a test, and record it with: " + RECORD_COMMAND
        )


def _listed(lines: Sequence[str], most: int) -> str:
    """The first lines, each on its own, and how many more there are."""
    more = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "".join(f"\n    {line}" for line in [*lines[:most], *more])

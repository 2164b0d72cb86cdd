from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.errors.base import AciError, listed, with_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


RECORD_COMMAND = "pytest --aci-mode=record"
"""What records the cassettes of a whole suite."""

AT_EMULATOR = "--aci-endpoint=emulator"
"""What has to be added to record at the emulator."""


class ReplayFailed(AciError):
    """What has just been recorded does not replay, so it was not kept: `differences` says of which tests.

    `seconds` is after which time the replay was stopped, if it was: there is no `exit_code` then.
    """

    def __init__(
        self,
        *,
        exit_code: int | None,
        output: Sequence[str],
        differences: Sequence[str] = (),
        seconds: float | None = None,
    ) -> None:
        self.exit_code = exit_code
        self.output = tuple(output)
        self.differences = tuple(differences)
        self.seconds = seconds
        happened = (
            f"what was recorded does not end in the same way in replay (exit code {exit_code})"
            if seconds is None
            else f"the replay of what was recorded had not ended after {seconds:.0f} s and was stopped"
        )
        told = f":{listed(differences, 10)}\n" if differences else ". "
        super().__init__(
            with_evidence(
                f"Nothing was kept: {happened}, so the old cassettes stand as they were{told}"
                "A test that depends on time, chance or a name of its own making can not be replayed; "
                "@pytest.mark.aci(live_only=True) says so. The replay has no variables AZURE_*, ARM_* or PYTEST_*, and "
                "no options of the command line but ours and those that conftests add. It said:",
                output,
            )
        )


class CassetteError(AciError):
    """A cassette can not be used, or not be written. `path` says which one."""

    def __init__(self, sentence: str, *, path: Path) -> None:
        self.path = path
        super().__init__(sentence)


class CassetteMissing(CassetteError):
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
        similar = f"\n  nearest: {nearest}, which differs in{listed(differences, 3)}" if nearest else ""
        super().__init__(
            f"no cassette for {owner}: {path}; record it with: {command} (at Azure; or add {AT_EMULATOR}){similar}",
            path=path,
        )


class CassetteDamaged(CassetteError):
    """A cassette is not whole: why, and where (offset in bytes or characters, line) if there is a place."""

    def __init__(
        self,
        *,
        path: Path,
        reason: str,
        offset: int | None = None,
        line: int | None = None,
        command: str = RECORD_COMMAND,
    ) -> None:
        self.reason = reason
        self.offset = offset
        self.line = line
        place = "" if offset is None else f", offset {offset}" if line is None else f", line {line}, offset {offset}"
        super().__init__(
            f"The cassette {path} can not be played{place}: {reason}. "
            f"Take it from version control again, or record it with: {command}",
            path=path,
        )


class CassetteForeign(CassetteError):
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


class CassetteStale(CassetteError):
    """The spec has changed since the cassette was recorded: how, first differences first."""

    def __init__(self, *, owner: str, path: Path, differences: Sequence[str], command: str = RECORD_COMMAND) -> None:
        self.owner = owner
        self.differences = tuple(differences)
        self.command = command
        super().__init__(
            f"What {owner} asks for has changed since {path} was recorded:{listed(differences, 5)}\n"
            f"Record it again with: {command}",
            path=path,
        )


class CassetteUnmatched(CassetteError):
    """A cassette holds no answer to a request (now): what was asked, why not, and what was recorded, nearest first."""

    def __init__(
        self, *, path: Path, asked: str, reason: str, recorded: Sequence[str] = (), command: str = RECORD_COMMAND
    ) -> None:
        self.asked = asked
        self.reason = reason
        self.recorded = tuple(recorded)
        self.command = command
        nearest = f"\n  recorded, nearest first:{listed(recorded, 5)}" if recorded else "\n  nothing was recorded"
        super().__init__(
            f"no answer in {path}\n  asked: {asked}\n  {reason}{nearest}\n  record it again with: {command}", path=path
        )


class CassetteUnwritable(CassetteError):
    """A cassette can not be written where it belongs. Older ones are what they were, unless `reason` says otherwise."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The cassette {path} can not be written: {reason}.", path=path)


class SecretInCassette(CassetteError):
    """A cassette would have held a secret, so it was not written. `places` say which field, never the value."""

    def __init__(self, *, path: Path, places: Sequence[str]) -> None:
        self.places = tuple(places)
        super().__init__(
            f"The cassette {path} was not written, because it would hold a secret:{listed(places, 10)}\n"
            "Keep the value out of what is asked and answered, give it as a Secret, or name its field in aci_redact: "
            "header:NAME, query:KEY or json:PATH.",
            path=path,
        )


class CassetteIncomplete(CassetteError):
    """A cassette would have lacked something that the test did, so it was not written."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The cassette {path} was not written, because it would not be whole. {reason}", path=path)


class CassetteAged(CassetteError):
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


class CassetteBodyWarning(UserWarning):
    """A request was answered as recorded although its body is another one: perhaps the answer would be, too."""

    def __init__(self, *, path: Path, asked: str, differences: Sequence[str], command: str = RECORD_COMMAND) -> None:
        self.path = path
        self.asked = asked
        self.differences = tuple(differences)
        super().__init__(
            f"{asked} was sent with another body than when {path} was recorded, and answered as it was then:"
            f"{listed(differences, 5)}\nIf this is no matter of chance, record it again with: {command}"
        )


class UnseenConnection(AciError):
    """A connection was about to be opened that no cassette can hold: refused, with the reason."""

    def __init__(self, *, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"No connection to {address} was opened: {reason}")


class NothingRecorded(CassetteError):
    """A run was to record, and nothing was asked that could have been."""

    def __init__(self, *, path: Path) -> None:
        super().__init__(
            f"Nothing was recorded, so the cassettes in {path} are what they were. "
            "Only tests that use a fixture of pytest-aci are recorded: are any of them selected?",
            path=path,
        )


class Unmarked(AciError):
    """A test got a container group by name only, and so it has no cassette. `test` is its id."""

    def __init__(self, *, test: str, fixture: str) -> None:
        self.test = test
        self.fixture = fixture
        super().__init__(
            f"{test} has no cassette, because it asks for {fixture} by name while it runs. "
            f"Take {fixture} as an argument, or mark the test with @pytest.mark.aci."
        )


class NoTape(AciError):
    """A request was made in replay while no test or fixture was running that could have recorded it."""

    def __init__(self, *, asked: str) -> None:
        self.asked = asked
        super().__init__(
            f"{asked} was asked while no test and no fixture was running, so no cassette can answer it, and replay "
            "opens no connection. Move it into a fixture or a test, and record it with: " + RECORD_COMMAND
        )

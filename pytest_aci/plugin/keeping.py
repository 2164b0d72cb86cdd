from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from pytest_aci.plugin.distributed import is_worker
from pytest_aci.plugin.options import SETTINGS
from pytest_aci.plugin.outcomes import OUTCOMES_FILE, Outcomes, Telling
from pytest_aci.plugin.passing import given, passed_on
from pytest_aci.plugin.wiring import conclude_with
from pytest_aci.settings import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_aci.recording.deck import Deck

REPLAY_SECONDS = 900.0
TIMES_THE_RECORDING = 2
SHOWN_LINES = 40
# How a run can end that was not cut short: a failed test that uses no containers is no matter of cassettes.
ENDED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
# What could sign in to Azure, choose another mode, or make this run a part of another one.
FORBIDDEN = ("ARM_", "AZURE_", "IDENTITY_", "MSI_", "PYTEST_")
# Those options that replay has to be given again, because they decide what is asked, or how it is written down.
NEEDED_AGAIN = frozenset(
    {"location", "fallback_locations", "resource_group", "tags", "redact", "keep_headers", "allowed_hosts"}
    | {"single_image", "sidecar_image", "task_image"}
)
# Which plugins are loaded is the same in both runs.
ALLOWED = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_PLUGINS")


def pytest_configure(config: pytest.Config) -> None:
    """Let a recording run keep what it records only if it replays, and the replay tell what became of it."""
    if config.stash[SETTINGS].mode is Mode.RECORD:
        conclude_with(config, Keeping())
    if (path := os.environ.get(OUTCOMES_FILE)) and not is_worker(config):
        config.pluginmanager.register(Telling(path))


class Keeping(Outcomes):
    """What a recording run does at its end: replays what it recorded, and only then lets it replace the old cassettes.

    Registered in record mode only. *lines* is what became of the cassettes, for the summary.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._clock = clock
        self._begun = clock()
        self._unrecorded: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what became of the cassettes."""
        if self.lines:
            terminalreporter.section("cassettes")
            for line in [*self.lines, *self._unrecorded]:
                terminalreporter.line(line)

    def conclude(self, session: pytest.Session, deck: Deck) -> bool:
        """Write what was recorded, and keep it or throw it away; whether it was kept."""
        from pytest_aci.errors import AciError  # noqa: PLC0415 # few runs record
        from pytest_aci.recording.hiding import hidden  # noqa: PLC0415 # see above
        from pytest_aci.recording.owners import owner_of_test  # noqa: PLC0415 # see above
        from pytest_aci.recording.promotion import discard, promote  # noqa: PLC0415 # see above
        from pytest_aci.reporting.figures import count  # noqa: PLC0415 # see above

        deck.close()
        if deck.homeless:
            self._unrecorded = ["asked while no test with containers was running, and not recorded:"]
            self._unrecorded += [f"    {asked}" for asked in dict.fromkeys(deck.homeless)]
        staging = deck.shelf.target
        try:
            reason = self._against(session, deck)
            if reason:
                self.lines = [*(str(error) for error in deck.refused), f"nothing was kept: {reason}"]
                return False
            _replay(session.config, staging, self.words, most_seconds(self._clock() - self._begun))
            skipped = deck.skipped.union(map(owner_of_test, self.skipped))
            kept = promote(staging, deck.directory, set(deck.owners) - skipped)
        except AciError as problem:
            self.lines = [hidden(str(problem), deck.secrets().values())]  # it may quote what the replay said
            return False
        finally:
            discard(staging)
        changed, same, removed = len(kept.replaced), len(kept.unchanged), len(kept.removed)
        self.lines = [f"recorded and replayed {count(len(self.words), 'test')}"]
        self.lines += [f"cassettes: {changed} new or changed, {same} as they were, {removed} not needed any more"]
        again = [f"{option.ini} = {text}" for option, text in given(session.config) if option.name in NEEDED_AGAIN]
        if again:
            self.lines += ["plain `pytest` replays them only with what this run was given; put it into pytest.ini:"]
            self.lines += [f"    {line}" for line in again]
        return True

    def _against(self, session: pytest.Session, deck: Deck) -> str | None:
        """Return why what was recorded must not replace what was there."""
        from pytest_aci.reporting.figures import count  # noqa: PLC0415 # few runs record

        if deck.refused:
            return f"{count(len(deck.refused), 'cassette')} refused; the old ones stand as they were"
        if failed := list(self.words.values()).count("failed"):
            return f"{count(failed, 'test')} failed while being recorded; the old cassettes stand as they were"
        if session.exitstatus not in ENDED or session.shouldfail or session.shouldstop:
            return "the run was cut short; the old cassettes stand as they were"
        return None


def most_seconds(recorded: float) -> float:
    """Return how long the replay of a recording may take that took *recorded* seconds: tests sleep there, too."""
    return max(REPLAY_SECONDS, TIMES_THE_RECORDING * recorded)


def _replay(config: pytest.Config, cassettes: Path, recorded: Mapping[str, str], seconds: float) -> None:
    """Replay tests from a folder of cassettes in a process that has neither credentials nor a network.

    *recorded* is what became of each while it was recorded.

    Raises:
        ReplayFailed: The same does not become of them within *seconds*.
    """
    if not recorded:
        return
    from pytest_aci.errors import ReplayFailed  # noqa: PLC0415 # few runs record

    command = [
        sys.executable,
        "-m",
        "pytest",
        *passed_on(config),
        "--aci-mode=replay",
        f"--aci-cassettes={cassettes}",
    ]
    arguments, outcomes = cassettes.with_suffix(".tests"), cassettes.with_suffix(".outcomes")
    tests = (os.path.join(config.rootpath, test) for test in recorded)  # noqa: PTH118 # a Path would tidy up their ids
    arguments.write_text("\n".join(tests), encoding="utf-8")
    replayed: dict[str, str] = {}
    try:
        result = subprocess.run(  # noqa: S603 # our own interpreter, no shell
            [*command, f"@{arguments}"],
            cwd=config.invocation_params.dir,
            env=replaying_environment(os.environ) | {OUTCOMES_FILE: str(outcomes)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
        with suppress(FileNotFoundError):  # it did not come to its end
            replayed = json.loads(outcomes.read_text(encoding="utf-8"))
    except subprocess.TimeoutExpired as late:
        raise ReplayFailed(exit_code=None, output=_last_lines(late.stdout or b""), seconds=seconds) from None
    finally:
        arguments.unlink()
        outcomes.unlink(missing_ok=True)
    others = [
        f"{test}: {word} while being recorded, {replayed.get(test, 'not run')} in replay"
        for test, word in recorded.items()
        if replayed.get(test) != word
    ]
    if others or result.returncode != pytest.ExitCode.OK:
        raise ReplayFailed(exit_code=result.returncode, output=_last_lines(result.stdout), differences=others)


def _last_lines(said: bytes) -> list[str]:
    return said.decode(errors="replace").splitlines()[-SHOWN_LINES:]


def replaying_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without anything that could sign in, in which the same modules can be imported."""
    kept = {
        name: value for name, value in environment.items() if name in ALLOWED or not name.upper().startswith(FORBIDDEN)
    }
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

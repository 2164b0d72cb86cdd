from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from pytest_aci.errors import EmulatorNotStarted

if TYPE_CHECKING:
    from collections.abc import Mapping

START_SECONDS = 60.0
STOP_SECONDS = 30
END_SECONDS = 5.0
MOST_BYTES = 4000
_PREFIX = re.compile(r"^[\d-]+ [\d:,]+ [\w.]+ ")


@dataclass
class EmulatedCloud:
    """The emulator as a process of its own, which ends with this one.

    *facts* are those of its ready line: `url`, `https_url`, `ca_bundle`, `subscription_id`, `tenant_id`. What it
    complained of is in *notices* once it is stopped.
    """

    process: subprocess.Popen[str]
    facts: Mapping[str, str]
    log: BinaryIO
    notices: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, runtime: str = "auto") -> EmulatedCloud:
        """Start an emulator on a free port of the loopback interface and wait until it is ready.

        Raises:
            EmulatorNotStarted: It ended, or said something else than that it is ready, or nothing for a minute.
        """
        command = [
            sys.executable,
            "-m",
            "pytest_aci.emulator",
            "--port",
            "0",
            "--runtime",
            runtime,
            "--exit-with-parent",
        ]
        # Its standard error would stand in the middle of pytest's own lines.
        log = TemporaryFile()  # noqa: SIM115 # it lives as long as the process
        # A session of its own, so that Ctrl-C in a terminal does not end it before everything in it is deleted.
        process = subprocess.Popen(  # noqa: S603 # our own module, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
        assert process.stdout is not None
        given_up = []

        def give_up() -> None:
            given_up.append(START_SECONDS)
            process.kill()

        watch = threading.Timer(START_SECONDS, give_up)
        watch.start()
        try:
            line = process.stdout.readline()
        finally:
            watch.cancel()
        try:
            return cls(process, json.loads(line), log)
        except ValueError:
            with suppress(subprocess.TimeoutExpired):  # it is about to end, and its exit code tells more than ours
                process.wait(END_SECONDS)
            process.kill()
            process.communicate()
            code = None if given_up else process.returncode
            with log:
                said = "\n".join(filter(None, [line.strip(), *_lines(log)]))
            raise EmulatorNotStarted(said=said, exit_code=code, waited=sum(given_up)) from None

    @property
    def url(self) -> str:
        """The URL of its ARM, over plain http on loopback."""
        return self.facts["url"]

    def stop(self) -> None:
        """End it, and wait until everything that ran in it is gone."""
        self.process.terminate()
        try:
            self.process.communicate(timeout=STOP_SECONDS)  # closes the pipes as well
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        if not self.log.closed:
            with self.log:
                self.notices = _lines(self.log)


def _lines(log: BinaryIO) -> list[str]:
    """Return what was logged, each line once, without the times and names before it."""
    log.seek(0)
    text = log.read(MOST_BYTES).decode(errors="replace")
    return list(dict.fromkeys(_PREFIX.sub("", line) for line in text.splitlines()))

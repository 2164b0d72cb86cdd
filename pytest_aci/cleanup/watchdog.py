from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
import weakref
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pytest_aci.cleanup import sentinel
from pytest_aci.errors import Unguarded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_aci.cleanup.ledger import Claim
    from pytest_aci.cleanup.process import Process

ACKNOWLEDGEMENT_SECONDS = 15.0
MARGIN_SECONDS = 600.0
# What the small process is started with. GitHub's runner kills what carries its tracking id when a job ends, and it
# is kept: a process that outlives a job has to be wanted.
ENVIRONMENT = re.compile(r"(PYTHON)?PATH|HOME|LANG|LC_\w+|TMPDIR|TZ|SYSTEMROOT|RUNNER_TRACKING_ID", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Estate:
    """What whoever deletes after a dead run needs to know. It goes through a pipe, since some of it is secret.

    *endpoint* is a cloud's name or a URL, *environment* the run's own, *token* a bearer token with its expiry.
    """

    folder: str
    run_id: str
    endpoint: str
    subscription: str
    environment: Mapping[str, str] = field(repr=False)
    token: tuple[str, int] | None = field(default=None, repr=False)


class Watchdog:
    """A small process that outlives this one, and deletes what a run has claimed if its *owner* dies.

    It is started at the first claim. *estate* is asked again at each claim, because a token does not live long.
    *lifetime* (in seconds) is that of what is created: some minutes later, the watchdog ends by itself, and the next
    claim starts another one.
    """

    def __init__(self, owner: Process, estate: Callable[[], Estate], *, lifetime: float) -> None:
        self._owner = owner
        self._estate = estate
        self._lifetime = lifetime
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._told: Estate | None = None
        self._heard = b""

    def witness(self, claim: Claim) -> None:
        """Tell of a claim, and return when the watchdog has acknowledged it.

        Raises:
            Unguarded: It can not be started, is dead, or says that the owner is. Nothing may be created then.
        """
        with self._lock:
            if self._process and self._process.poll() == 0:  # nothing was claimed for longer than a group may live
                self._close()
                self._process, self._told, self._heard = None, None, b""
            process = self._process = self._process or self._start()
            message: dict[str, Any] = {"claim": claim.name}
            estate = self._estate()
            if estate != self._told:
                message["will"] = self._will(estate)
                self._told = estate
            try:
                self._tell(process, message)
                answer = self._hear(process, claim.name)
            except (OSError, ValueError) as problem:
                raise Unguarded(reason=f"it has died: {problem}") from None
            if not answer:
                raise Unguarded(reason="it does not answer")
            if not answer.get("is_in_charge"):
                raise Unguarded(reason="it says that the process which has to delete is dead")

    def dismiss(self) -> None:
        """Let it end: everything is deleted."""
        with self._lock:
            if self._process is None or not self._process.stdin or self._process.stdin.closed:
                return
            with suppress(OSError):  # it ended before
                self._tell(self._process, {"dismissed": True})
            self._close()
            with suppress(subprocess.TimeoutExpired):  # a busy machine; it ends by itself
                self._process.wait(ACKNOWLEDGEMENT_SECONDS)

    def forget(self) -> None:
        """Close this process's end of the pipe, as a forked child has to: it would keep the watchdog from noticing."""
        self._close()

    @property
    def pid(self) -> int | None:
        """The number of its process, or None before the first claim."""
        return self._process.pid if self._process else None

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", sentinel.__file__]
        # By name: what pytest sets for each test may go away while it is read.
        environment = {key: os.environ[key] for key in list(os.environ) if ENVIRONMENT.fullmatch(key)}
        try:
            # A session of its own, so that neither Ctrl-C nor the end of a terminal reaches it.
            process = subprocess.Popen(  # noqa: S603 # our own module, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment,
                start_new_session=True,
            )
        except OSError as problem:
            raise Unguarded(reason=f"it could not be started: {problem.strerror or problem}") from None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=partial(_forget, weakref.ref(self)))
        return process

    def _will(self, estate: Estate) -> dict[str, Any]:
        return {
            "owner": self._owner.to_text(),
            "folder": estate.folder,
            "seconds": self._lifetime + MARGIN_SECONDS,
            "heir": [sys.executable, "-P", "-m", "pytest_aci.cleanup.heir"],
            "estate": {**asdict(estate), "path": [str(Path(entry).absolute()) for entry in sys.path if entry]},
        }

    def _tell(self, process: subprocess.Popen[bytes], message: Mapping[str, Any]) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()

    def _hear(self, process: subprocess.Popen[bytes], claim: str) -> dict[str, Any]:
        """Return what it says of a claim, past late answers to earlier ones; nothing if that does not come in time."""
        assert process.stdout is not None
        deadline = time.monotonic() + ACKNOWLEDGEMENT_SECONDS
        while True:
            while b"\n" in self._heard:
                line, _, self._heard = self._heard.partition(b"\n")
                answer: dict[str, Any] = json.loads(line)
                if answer.get("claim") == claim:
                    return answer
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                return {}
            data = os.read(process.stdout.fileno(), 4096)
            if not data:
                raise OSError("it closed its end of the pipe")
            self._heard += data

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout) if self._process else ():
            if pipe and not pipe.closed:
                with suppress(OSError):  # what was still to be written has no reader
                    pipe.close()


def _forget(watchdog: weakref.ref[Watchdog]) -> None:
    this = watchdog()
    if this is not None:
        this.forget()

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, TypedDict

import pytest
from hypothesis import settings

from pytest_aci.spec import secret

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["pytester"]

# A busy machine is no failure: no example has to be quick.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


# A shell's background job ignores SIGINT, and so would every run that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What nohup has run ignores SIGHUP. A handler that does nothing is as good here, and is not inherited.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

# Hundreds of tests start a Python of their own, and without bytecode each of those would compile everything again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


class ReadyLine(TypedDict):
    """What the emulator says when it is ready: addresses, its one subscription, ways in, what opens `/_emulator`."""

    url: str
    https_url: str
    ca_bundle: str
    auth_file: str
    subscription_id: str
    tenant_id: str
    token: str


@pytest.fixture(autouse=True)
def _no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test calls secret, which may be any word if Hypothesis chose it, is an ordinary word for the next one."""
    monkeypatch.setattr(secret, "_DECLARED", dict(secret._DECLARED))


@pytest.fixture(scope="session")
def emulator() -> Iterator[ReadyLine]:
    """An emulator with the process runtime, as a process of its own; one for the whole test run."""
    command = [sys.executable, "-m", "pytest_aci.emulator", "--port", "0", "--runtime", "process", "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready: ReadyLine = json.loads(process.stdout.readline())
        yield ready
        process.stdin.close()
        assert process.wait(30) == 0

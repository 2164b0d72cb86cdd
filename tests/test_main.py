from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from pytest_aci.__main__ import main
from pytest_aci.arm.connection import Connection
from pytest_aci.arm.sdk import SdkControlPlane
from pytest_aci.cleanup.ownership import Identity, proof_tags

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ReadyLine

SECONDS = 60


def unread(*arguments: str, folder: Path) -> tuple[int, str]:
    """The exit code, and what is said on standard error, of a command whose output nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pytest_aci", *arguments],
            cwd=folder,
            env=os.environ | {"XDG_STATE_HOME": str(folder)},
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return done.returncode, done.stderr


def test_what_nobody_reads_is_no_error(tmp_path: Path) -> None:
    """As behind `| head`: the command ends as it would have, without a traceback."""
    (tmp_path / "cassettes").mkdir()
    assert unread("audit", folder=tmp_path) == (0, "")
    assert unread("sweep", "--help", folder=tmp_path) == (0, "")


def test_sweep_deletes_though_nobody_reads_its_plan(emulator: ReadyLine, tmp_path: Path) -> None:
    """The reader of its output may go away at any time, and it goes on with what it was told to do."""
    identity = Identity.new()
    began = datetime.now(UTC) - timedelta(hours=3)
    arm = SdkControlPlane(Connection.discover(emulator["url"], environment={}))
    tags = proof_tags(identity, now=began, lifetime=3600, extra=())
    arm.put_resource_group(identity.resource_group, "westeurope", tags)
    assert unread("sweep", "--yes", f"--endpoint={emulator['url']}", folder=tmp_path) == (0, "")
    assert arm.get_resource_group(identity.resource_group) is None
    arm.close()


def test_an_interrupt_is_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C ends a command with a line, and with the exit code that shells know."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "pytest_aci", "doctor", f"--endpoint={url}"]
        with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
            asked = silent.accept()[0]
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=SECONDS)[1]
            asked.close()
    assert (process.returncode, said) == (130, "pytest-aci doctor: interrupted\n")


@pytest.mark.parametrize("command", [["sweep"], ["doctor"]])
def test_a_wrong_value_is_a_wrong_call(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It says what is valid, and what was meant, and asks nobody."""
    assert main([*command, "--endpoint=azur"]) == 2
    said = capsys.readouterr().err
    assert said == (
        f"pytest-aci {command[0]}: --endpoint: 'azur' is not valid: valid are azure, usgov, china, emulator, "
        "or a URL such as http://127.0.0.1:8080. Did you mean azure?\n"
    )


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """That of the installed package."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"pytest-aci {version('pytest-aci')}\n")


def test_a_role_without_a_subscription_is_not_complete(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zeros in it are told, beside the file that standard output goes to."""
    monkeypatch.delenv("PYTEST_ACI_SUBSCRIPTION", raising=False)
    assert main(["permissions", "--cassettes", str(tmp_path)]) == 0
    assert "without --subscription, AssignableScopes has zeros" in capsys.readouterr().err
    assert main(["permissions", "--cassettes", str(tmp_path), "--subscription", "s"]) == 0
    assert not capsys.readouterr().err

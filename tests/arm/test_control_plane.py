from __future__ import annotations

import subprocess
import sys

from pytest_aci.arm.control_plane import ExecSession


def test_password_of_an_exec_is_not_shown() -> None:
    """An exec's session can be printed without showing what opens it."""
    assert "opens-it" not in repr(ExecSession("wss://x", "opens-it"))


def test_values_and_failures_load_without_the_sdk() -> None:
    """What provisioning and cleaning up need of this folder costs no import of azure."""
    code = (
        "import sys; from pytest_aci.arm import clouds, control_plane, failures, states;"
        "print([name for name in ('azure', 'vcr', 'requests', 'msrestazure') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

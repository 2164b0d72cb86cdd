"""A user's suite against an emulator in the test's own process, whose faults and requests the test has at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.emulator.running import Running

MODULE = """
from pytest_aci import container_group, single

web = container_group(single("example.azurecr.io/web:1"))
other = container_group(single("example.azurecr.io/other:1"))


def test_web(web):
    assert web.state == "Running"


def test_other(other):
    pass
"""


def run(
    running: Running, folder: Path, *arguments: str, conftest: str = "", module: str = MODULE
) -> subprocess.CompletedProcess[str]:
    """Run a suite live against the emulator."""
    suite.write(folder, {"conftest.py": conftest, "test_it.py": module, "pytest.ini": "[pytest]\n"})
    endpoint = f"--aci-endpoint={running.server.url}"
    return suite.pytest_in(folder, "--aci-mode=live", endpoint, "--aci-watchdog=off", *arguments)


def asked(running: Running, operation: str) -> list[str]:
    """The paths of the requests that the emulator got for an operation."""
    return [one["path"] for one in running.cloud.audit.documents(0) if one["operation"] == operation]

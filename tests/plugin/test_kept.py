from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_aci.cleanup.kept import Kept
from pytest_aci.plugin.kept import ENDED, kept_lines
from tests.plugin import recorded_suite as suite
from tests.plugin.shown_suite import LIVE
from tests.provisioning.builders import group

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
from pytest_aci import container_group, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]))

def test_web(web):
    assert web.state == "Stopped"
"""


def test_an_emulator_of_the_run_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    """It ends with the run, so nobody is told of an hour; the way that keeps groups is named."""
    suite.write(tmp_path, {"test_it.py": MODULE, "pytest.ini": "[pytest]\n"})
    said = suite.pytest_in(tmp_path, *LIVE, "--aci-keep=on-failure").stdout
    assert "nothing was kept =" in said
    assert ENDED in said
    assert "kept until" not in said
    assert "1 group created in westeurope, 1 deleted" in said


def test_a_kept_group_can_be_reached() -> None:
    """Its address, and the command that reads each container's log where the az CLI can go."""
    kept = Kept(replace(group(), ip="192.0.2.1"), "tests", until=None)
    assert list(kept_lines(kept, az=False)) == ["web in tests", "    connect to 192.0.2.1:80"]
    assert list(kept_lines(kept, az=True)) == [
        "web in tests",
        "    connect to 192.0.2.1:80",
        "    az container logs --resource-group tests --name web --container-name main",
    ]

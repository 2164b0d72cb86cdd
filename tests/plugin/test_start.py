from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_aci.cleanup.state import state_folder

if TYPE_CHECKING:
    import pytest

PROBE = """
import sys

def test_nothing_heavy_is_loaded():
    packages = {name.split(".")[0] for name in sys.modules}
    heavy = packages & {"azure", "vcr", "msrestazure", "starlette", "docker"}
    assert not heavy
"""


def test_a_suite_without_containers_loads_neither_azure_nor_vcr(pytester: pytest.Pytester) -> None:
    """Starting pytest on a suite that does not use the plugin imports neither azure nor vcr."""
    pytester.makepyfile(PROBE)
    result = pytester.runpytest_subprocess("-p", "no:anyio", "-p", "no:asyncio")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["aci: mode replay (default), cassettes cassettes (default)"])


LIGHT = """
import sys

ALLOWED = {"pytest_aci", "pytest_aci.cleanup", "pytest_aci.cleanup.state"}
LIGHT = ("pytest_aci.plugin", "pytest_aci.settings")

def test_only_the_options_are_loaded():
    ours = {name for name in sys.modules if name.startswith("pytest_aci") and not name.startswith(LIGHT)}
    assert ours <= ALLOWED
"""


def test_a_suite_without_containers_loads_little_of_the_plugin_itself(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every start of pytest pays for what is imported: the hooks and the options, and nothing that does the work.

    So does it on a machine where runs have been live, and have left nothing.
    """
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    (state_folder(os.environ) / "runs").mkdir(parents=True)
    pytester.makepyfile(LIGHT)
    pytester.runpytest_subprocess("-p", "no:anyio", "-p", "no:asyncio").assert_outcomes(passed=1)


def test_declaring_a_group_loads_neither_azure_nor_vcr(pytester: pytest.Pytester) -> None:
    """A conftest that declares groups costs nothing until a test asks for one."""
    pytester.makeconftest(
        "from pytest_aci import *\nweb = container_group(single('mcr.microsoft.com/x/web:1', ports=[80]))"
    )
    pytester.makepyfile(PROBE)
    pytester.runpytest_subprocess("-p", "no:anyio", "-p", "no:asyncio").assert_outcomes(passed=1)


def test_the_plugin_can_be_switched_off(pytester: pytest.Pytester) -> None:
    """With `-p no:aci` there is no option, no header and no fixture."""
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess("-p", "no:aci")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("aci:*")
    result = pytester.runpytest_subprocess("-p", "no:aci", "--aci-mode=live")
    assert result.ret == 4


def test_the_marker_is_registered(pytester: pytest.Pytester) -> None:
    """`--markers` explains the marker, and `--strict-markers` accepts it."""
    pytester.makepyfile("import pytest\n@pytest.mark.aci\ndef test_one(): pass")
    result = pytester.runpytest_subprocess("--markers")
    result.stdout.fnmatch_lines(
        ["@pytest.mark.aci(image, *, command, env, ports, sidecar, fresh=False, live_only=False, ...)*"]
    )
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_fixtures_explain_themselves(pytester: pytest.Pytester) -> None:
    """`--fixtures` shows every public fixture with a sentence, and hides the private one."""
    result = pytester.runpytest_subprocess("--fixtures", "-p", "no:asyncio")
    for name in ("aci", "aci_single", "aci_sidecar", "aci_task", "aci_resource_group", "aci_client", "aci_credential"):
        result.stdout.fnmatch_lines([f"{name}*-- *"])
    result.stdout.no_fnmatch_line("_aci_run*")


def test_help_shows_one_group_of_options(pytester: pytest.Pytester) -> None:
    """`--help` has a group for the plugin, with values, defaults and environment names."""
    result = pytester.runpytest_subprocess("--help")
    result.stdout.fnmatch_lines(
        ["Azure Container Instances:", "*--aci-mode={replay,record,live}*", "*PYTEST_ACI_MODE.*"]
    )

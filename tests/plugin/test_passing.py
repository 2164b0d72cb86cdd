from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.passing import chosen
from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path

ADDED: dict[str, dict[str, Any]] = {
    "--stage": {},
    "-E": {"action": "append"},
    "--slow": {"action": "store_true"},
    "--pair": {"nargs": 2},
    "--hosts": {"nargs": "*"},
}

CONFTEST = """
import pytest

def pytest_addoption(parser, pluginmanager):
    parser.getgroup("ours").addoption("--word")
    parser.addoption("--loud", action="store_true")
    parser.addini("team", "whose it is")

@pytest.fixture
def word(request):
    return request.config.getoption("--word").upper() if request.config.getoption("--loud") else "?"
"""

MODULE = """
import pytest

def test_word(aci, word):
    from pytest_aci import task
    assert aci.up(task("mcr.microsoft.com/azuredocs/aci-wordcount", ["echo", word])).logs() == "ONE\\n"
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--stage=a tests", "--stage=a"),
        ("-v --stage a tests", "--stage a"),
        ("--slow tests", "--slow"),
        ("-E a -k stage -E b", "-E a -E b"),
        ("--pair a b tests", "--pair a b"),
        ("--hosts a b --slow", "--hosts a b --slow"),
        ("-n 2 -m stage --junitxml=out.xml tests", ""),
        ("--stages=a", ""),
    ],
)
def test_only_options_of_conftests_are_chosen(arguments: str, expected: str) -> None:
    """Each option keeps the values that argparse gives it; options of pytest and of plugins stay behind."""
    assert chosen(arguments.split(), ADDED) == expected.split()


@pytest.mark.parametrize("place", [".", "tests"])
def test_the_replay_has_the_options_of_conftests(tmp_path: Path, place: str) -> None:
    """What a project's own options decide about its tests holds in the replay of a recording too."""
    folder = tmp_path / place
    folder.mkdir(exist_ok=True)
    suite.write(tmp_path, {"pytest.ini": "[pytest]\n"})
    suite.write(folder, {"conftest.py": CONFTEST, "test_word.py": MODULE})
    addopts = {"PYTEST_ADDOPTS": "--loud"}
    result = suite.pytest_in(tmp_path, *suite.RECORD, "--word", "one", place, environment=addopts)
    assert "recorded and replayed 1 test\n" in result.stdout, result.stdout + result.stderr

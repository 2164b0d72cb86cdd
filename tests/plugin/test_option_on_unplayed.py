from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.plugin.unplayed import lines
from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path

TWICE = """
import pytest

@pytest.mark.aci(command=["echo", "one"])
def test_word(aci_task):
    assert aci_task.logs() == "one\\n"
    {more}
"""


def test_what_a_green_run_did_not_ask_for_is_listed(tmp_path: Path) -> None:
    """With `fail`, a test that asks for less than was recorded fails the run and names the request."""
    suite.write(tmp_path, {"pytest.ini": "[pytest]\n", "test_task.py": TWICE.format(more="aci_task.refresh()")})
    assert suite.pytest_in(tmp_path, *suite.RECORD).returncode == 0
    assert suite.pytest_in(tmp_path, "--aci-on-unplayed=fail").returncode == 0
    suite.write(tmp_path, {"test_task.py": TWICE.format(more="")})
    result = suite.pytest_in(tmp_path, "--aci-on-unplayed=fail")
    assert result.returncode == 1
    assert "recorded, and not asked for" in result.stdout
    assert "tests/test_task/test_word:" in result.stdout
    assert "    GET …/containerGroups/" in result.stdout
    assert suite.pytest_in(tmp_path).returncode == 0
    distributed = suite.pytest_in(tmp_path, "--aci-on-unplayed=fail", "-n", "1")
    assert distributed.returncode == 1
    assert "tests/test_task/test_word:" in distributed.stdout


def test_what_one_worker_asked_for_is_not_missing() -> None:
    """Under xdist, a request counts if no worker that used its cassette has asked for it."""
    workers = ({"a": ["GET /1", "GET /2"], "b": []}, {"a": ["GET /2"], "b": ["GET /3"], "c": ["GET /4"]})
    assert lines(workers) == ["a:", "    GET /2", "c:", "    GET /4"]


def test_a_request_is_listed_once() -> None:
    """However often a request was recorded, it takes one line."""
    assert lines([{"a": ["GET /1", "GET /1", "GET /2"]}]) == ["a:", "    GET /1", "    GET /2"]

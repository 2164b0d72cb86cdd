from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin import recorded_suite as suite

ROOT = Path(__file__).parent.parent


def replay(*arguments: str) -> str:
    """Replay the examples with credentials that nobody may use, and no way to open a connection; what pytest said."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.plugin.socket_guard", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=suite.without_credentials() | suite.CREDENTIALS,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def collected() -> list[str]:
    """Return the ids of all examples."""
    return [line for line in replay("examples", "--collect-only", "-q").splitlines() if "::" in line]


def test_the_examples_replay_without_a_socket() -> None:
    """The examples are green in replay, in reverse order too, and open no connection."""
    assert " passed" in replay(*reversed(collected()))


def test_the_examples_replay_on_four_workers() -> None:
    """The examples are green in replay however they are distributed."""
    assert " passed" in replay("examples", "-n", "4")


@pytest.mark.parametrize("module", sorted(path.name for path in (ROOT / "examples").glob("test_*.py")))
def test_each_module_of_examples_replays_alone(module: str) -> None:
    """No module needs what another one did before."""
    assert " passed" in replay(f"examples/{module}")

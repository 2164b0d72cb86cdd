from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator.running import Running
from tests.plugin.on_running import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFTEST = """
import time
import pytest
from azure.core.credentials import AccessToken


class Own:
    def get_token(self, *scopes, **options):
        return AccessToken("a-token-of-ones-own", int(time.time()) + 3600)


@pytest.fixture(scope="session")
def aci_credential():
    return Own()
"""
CONTROLLER = """
def pytest_terminal_summary(config, terminalreporter):
    from pytest_aci.plugin.wiring import RUN
    credential = config.stash[RUN].reach.credential
    terminalreporter.line(f"the controller has {credential.get_token().token if credential else None}")
"""
LOST = """
import pytest
from pytest_aci.cleanup.ledger import Claim
from pytest_aci.errors import NoCredential
from pytest_aci.run import Run
from pytest_aci.run.books import Books
from pytest_aci.run.reach import Reach


def close(self):
    raise NoCredential(endpoint="azure", tried=[])


Run.close = close
Reach.connection = property(close)
Books.owed = (Claim("container_group", "web-1", "tests", "2026-01-02T12:00:00Z"),)
"""


def test_the_controller_signs_in_as_its_workers_do(tmp_path: Path) -> None:
    """Only a worker has the credential of a conftest; the controller, which deletes, gets a token of it."""
    with Running() as running:
        result = run(running, tmp_path, "-n", "1", conftest=CONFTEST + CONTROLLER)
        assert "2 passed" in result.stdout, result.stdout
        assert "the controller has a-token-of-ones-own" in result.stdout, result.stdout


def test_what_can_not_be_asked_for_is_told_as_left(pytester: pytest.Pytester) -> None:
    """A run whose deletions nobody may ask for ends with a summary, and names all that it owes."""
    pytester.makeconftest(LOST)
    pytester.makepyfile("def test_it(_aci_run): pass")
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "*= left behind =*",
            "container group web-1: No credential for azure*",
            "*delete it with: az container delete --yes*--name web-1",
        ]
    )
    result.assert_outcomes(passed=1)

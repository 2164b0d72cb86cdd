from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.errors import NoRoom
from pytest_aci.plugin.capacity import in_one_line
from tests.errors.test_groups import FULL

if TYPE_CHECKING:
    import pytest

SUITE = """
from pytest_aci.errors import NoCredential

def test_it(aci):
    raise NoCredential(endpoint="azure", tried=[])
"""


def test_a_skip_is_shown_where_the_test_is(pytester: pytest.Pytester) -> None:
    """The reason is said, and the place is the user's."""
    pytester.makepyfile(test_it=SUITE)
    result = pytester.runpytest_subprocess("-rs", "--aci-on-no-credential=skip")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED [[]1[]] test_it.py:3: no Azure credential"])


def test_the_reason_of_a_skip_is_whole() -> None:
    """Pytest shows only the first line of one, and which region has no room stands below it."""
    reason = in_one_line(str(NoRoom(group="web", tried={"westeurope": FULL, "uksouth": FULL})))
    assert reason.startswith(
        "No region has room for the container group 'web': "
        "westeurope: InsufficientCapacity: no room; uksouth: InsufficientCapacity: no room; Likely cause: "
    )
    assert "\n" not in reason
    assert in_one_line("nothing below") == "nothing below"

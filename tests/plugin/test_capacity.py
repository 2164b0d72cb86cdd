from __future__ import annotations

from typing import TYPE_CHECKING

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

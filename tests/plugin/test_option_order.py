from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SUITE = """
import pytest

@pytest.mark.aci(image="mcr.microsoft.com/azuredocs/aci-helloworld")
def test_marked(): pass

def test_plain(): pass

def test_uses(aci): pass

def test_also_plain(): pass
"""


def collected(pytester: pytest.Pytester, *options: str) -> list[str]:
    """The names of the tests, in the order in which they would run."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess("--collect-only", "-q", "-p", "no:randomly", *options)
    return [line.partition("::")[2] for line in result.outlines if "::" in line]


def test_tests_keep_their_order_by_default(pytester: pytest.Pytester) -> None:
    """Nothing is reordered unless somebody asks for it."""
    assert collected(pytester) == ["test_marked", "test_plain", "test_uses", "test_also_plain"]


def test_those_with_containers_run_last_if_asked_to(pytester: pytest.Pytester) -> None:
    """Among themselves, both kinds keep their order."""
    order = collected(pytester, "--aci-order=containers-last")
    assert order == ["test_plain", "test_also_plain", "test_marked", "test_uses"]

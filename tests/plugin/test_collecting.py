from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

DECLARED = """
import pytest
from pytest_aci import Secret

@pytest.mark.parametrize("value", [Secret("a1b2c3").reveal(), Secret("a1b2").reveal(), Secret("").reveal(), "plain"])
def test_values(value):
    pass
"""

OF_THE_ENVIRONMENT = """
import pytest

@pytest.mark.parametrize("value", ["<a1b2c3d>", "<a1b2c3>", "plain"])
def test_values(value):
    pass
"""


def test_parameters_that_are_declared_secrets_are_named_after_their_argument(pytester: pytest.Pytester) -> None:
    """Such an id is in reports and in names of cassettes; one too short to be a secret is shown as it is."""
    pytester.makepyfile(DECLARED)
    shown = pytester.runpytest_subprocess("--collect-only", "-q").outlines
    assert [line.partition("::")[2] for line in shown[:4]] == [
        *("test_values[value]", "test_values[a1b2]", "test_values[]", "test_values[plain]")
    ]


def test_parameters_with_secrets_of_the_environment_are_named_after_their_argument(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They count from seven characters on, also in a suite that declares nothing."""
    monkeypatch.setenv("MY_TOKEN", "a1b2c3d")
    monkeypatch.setenv("MY_SHORT_TOKEN", "a1b2c3")
    pytester.makepyfile(OF_THE_ENVIRONMENT)
    shown = pytester.runpytest_subprocess("--collect-only", "-q").outlines
    assert [line.partition("::")[2] for line in shown[:3]] == [
        *("test_values[value]", "test_values[<a1b2c3>]", "test_values[plain]")
    ]

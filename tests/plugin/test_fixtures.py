from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

CONFTEST = """
import dataclasses
import pytest

@pytest.fixture(scope="session")
def aci_settings(aci_settings):
    return dataclasses.replace(aci_settings, {change})
"""


def test_settings_of_a_conftest_hold_for_the_whole_run(pytester: pytest.Pytester) -> None:
    """What reads them without the fixture reads them changed."""
    pytester.makeconftest(CONFTEST.format(change="log_lines=3"))
    pytester.makepyfile(
        "from pytest_aci.plugin.options import SETTINGS\n"
        "def test_it(aci, request): assert request.config.stash[SETTINGS].log_lines == 3"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_what_is_decided_before_fixtures_can_not_be_changed_by_one(pytester: pytest.Pytester) -> None:
    """It would hold for one half of the run only; the option is named."""
    pytester.makeconftest(CONFTEST.format(change="single_image='other'"))
    pytester.makepyfile("def test_it(aci): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*SettingsError: --aci-single-image: 'other' is not valid: it takes effect before the first fixture, so *"]
    )

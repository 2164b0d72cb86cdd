from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def test_a_wrong_mode_names_the_nearest(pytester: pytest.Pytester) -> None:
    """A value that is not valid is a usage error with the valid ones and the nearest."""
    result = pytester.runpytest_subprocess("--aci-mode=recrod")
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: --aci-mode: 'recrod' is not valid: valid are replay, record, live. Did you mean record[?]"]
    )


def test_the_command_line_wins_over_the_environment_and_that_over_ini(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header says what was decided, and from where each value came."""
    pytester.makeini("[pytest]\naci_mode = record\naci_location = northeurope\naci_endpoint = usgov")
    monkeypatch.setenv("PYTEST_ACI_LOCATION", "uksouth")
    monkeypatch.setenv("PYTEST_ACI_MODE", "record")
    result = pytester.runpytest_subprocess("--aci-mode=live")
    result.stdout.fnmatch_lines(["aci: mode live (command line), endpoint usgov (ini), location uksouth (environment)"])


def test_a_wrong_value_in_the_environment_names_the_variable(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the place that has to be corrected."""
    monkeypatch.setenv("PYTEST_ACI_LIFETIME", "10y")
    result = pytester.runpytest_subprocess()
    result.stderr.fnmatch_lines(
        ["ERROR: PYTEST_ACI_LIFETIME: '10y' is not valid: a duration is a number with s, m, h or d*"]
    )


def test_a_misspelt_variable_is_told(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that replays although somebody meant it to record says why; an endpoint alone changes nothing either."""
    monkeypatch.setenv("PYTEST_ACI_MOD", "record")
    result = pytester.runpytest_subprocess("--aci-endpoint=emulator")
    result.stdout.fnmatch_lines(
        [
            "aci: mode replay (default), *, endpoint emulator (command line, not used in replay)",
            "aci: the environment variable PYTEST_ACI_MOD sets nothing: did you mean PYTEST_ACI_MODE[?]",
        ]
    )


def test_an_empty_value_is_none(pytester: pytest.Pytester) -> None:
    """What has a default can not be emptied by a script's unset variable."""
    result = pytester.runpytest_subprocess("--aci-location=")
    result.stderr.fnmatch_lines(
        ["ERROR: --aci-location: '' is not valid: it needs a value; the default is westeurope."]
    )

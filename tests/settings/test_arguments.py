from __future__ import annotations

from argparse import ArgumentParser, Namespace

import pytest

from pytest_aci.errors import SettingsError
from pytest_aci.settings import duration
from pytest_aci.settings.arguments import add_options, checked


def parsed(*arguments: str, **environment: str) -> Namespace:
    """What a command with two of pytest's options, and one of its own, was told."""
    parser = ArgumentParser()
    add_options(parser, ("endpoint", "subscription"), environment)
    parser.add_argument("--older-than", type=checked("--older-than", duration))
    return parser.parse_args(arguments)


def test_the_command_line_wins_over_the_environment() -> None:
    """What is not given comes from the variables of a run, or is pytest's default."""
    assert (parsed().endpoint, parsed().subscription) == ("azure", "")
    assert parsed(PYTEST_ACI_ENDPOINT="china").endpoint == "china"
    assert parsed("--endpoint=usgov", PYTEST_ACI_ENDPOINT="azur").endpoint == "usgov"
    assert parsed("--endpoint", "http://127.0.0.1:8080/").endpoint == "http://127.0.0.1:8080"
    assert parsed("--older-than=30m").older_than == 1800.0


VALID = "valid are azure, usgov, china, emulator, or a URL such as http://127.0.0.1:8080. Did you mean azure?"
STARTED = "a run starts it and ends it; give the URL of one that runs, such as http://127.0.0.1:8080."


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--endpoint", "azur"], {}, f"--endpoint: 'azur' is not valid: {VALID}"),
        ([], {"PYTEST_ACI_ENDPOINT": "azur"}, f"PYTEST_ACI_ENDPOINT: 'azur' is not valid: {VALID}"),
        (["--endpoint=emulator"], {}, f"--endpoint: 'emulator' is not valid: {STARTED}"),
        ([], {"PYTEST_ACI_ENDPOINT": "emulator"}, f"PYTEST_ACI_ENDPOINT: 'emulator' is not valid: {STARTED}"),
        (
            ["--older-than", "abc"],
            {},
            "--older-than: 'abc' is not valid: a duration is a number with s, m, h or d behind it, such as 90s or 2h.",
        ),
    ],
)
def test_a_wrong_value(arguments: list[str], environment: dict[str, str], said: str) -> None:
    """It is told by the name that it was given under, with what is valid and the nearest."""
    with pytest.raises(SettingsError) as raised:
        parsed(*arguments, **environment)
    assert str(raised.value) == said


def test_help_offers_no_emulator_that_nobody_can_reach(capsys: pytest.CaptureFixture[str]) -> None:
    """A command can not go to an emulator by name: that is one of a run's own."""
    with pytest.raises(SystemExit):
        parsed("--help")
    assert "--endpoint {azure,usgov,china,URL}" in capsys.readouterr().out

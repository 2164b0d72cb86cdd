from __future__ import annotations

import pytest

from pytest_aci.errors import SettingsError
from pytest_aci.settings import OPTIONS, Mode, Settings, resolve

BARE: dict[str, str] = {}


def test_defaults_are_valid() -> None:
    """Every default can be parsed, and is what `Settings` says without being asked."""
    resolved, plain = resolve(BARE, {}, BARE), Settings()
    for option in OPTIONS:
        if not option.name.endswith("_image"):
            assert getattr(resolved, option.name) == getattr(plain, option.name), option.name
    assert set(resolved.sources.values()) == {"default"}


def test_precedence() -> None:
    """The command line wins over the environment, that over the ini file, and that over the default."""
    line, environment, ini = {"location": "a"}, {"PYTEST_ACI_LOCATION": "b"}, {"location": "c"}
    assert resolve(line, environment, ini).location == "a"
    assert resolve(BARE, environment, ini).location == "b"
    assert resolve(BARE, {}, ini).location == "c"
    assert resolve(BARE, {}, BARE).location == "westeurope"
    assert resolve(BARE, environment, ini).sources["location"] == "environment"


def test_an_empty_variable_is_not_set() -> None:
    """An empty environment variable or ini value is as good as none; an empty option of the command line is given."""
    assert resolve(BARE, {"PYTEST_ACI_LOCATION": ""}, {"location": ""}).location == "westeurope"


@pytest.mark.parametrize(
    ("place", "spelled"),
    [("line", "--aci-mode"), ("environment", "PYTEST_ACI_MODE"), ("ini", "aci_mode")],
)
def test_a_wrong_value_is_told_where_it_was_given(place: str, spelled: str) -> None:
    """The error names the option as it was spelled, what is valid, and the nearest."""
    given = {"line": BARE, "environment": {}, "ini": BARE} | {place: {"mode": "recrod", "PYTEST_ACI_MODE": "recrod"}}
    with pytest.raises(SettingsError) as raised:
        resolve(given["line"], given["environment"], given["ini"])
    assert str(raised.value) == (
        f"{spelled}: 'recrod' is not valid: valid are replay, record, live. Did you mean record?"
    )


def test_a_protected_subscription() -> None:
    """A subscription that no run may touch can not be chosen, whatever its case."""
    with pytest.raises(SettingsError, match="--aci-subscription: 'PROD' is not valid: aci_protected_subscriptions"):
        resolve({"subscription": "PROD"}, {}, {"protected_subscriptions": "test, prod"})


@pytest.mark.parametrize(
    ("mode", "is_live", "uses_cassettes"),
    [(Mode.REPLAY, False, True), (Mode.RECORD, True, True), (Mode.LIVE, True, False)],
)
def test_modes_answer(mode: Mode, is_live: bool, uses_cassettes: bool) -> None:
    """A mode says whether something has to be paid for, and whether cassettes matter."""
    assert (mode.is_live, mode.uses_cassettes) == (is_live, uses_cassettes)


def test_only_a_live_run_keeps() -> None:
    """A recorded run deletes everything, since that is part of the recording."""
    assert Settings(mode=Mode.LIVE, keep="always").keeps == "always"
    assert Settings(mode=Mode.RECORD, keep="always").keeps == "never"


@pytest.mark.parametrize(
    ("keep", "reuse", "environment", "reuses"),
    [
        ("always", "auto", {}, True),
        ("always", "auto", {"CI": "true"}, False),
        ("always", "force", {"CI": "true"}, True),
        ("always", "never", {}, False),
        ("on-failure", "force", {}, False),
    ],
)
def test_using_again(keep: str, reuse: str, environment: dict[str, str], reuses: bool) -> None:
    """Kept groups are used again where all are kept; in CI only if that is forced."""
    assert Settings(mode=Mode.LIVE, keep=keep, reuse=reuse).reuses(environment) is reuses


def test_every_option_explains_itself() -> None:
    """Every option has a sentence of its own, which ends with a full stop."""
    sentences = [option.sentence for option in OPTIONS]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)

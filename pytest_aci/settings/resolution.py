from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_aci.settings.options import BY_NAME, OPTIONS
from pytest_aci.settings.resolved import Settings
from pytest_aci.settings.values import CLOUDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_aci.settings.options import Option


def parse(option: Option, text: str, source: str) -> Any:
    """Return the value of an option's text.

    Raises:
        SettingsError: The text is not valid, with the valid ones and the nearest.
    """
    if option.default and not text:
        raise _refusal(option, text, source, rule=f"it needs a value; the default is {option.default}")
    if option.choices and text not in option.choices:
        raise _refusal(option, text, source, valid=option.choices)
    try:
        return option.parse(text)
    except ValueError as problem:
        raise _refusal(option, text, source, rule=str(problem)) from None


def _refusal(option: Option, text: str, source: str, *, valid: tuple[str, ...] = (), rule: str = "") -> Exception:
    import difflib  # noqa: PLC0415 # loaded for mistakes only: this module is part of every start of pytest

    from pytest_aci.errors import SettingsError  # noqa: PLC0415 # see above

    known = valid or (CLOUDS if option.name == "endpoint" else ())
    nearest = difflib.get_close_matches(text, known, n=1)
    return SettingsError(
        option=option.spelled(source), value=text, valid=valid, rule=rule, nearest=nearest[0] if nearest else None
    )


def resolve(
    command_line: Mapping[str, str | None], environment: Mapping[str, str], ini: Mapping[str, str | None]
) -> Settings:
    """Decide every setting: command line before environment before ini before default.

    *command_line* and *ini* are keyed by the option's name, *environment* by the variable's.

    Raises:
        SettingsError: A value is not valid, or two settings contradict each other.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        offers = (
            ("command line", command_line.get(option.name)),
            ("environment", environment.get(option.environment) or None),
            ("ini", ini.get(option.name) or None),
            ("default", option.default),
        )
        source, text = next((source, text) for source, text in offers if text is not None)
        values[option.name] = parse(option, text, source)
        sources[option.name] = source
    if values["budget"] is not None and values["prices"] is None:
        raise _refusal(BY_NAME["budget"], f"{values['budget']:g}", sources["budget"], rule="it needs --aci-prices")
    settings = Settings(**values, sources=sources)
    if settings.protects(settings.subscription):
        rule = f"{BY_NAME['protected_subscriptions'].ini} protects it"
        raise _refusal(BY_NAME["subscription"], settings.subscription, sources["subscription"], rule=rule)
    return settings

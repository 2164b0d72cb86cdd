from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_aci.cleanup.state import find_state_folder
from pytest_aci.plugin import enlist
from pytest_aci.settings import BY_NAME, OPTIONS, Settings, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SETTINGS = pytest.StashKey[Settings]()
STATE: pytest.StashKey[Path | None] = pytest.StashKey()

DECIDED_EARLY = (
    "mode",
    "endpoint",
    "cassettes",
    "order",
    "redact",
    "keep_headers",
    "allowed_hosts",
    "max_age",
    "on_old",
    "on_unplayed",
    "single_image",
    "sidecar_image",
    "task_image",
)
"""What has taken effect before the first fixture."""

MARKER = (
    "aci(image, *, command, env, ports, sidecar, fresh=False, live_only=False, ...): "
    "the test uses Azure Container Instances. The keywords are those of pytest_aci.single, sidecar and task, and say "
    "what aci_single, aci_sidecar or aci_task gives it; fresh=True is a group of one's own, live_only=True is skipped "
    "in replay and while recording. Every test that uses a fixture of pytest-aci is marked by itself, so `-m aci` "
    "selects them all."
)

UNITS = {"timeout": " s", "lifetime": " s", "max_age": " days"}
"""What the numbers are that some settings hold."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make command line options and ini values from the one table."""
    group = parser.getgroup("aci", "Azure Container Instances")
    for option in OPTIONS:
        help_text = f"{option.sentence} Default: {option.default or 'none'}. Also {option.environment}."
        # choices are checked in settings.parse, for all sources alike and with the nearest valid one
        metavar = option.metavar or ("{" + ",".join(option.choices) + "}" if option.choices else "VALUE")
        group.addoption(option.flag, dest=option.ini, default=None, metavar=metavar, help=help_text)
        parser.addini(option.ini, help=f"{option.sentence} Default: {option.default or 'none'}.", default=None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Decide the settings once, and register the marker."""
    config.addinivalue_line("markers", MARKER)
    config.stash[STATE] = find_state_folder(os.environ)  # before a fixture or a test gives HOME another meaning
    command_line = {option.name: config.getoption(option.ini) for option in OPTIONS}
    ini = {option.name: config.getini(option.ini) for option in OPTIONS}
    try:
        config.stash[SETTINGS] = resolve(command_line, os.environ, ini)
    except Exception as problem:
        from pytest_aci.errors import SettingsError  # noqa: PLC0415 # loaded for mistakes only

        if isinstance(problem, SettingsError):
            raise pytest.UsageError(str(problem)) from problem
        raise
    if config.stash[SETTINGS].mode.is_live:  # nobody asks for that without using containers
        enlist(config)


def adopt(config: pytest.Config, settings: Settings) -> None:
    """Let settings hold for the whole run that a conftest has changed in `aci_settings`.

    Raises:
        SettingsError: One of them has taken effect already.
    """
    for name in DECIDED_EARLY:
        if getattr(settings, name) != getattr(config.stash[SETTINGS], name):
            from pytest_aci.errors import SettingsError  # noqa: PLC0415 # loaded for mistakes only

            rule = "it takes effect before the first fixture, so aci_settings can not change it; give the option"
            raise SettingsError(option=BY_NAME[name].flag, value=_shown(getattr(settings, name)), rule=rule)
    config.stash[SETTINGS] = settings


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what the run will do, where each setting came from that is not a default, and what was meant for one."""
    return ["aci: " + header(config.stash[SETTINGS]), *unknown_variables(os.environ)]


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a line for each variable that is spelled like an option's and is none."""
    known = [option.environment for option in OPTIONS]
    strange = [name for name in environment if name.startswith("PYTEST_ACI_") and name not in known]
    if not strange:
        return []
    import difflib  # noqa: PLC0415 # loaded for mistakes only

    lines = []
    for name in strange:
        nearest = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {nearest[0]}?" if nearest else "see pytest --help"
        lines.append(f"aci: the environment variable {name} sets nothing: {meant}")
    return lines


def header(settings: Settings) -> str:
    """Return the settings that decide what happens, each with its source."""
    shown = ["mode"]
    shown += ["endpoint", "location"] if settings.mode.is_live else []
    shown += ["cassettes"] if settings.mode.uses_cassettes else []
    shown += [name for name, source in settings.sources.items() if source != "default" and name not in shown]
    return ", ".join(f"{name} {_shown(getattr(settings, name), name)} ({_source(settings, name)})" for name in shown)


def _source(settings: Settings, name: str) -> str:
    unused = ", not used in replay" if name == "endpoint" and not settings.mode.is_live else ""
    return settings.sources[name] + unused


def _shown(value: object, name: str = "") -> str:
    if name == "subscription":
        return f"…{str(value)[-4:]}"
    if name == "protected_subscriptions" and isinstance(value, tuple):
        return " ".join(_shown(one, "subscription") for one in value)
    if isinstance(value, tuple):
        return " ".join("=".join(one) if isinstance(one, tuple) else one for one in value)
    return (f"{value:g}" if isinstance(value, float) else str(value)) + UNITS.get(name, "")

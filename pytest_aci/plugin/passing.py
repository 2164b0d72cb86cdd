"""What the command line of a recording run has that the replay of what it recorded needs too."""

from __future__ import annotations

import inspect
import os
import shlex
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_aci.plugin.options import SETTINGS
from pytest_aci.settings import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

    from pytest_aci.settings.options import Option

# Options that the replay decides for itself, or that have nothing to do with it; all others decide what is asked.
NOT_PASSED_ON = ("mode", "endpoint", "subscription", "cassettes", "on_unplayed", "timeline")
TAKES_VALUES = ("store", "append", "extend")
AS_MANY_AS_COME = ("?", "*", "+")


class _Conftests:
    """Stands in for pytest's parser where a conftest adds its options, and notes them: pytest has no list of them."""

    def __init__(self) -> None:
        self.attributes: dict[str, dict[str, Any]] = {}

    def addoption(self, *names: str, **attributes: Any) -> None:
        self.attributes.update(dict.fromkeys(names, attributes))

    def getgroup(self, *_: object, **__: object) -> _Conftests:
        return self

    def addini(self, *_: object, **__: object) -> None:
        """Files of the project say the same to the replay."""


def passed_on(config: pytest.Config) -> list[str]:
    """Return those options of this run that decide which plugins and settings a test runs with."""
    options = [f"--rootdir={config.rootpath}", "-p", "no:cacheprovider"]
    options += ["-c", str(config.inipath)] if config.inipath else []
    for plugin in config.option.plugins:
        options += ["-p", plugin]
    for setting in config.option.override_ini or ():
        options += ["-o", setting]
    options += [f"{option.flag}={text}" for option, text in given(config) if option.name not in NOT_PASSED_ON]
    return options + _of_conftests(config)


def given(config: pytest.Config) -> Iterator[tuple[Option, str]]:
    """Return those options of ours that do not stand in a file of the project, with what was given."""
    sources = config.stash[SETTINGS].sources
    for option in OPTIONS:
        texts = {"command line": config.getoption(option.ini), "environment": os.environ.get(option.environment)}
        text = texts.get(sources[option.name])
        if text is not None:
            yield option, text


def is_conftest(plugin: object) -> bool:
    """Return whether a plugin is a conftest of the project."""
    return Path(getattr(plugin, "__file__", None) or "").name == "conftest.py"


def _of_conftests(config: pytest.Config) -> list[str]:
    """What was given of the options that conftests have added: tests may ask for them."""
    added = _Conftests()
    for plugin in config.pluginmanager.get_plugins():
        if is_conftest(plugin) and hasattr(plugin, "pytest_addoption"):
            wanted = inspect.signature(plugin.pytest_addoption).parameters
            offered = {"parser": added, "pluginmanager": config.pluginmanager}
            plugin.pytest_addoption(**{name: offered[name] for name in wanted if name in offered})
    arguments = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.invocation_params.args]
    return chosen([str(argument) for argument in arguments], added.attributes)


def chosen(arguments: Sequence[str], attributes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return those of the arguments that are options of these names, with the values that argparse would give them."""
    found: list[str] = []
    for place, argument in enumerate(arguments, 1):
        name, is_whole, _ = argument.partition("=")
        if name not in attributes:
            continue
        found.append(argument)
        if not is_whole and attributes[name].get("action", "store") in TAKES_VALUES:
            many = attributes[name].get("nargs", 1)
            values = takewhile(lambda value: not value.startswith("-"), arguments[place:])
            found += values if many in AS_MANY_AS_COME else arguments[place : place + (many or 1)]
    return found

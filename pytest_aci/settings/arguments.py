"""The command lines of the commands beside pytest, whose options are pytest's own without the prefix."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_aci.errors import SettingsError
from pytest_aci.settings.options import BY_NAME
from pytest_aci.settings.resolution import parse

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Iterable, Mapping

    from pytest_aci.settings.options import Option

T = TypeVar("T")


def add_options(parser: ArgumentParser, names: Iterable[str], environment: Mapping[str, str]) -> None:
    """Give a command the options of those names; what is not given may stand in the environment, as for pytest.

    Reading a wrong value raises `SettingsError`, which names the variable if it came from there.
    """
    for name in names:
        option = BY_NAME[name]
        default = environment.get(option.environment) or option.default
        metavar, sentence = option.metavar, option.sentence
        if name == "endpoint":
            metavar = "{azure,usgov,china,URL}"
            sentence = "Where to look: azure, usgov, china, or the URL of a cloud or of an emulator that runs."
        read = partial(_value, option, default)
        parser.add_argument(f"--{name}", default=default, type=read, metavar=metavar, help=sentence)


def checked(flag: str, read: Callable[[str], T]) -> Callable[[str], T]:
    """Return what reads the value of a flag, and raises `SettingsError` in the words of *read* if it is wrong."""

    def value(text: str) -> T:
        try:
            return read(text)
        except ValueError as problem:
            raise SettingsError(option=flag, value=text, rule=str(problem)) from None

    return value


def _value(option: Option, default: str, text: str) -> Any:
    # argparse reads a default in the same way as what is given.
    source = "environment" if text is default else "command"
    if (option.name, text) == ("endpoint", "emulator"):
        rule = "a run starts it and ends it; give the URL of one that runs, such as http://127.0.0.1:8080"
        raise SettingsError(option=option.spelled(source), value=text, rule=rule)
    return parse(option, text, source)

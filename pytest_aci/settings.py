from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Mode(StrEnum):
    """Who answers a test: the cassettes, a control plane that is being recorded, or a control plane alone."""

    REPLAY = "replay"
    RECORD = "record"
    LIVE = "live"

    @property
    def is_live(self) -> bool:
        """Whether containers really start, so that something has to be paid for and deleted."""
        return self is not Mode.REPLAY

    @property
    def uses_cassettes(self) -> bool:
        """Whether conversations are read from or written to disk."""
        return self is not Mode.LIVE


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: how it is spelled in every place it can be given, and what its text means."""

    name: str
    default: str
    sentence: str
    parse: Callable[[str], Any] = str
    metavar: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The option of the command line."""
        return "--aci-" + self.name.replace("_", "-")

    @property
    def environment(self) -> str:
        """The environment variable."""
        return "PYTEST_ACI_" + self.name.upper()

    @property
    def ini(self) -> str:
        """The key in pytest.ini, or under `[tool.pytest.ini_options]` in pyproject.toml."""
        return "aci_" + self.name


_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>s|m|h|d)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MIN_LIFETIME = 60.0
MAX_LIFETIME = 24 * 3600.0


def duration(text: str) -> float:
    """Return the seconds of `90`, `90s`, `15m`, `2h` or `1d`.

    Raises:
        ValueError: The text is none of these.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        message = "a duration is a number with s, m, h or d behind it, such as 90s or 2h"
        raise ValueError(message)
    return float(found["number"]) * _SECONDS[found["unit"] or "s"]


def lifetime(text: str) -> float:
    """Return the seconds that a group may live, from one minute to one day.

    Raises:
        ValueError: The text is no duration, or is out of that range.
    """
    seconds = duration(text)
    if not MIN_LIFETIME <= seconds <= MAX_LIFETIME:
        message = "a lifetime is at least 1m and at most 24h"
        raise ValueError(message)
    return seconds


def count(text: str) -> int:
    """Return a whole number that is not negative.

    Raises:
        ValueError: The text is none.
    """
    if not text.strip().isdecimal():
        message = "a whole number, 0 or more, is needed"
        raise ValueError(message)
    return int(text)


CLOUDS = ("azure", "usgov", "china", "emulator")


def endpoint(text: str) -> str:
    """Return the name of a cloud, or a URL without its final slash.

    Raises:
        ValueError: The text is neither.
    """
    if text in CLOUDS:
        return text
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and parts.hostname:
        return text.rstrip("/")
    message = f"valid are {', '.join(CLOUDS)}, or a URL such as http://127.0.0.1:8080"
    raise ValueError(message)


def tags(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `team=web, cost=42`.

    Raises:
        ValueError: An entry has no `=`.
    """
    pairs = [entry.partition("=") for entry in re.split(r"[,\n]", text) if entry.strip()]
    if any(not sign for _, sign, _ in pairs):
        message = "tags are written as key=value, separated by commas"
        raise ValueError(message)
    return tuple((key.strip(), value.strip()) for key, _, value in pairs)


def names(text: str) -> tuple[str, ...]:
    """Return the words of `northeurope, uksouth`."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


OPTIONS: tuple[Option, ...] = (
    Option(
        "mode",
        "replay",
        "Who answers: the cassettes (replay), a control plane that is recorded (record), or one that is not (live).",
        Mode,
        choices=tuple(Mode),
    ),
    Option(
        "endpoint",
        "azure",
        "Where record and live go: azure, usgov, china, emulator (started for the run), or the URL of one.",
        endpoint,
        metavar="{azure,usgov,china,emulator,URL}",
    ),
    Option("location", "westeurope", "The Azure region of resource groups and container groups.", metavar="REGION"),
    Option(
        "fallback_locations",
        "",
        "Regions to try, one after the other, when a region has no room for a container group.",
        names,
        metavar="REGION,…",
    ),
    Option(
        "on_capacity",
        "fail",
        "What happens to the tests of a group for which no region has room: fail, or skip.",
        choices=("fail", "skip"),
    ),
    Option("subscription", "", "The subscription id; else the one of the credentials.", metavar="ID"),
    Option(
        "resource_group",
        "",
        "A resource group to borrow: it is never deleted, only what the run created inside it.",
        metavar="NAME",
    ),
    Option("tags", "", "Tags for the resource group and every container group.", tags, metavar="KEY=VALUE,…"),
    Option("cassettes", "cassettes", "The folder of the cassettes, relative to the root directory.", metavar="DIR"),
    Option("timeout", "10m", "How long a group may take until it is ready.", duration, metavar="DURATION"),
    Option(
        "lifetime",
        "2h",
        "After this, a group may be swept by anyone: the age in its DeleteAfter tag.",
        lifetime,
        metavar="DURATION",
    ),
    Option(
        "teardown",
        "wait",
        "At the end, wait until deletion is confirmed, or only until it is accepted (nowait).",
        choices=("wait", "nowait"),
    ),
    Option(
        "keep",
        "never",
        "Which groups outlive the run, for an hour: none, those of failed tests, or all, for the next run to use again.",
        choices=("never", "on-failure", "always"),
    ),
    Option(
        "reuse",
        "auto",
        "Whether groups kept by --aci-keep=always are used again: not if CI is set (auto), never, or even then (force).",
        choices=("auto", "never", "force"),
    ),
    Option(
        "watchdog",
        "on",
        "A small process that deletes what the run created if the run is killed; off trusts the expiry tag instead.",
        choices=("on", "off"),
    ),
    Option(
        "runtime",
        "auto",
        "What containers of the emulator are: local processes, Docker containers, or whichever works.",
        choices=("auto", "process", "docker"),
    ),
    Option(
        "single_image",
        "mcr.microsoft.com/azuredocs/aci-helloworld",
        "The image of aci_single, and of the app in aci_sidecar, without a marker.",
        metavar="IMAGE",
    ),
    Option(
        "sidecar_image",
        "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar",
        "The image of the sidecar in aci_sidecar without a marker.",
        metavar="IMAGE",
    ),
    Option(
        "task_image",
        "mcr.microsoft.com/azuredocs/aci-wordcount",
        "The image of aci_task without a marker.",
        metavar="IMAGE",
    ),
)

BY_NAME = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class Settings:
    """What one run was asked to do, decided once. Durations are in seconds.

    *sources* says for each name where its value came from: `command line`, `environment`, `ini` or `default`.
    """

    mode: Mode = Mode.REPLAY
    endpoint: str = "azure"
    location: str = "westeurope"
    fallback_locations: tuple[str, ...] = ()
    on_capacity: str = "fail"
    subscription: str = ""
    resource_group: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    cassettes: str = "cassettes"
    timeout: float = 600.0
    lifetime: float = 7200.0
    teardown: str = "wait"
    keep: str = "never"
    reuse: str = "auto"
    watchdog: str = "on"
    runtime: str = "auto"
    single_image: str = ""
    sidecar_image: str = ""
    task_image: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def borrows(self) -> bool:
        """Whether the resource group belongs to somebody else."""
        return bool(self.resource_group)

    @property
    def images(self) -> dict[str, str]:
        """The images of the presets, by kind."""
        return {"single": self.single_image, "sidecar": self.sidecar_image, "task": self.task_image}


def parse(option: Option, text: str, source: str) -> Any:
    """Return the value of an option's text.

    Raises:
        SettingsError: The text is not valid, with the valid ones and the nearest.
    """
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
    spelled = _spelled(option, source)
    return SettingsError(option=spelled, value=text, valid=valid, rule=rule, nearest=nearest[0] if nearest else None)


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
    return Settings(**values, sources=sources)


def _spelled(option: Option, source: str) -> str:
    return {"environment": option.environment, "ini": option.ini}.get(source, option.flag)

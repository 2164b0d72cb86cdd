from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_aci.prices import Prices, amount, prices

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


REDACTABLE = ("header", "query", "json")


def redactions(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `header:X-Key, json:$.user.name`.

    Raises:
        ValueError: An entry says not where, or nowhere that is known.
    """
    pairs = tuple((place, name) for entry in names(text) for place, _, name in [entry.partition(":")])
    if any(place not in REDACTABLE or not name for place, name in pairs):
        message = "each entry is header:NAME, query:KEY or json:PATH"
        raise ValueError(message)
    return pairs


def age(text: str) -> int | None:
    """Return the whole days of a duration; None for no text.

    Raises:
        ValueError: The text is no duration, or is shorter than a day.
    """
    if not text:
        return None
    days = int(duration(text) // _SECONDS["d"])
    if not days:
        message = "an age is at least 1d"
        raise ValueError(message)
    return days


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
        "protected_subscriptions",
        "",
        "Ids of subscriptions that no run may touch, such as that of production.",
        names,
        metavar="ID,…",
    ),
    Option(
        "on_no_credential",
        "fail",
        "What happens to tests without a credential for Azure, as in a fork's pull request: fail, or skip.",
        choices=("fail", "skip"),
    ),
    Option(
        "resource_group",
        "",
        "A resource group to borrow: it is never deleted, only what the run created inside it.",
        metavar="NAME",
    ),
    Option("tags", "", "Tags for the resource group and every container group.", tags, metavar="KEY=VALUE,…"),
    Option("cassettes", "cassettes", "The folder of the cassettes, relative to the root directory.", metavar="DIR"),
    Option(
        "max_age",
        "",
        "How old a cassette may be before replay complains, such as 90d; any age without it.",
        age,
        metavar="DURATION",
    ),
    Option(
        "on_old",
        "warn",
        "What a cassette older than --aci-max-age is: a warning, once per cassette, or a failure.",
        choices=("warn", "fail"),
    ),
    Option(
        "on_unplayed",
        "ignore",
        "What it means if a run did not ask for all that its cassettes hold: nothing, a note, or a failure.",
        choices=("ignore", "warn", "fail"),
    ),
    Option(
        "redact",
        "",
        "What to hide in the test's own HTTP besides known secrets: header:X-Key, query:code, json:$.user.name.",
        redactions,
        metavar="header:NAME,query:KEY,json:PATH,…",
    ),
    Option(
        "keep_headers",
        "",
        "Headers of the test's own HTTP that cassettes keep besides the harmless ones.",
        names,
        metavar="NAME,…",
    ),
    Option(
        "allowed_hosts",
        "",
        "Hosts and addresses to which tests may connect in replay and while recording, unrecorded.",
        names,
        metavar="HOST,…",
    ),
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
        "Which groups outlive the run by an hour: none, those of failed tests, or all, for the next run to use again.",
        choices=("never", "on-failure", "always"),
    ),
    Option(
        "reuse",
        "auto",
        "Whether groups kept by --aci-keep=always are used again: not in CI (auto), never, or even there (force).",
        choices=("auto", "never", "force"),
    ),
    Option(
        "delete_early",
        "yes",
        "Whether a live run in one process deletes a shared group once the last test that needs it is over.",
        choices=("yes", "no"),
    ),
    Option(
        "order",
        "as-is",
        "The order of the tests: as they are, or those that need containers last, while their containers start.",
        choices=("as-is", "containers-last"),
    ),
    Option(
        "watchdog",
        "on",
        "A small process that deletes what the run created if the run is killed; off trusts the expiry tag instead.",
        choices=("on", "off"),
    ),
    Option(
        "log_lines",
        "20",
        "How many of the last log lines of each container a failing test and an error show.",
        count,
        metavar="NUMBER",
    ),
    Option(
        "timeline",
        "",
        "Write the course of the run as a web page into this file: groups, their phases, and the tests that used them.",
        metavar="FILE",
    ),
    Option(
        "prices",
        "",
        "What one vCPU and one GB cost for an hour, and the currency, such as 0.0405,0.00445,USD: for an estimate.",
        prices,
        metavar="VCPU,GB[,CURRENCY]",
    ),
    Option(
        "budget",
        "",
        "Create nothing that could cost more than this before it expires, all groups together; needs --aci-prices.",
        amount,
        metavar="AMOUNT",
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
    protected_subscriptions: tuple[str, ...] = ()
    on_no_credential: str = "fail"
    resource_group: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    cassettes: str = "cassettes"
    max_age: int | None = None
    on_old: str = "warn"
    on_unplayed: str = "ignore"
    redact: tuple[tuple[str, str], ...] = ()
    keep_headers: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    timeout: float = 600.0
    lifetime: float = 7200.0
    teardown: str = "wait"
    keep: str = "never"
    reuse: str = "auto"
    delete_early: str = "yes"
    order: str = "as-is"
    watchdog: str = "on"
    log_lines: int = 20
    timeline: str = ""
    prices: Prices | None = None
    budget: float | None = None
    runtime: str = "auto"
    single_image: str = ""
    sidecar_image: str = ""
    task_image: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def borrows(self) -> bool:
        """Whether the resource group belongs to somebody else."""
        return bool(self.resource_group)

    def redacted(self, place: str) -> list[str]:
        """What is to be hidden in a header, a query or a JSON body (*place*); names of the first two in lower case."""
        found = [name for where, name in self.redact if where == place]
        return found if place == "json" else [name.lower() for name in found]

    def protects(self, subscription: str) -> bool:
        """Whether no run may touch a subscription."""
        return subscription.lower() in {one.lower() for one in self.protected_subscriptions}

    @property
    def keeps(self) -> str:
        """Which groups outlive the run; a recorded one has to delete all, since that is recorded too."""
        return self.keep if self.mode is Mode.LIVE else "never"

    def reuses(self, environment: Mapping[str, str]) -> bool:
        """Whether groups that an earlier run has kept are used again: in CI, where nobody looks, only if forced."""
        if self.keeps != "always" or self.reuse == "never":
            return False
        return self.reuse == "force" or not environment.get("CI")

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
    if values["budget"] is not None and values["prices"] is None:
        raise _refusal(BY_NAME["budget"], f"{values['budget']:g}", sources["budget"], rule="it needs --aci-prices")
    settings = Settings(**values, sources=sources)
    if settings.protects(settings.subscription):
        rule = f"{BY_NAME['protected_subscriptions'].ini} protects it"
        raise _refusal(BY_NAME["subscription"], settings.subscription, sources["subscription"], rule=rule)
    return settings


def _spelled(option: Option, source: str) -> str:
    return {"environment": option.environment, "ini": option.ini}.get(source, option.flag)

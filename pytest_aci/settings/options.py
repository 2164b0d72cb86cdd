from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_aci.settings.mode import Mode
from pytest_aci.settings.values import age, count, duration, endpoint, lifetime, money, names, redactions, tags

if TYPE_CHECKING:
    from collections.abc import Callable


class Option(NamedTuple):
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

    def spelled(self, source: str) -> str:
        """Its name where it was given: `environment`, `ini`, a `command` beside pytest, or pytest's command line."""
        names = {"environment": self.environment, "ini": self.ini, "command": self.flag.replace("--aci-", "--")}
        return names.get(source, self.flag)


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
        "Regions to try, one after the other, when one has no room for a container group that is bound to none.",
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
        "What to hide in the test's own HTTP besides secrets: header:X-Key, query:q, json:$.a.b; or to keep: keep:id.",
        redactions,
        metavar="header:NAME,query:KEY,json:PATH,keep:NAME,…",
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
        partial(money, "prices"),
        metavar="VCPU,GB[,CURRENCY]",
    ),
    Option(
        "budget",
        "",
        "Create nothing that could cost more than this before it expires, all groups together; needs --aci-prices.",
        partial(money, "amount"),
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

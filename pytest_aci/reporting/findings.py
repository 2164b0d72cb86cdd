from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pytest_aci.reporting.figures import count, seconds
from pytest_aci.reporting.permissions import missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pytest_aci.arm.control_plane import Grant
    from pytest_aci.arm.diagnosis import Usage

SKEW_TO_MENTION, SKEW_TOO_MUCH = 30.0, 240.0
"""Seconds between the clocks: Azure's tokens are valid from five minutes before they are issued, by its own clock."""
NEEDED = {"ContainerGroups": 1, "StandardCores": 1}
INDENT = 13


class Verdict(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what was looked at, how it stands, what was seen, and what to do about it."""

    subject: str
    verdict: Verdict
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the line, with the remedy below it."""
        seen = self.seen.replace("\n", "\n" + " " * INDENT)
        line = f"{self.verdict:<8} {self.subject}: {seen}"
        return f"{line}\n{' ' * (INDENT - 4)}do: {self.remedy}" if self.remedy else line


def ok(subject: str, seen: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(subject, Verdict.OK, seen)


def judge_provider(state: str) -> Finding:
    """Judge the registration of the resource provider."""
    seen = f"Microsoft.ContainerInstance is {state}"
    if state == "Registered":
        return ok("provider", seen)
    return Finding(
        "provider", Verdict.BROKEN, seen, "az provider register --namespace Microsoft.ContainerInstance --wait"
    )


def judge_region(region: str, offered: Sequence[str]) -> Finding:
    """Judge whether a region offers container groups."""
    if region in offered:
        return ok("region", f"{region} offers container groups")
    if not offered:
        return Finding("region", Verdict.UNKNOWN, "Azure names no region at all that offers container groups")
    from difflib import get_close_matches  # noqa: PLC0415 # for mistakes only

    near = get_close_matches(region, offered, n=1)
    hint = f"use {near[0]}" if near else f"use one of {', '.join(offered)}"
    return Finding(
        "region",
        Verdict.BROKEN,
        f"{region} does not offer container groups",
        f"{hint} (--aci-location, here --location)",
    )


def judge_quota(region: str, usages: Sequence[Usage]) -> Finding:
    """Judge whether there is room for a group in a region."""
    known = [usage for usage in usages if usage.name in NEEDED]
    if not known:
        return Finding("quota", Verdict.UNKNOWN, f"{region}: Azure names no quota of container groups")
    seen = ", ".join(f"{usage.limit - usage.used:g} of {usage.limit:g} {_unit(usage.name)} left" for usage in known)
    if any(usage.limit - usage.used < NEEDED[usage.name] for usage in known):
        remedy = "see `pytest-aci sweep` for what is forgotten, ask for a higher quota, or use another region"
        return Finding("quota", Verdict.BROKEN, f"{region}: {seen}", remedy)
    return ok("quota", f"{region}: {seen}")


def judge_permissions(needed: Sequence[str], grants: Iterable[Grant]) -> Finding:
    """Judge whether the credential may do all that a run needs; to create and not to delete is the worst case."""
    lacking = missing(needed, grants)
    if not lacking:
        return ok("permissions", f"all of the {count(len(needed), 'action')} that a run needs, deleting included")
    remedy = "give the credential the role that `pytest-aci permissions` prints, or Contributor of the subscription"
    return Finding("permissions", Verdict.BROKEN, f"it may not: {', '.join(lacking)}", remedy)


def judge_clock(here: datetime, there: datetime | None) -> Finding:
    """Judge this machine's clock by the server's."""
    if there is None:
        return Finding("clock", Verdict.UNKNOWN, "the server's answers carried no time")
    skew = (here - there).total_seconds()
    seen = f"{seconds(abs(skew))} {'ahead of' if skew > 0 else 'behind'} the server's"
    if abs(skew) < SKEW_TO_MENTION:
        return ok("clock", f"within {SKEW_TO_MENTION:g} s of the server's")
    verdict = Verdict.BROKEN if abs(skew) >= SKEW_TOO_MUCH else Verdict.WARNING
    remedy = "synchronise the clock (NTP): tokens and the expiry of what is created depend on it"
    return Finding("clock", verdict, seen, remedy)


def judge_cassettes(folder: str, number: int, complaints: Sequence[str]) -> Finding:
    """Judge the recorded conversations."""
    if complaints:
        shown = "\n".join(complaints[:3])
        more = f"\nand {len(complaints) - 3} more" if len(complaints) > 3 else ""  # noqa: PLR2004 # those that are shown
        return Finding("cassettes", Verdict.BROKEN, f"{shown}{more}", f"pytest-aci audit {folder}")
    if not number:
        seen = f"there are none in {folder}, so replay, the default mode, has nothing to play"
        return Finding("cassettes", Verdict.WARNING, seen, "pytest --aci-mode=record")
    return ok("cassettes", f"{count(number, 'cassette')} in {folder}, all of them can be played")


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 1 if anything is broken, else 0."""
    return int(any(finding.verdict is Verdict.BROKEN for finding in findings))


def _unit(name: str) -> str:
    return {"ContainerGroups": "groups", "StandardCores": "cores"}[name]

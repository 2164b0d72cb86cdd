from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pytest_aci.arm.control_plane import Grant
from pytest_aci.arm.diagnosis import Usage
from pytest_aci.reporting.findings import (
    Finding,
    Verdict,
    exit_code,
    judge_cassettes,
    judge_clock,
    judge_permissions,
    judge_provider,
    judge_quota,
    judge_region,
    ok,
)

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def test_a_finding_is_a_line_with_its_remedy_below() -> None:
    """What is seen may have several lines; they stay together."""
    assert str(ok("clock", "within 30 s")) == "ok       clock: within 30 s"
    broken = Finding("quota", Verdict.BROKEN, "none left\nof any kind", "ask for more")
    assert str(broken) == "broken   quota: none left\n             of any kind\n         do: ask for more"


def test_only_what_is_broken_fails() -> None:
    """A warning is for people, an exit code for scripts."""
    warning = Finding("docker", Verdict.WARNING, "no engine")
    assert exit_code([ok("clock", ""), warning, Finding("quota", Verdict.UNKNOWN, "")]) == 0
    assert exit_code([warning, Finding("quota", Verdict.BROKEN, "")]) == 1


def test_the_provider_is_registered_by_a_command() -> None:
    """The command is the remedy; nothing is registered for the user."""
    assert judge_provider("Registered").verdict is Verdict.OK
    assert judge_provider("NotRegistered").remedy == (
        "az provider register --namespace Microsoft.ContainerInstance --wait"
    )


def test_a_misspelt_region_gets_the_nearest() -> None:
    """One that is far from all gets the list."""
    assert judge_region("westeurope", ["westeurope"]).verdict is Verdict.OK
    assert (
        judge_region("westeuorpe", ["uksouth", "westeurope"]).remedy
        == "use westeurope (--aci-location, here --location)"
    )
    assert (
        judge_region("mars", ["uksouth", "eastus"]).remedy
        == "use one of uksouth, eastus (--aci-location, here --location)"
    )


def test_without_a_list_no_region_is_wrong() -> None:
    """A provider that is not registered may name none; then that is what has to be mended."""
    assert judge_region("westeurope", []).verdict is Verdict.UNKNOWN


def test_a_quota_needs_room_for_a_group_of_a_core() -> None:
    """Other counters of the region do not matter."""
    usages = [Usage("ContainerGroups", 3, 100), Usage("StandardCores", 10, 10), Usage("DedicatedCores", 0, 0)]
    finding = judge_quota("westeurope", usages)
    assert finding.seen == "westeurope: 97 of 100 groups left, 0 of 10 cores left"
    assert finding.verdict is Verdict.BROKEN
    assert judge_quota("westeurope", usages[:1]).verdict is Verdict.OK
    unknown = judge_quota("westeurope", usages[2:])
    assert unknown.verdict is Verdict.UNKNOWN
    assert unknown.seen == "westeurope: Azure names no quota of container groups"


def test_who_may_create_and_not_delete_is_told_so() -> None:
    """The worst case of all: everything would be left behind."""
    needed = ["Microsoft.ContainerInstance/containerGroups/delete", "Microsoft.ContainerInstance/containerGroups/read"]
    finding = judge_permissions(needed, [Grant(("*",), ("*/delete",))])
    assert finding.seen == "it may not: Microsoft.ContainerInstance/containerGroups/delete"
    assert "pytest-aci permissions" in finding.remedy
    assert judge_permissions(needed, [Grant(("*",))]).seen == (
        "all of the 2 actions that a run needs, deleting included"
    )


@pytest.mark.parametrize(
    ("skew", "verdict", "seen"),
    [
        (3, Verdict.OK, "within 30 s of the server's"),
        (-45, Verdict.WARNING, "45 s behind the server's"),
        (600, Verdict.BROKEN, "10 min 00 s ahead of the server's"),
    ],
)
def test_a_clock_that_is_off_breaks_tokens_and_expiry(skew: float, verdict: Verdict, seen: str) -> None:
    """Azure's tokens allow for five minutes."""
    finding = judge_clock(NOW + timedelta(seconds=skew), NOW)
    assert (finding.verdict, finding.seen) == (verdict, seen)


def test_a_clock_that_was_not_shown_is_unknown() -> None:
    """No verdict without a time."""
    assert judge_clock(NOW, None).verdict is Verdict.UNKNOWN


def test_cassettes_are_there_and_can_be_played() -> None:
    """A new project has none, which is a warning; one that is damaged breaks replay."""
    assert judge_cassettes("cassettes", 2, ()).seen == "2 cassettes in cassettes, all of them can be played"
    assert judge_cassettes("cassettes", 0, ()).remedy == "pytest --aci-mode=record"
    broken = judge_cassettes("cassettes", 5, ["a: broken", "b: secret", "c: old", "d: old"])
    assert broken.seen == "a: broken\nb: secret\nc: old\nand 1 more"
    assert broken.remedy == "pytest-aci audit cassettes"

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pytest_aci.arm.control_plane import GroupState, ResourceGroup
from pytest_aci.cleanup.judgement import Circumstances, Find, judge
from pytest_aci.cleanup.ledger import Claim
from pytest_aci.cleanup.ownership import CREATED, DELETE_AFTER, OWNER, Identity, proof_tags

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
IDENTITY = Identity("20260102T120000Z-01234567", "0123456789abcdef")
TAGS = proof_tags(IDENTITY, now=NOON, lifetime=3600, extra=[("team", "web")])
OURS = Find("resource_group", IDENTITY.resource_group, IDENTITY.resource_group, TAGS, None, "Succeeded")
SOON = Circumstances(now=NOON + timedelta(minutes=30))
LATER = Circumstances(now=NOON + timedelta(hours=2))


def test_what_has_expired_is_to_go() -> None:
    """A proven resource group whose time is over is to be deleted."""
    assert str(judge(OURS, LATER)) == f"delete resource group {OURS.name}: it expired at 2026-01-02T13:00:00Z"


def test_what_has_time_left_is_kept() -> None:
    """A proven resource group may exist until its expiry."""
    judgement = judge(OURS, SOON)
    assert not judgement.is_to_go
    assert judgement.reason == "it may exist until 2026-01-02T13:00:00Z"


@pytest.mark.parametrize(("minutes", "is_to_go"), [(69, False), (71, True)])
def test_clocks_may_differ_by_ten_minutes(minutes: int, is_to_go: bool) -> None:
    """Something has expired only ten minutes after its expiry, by the server's clock."""
    assert judge(OURS, Circumstances(now=NOON + timedelta(minutes=minutes))).is_to_go is is_to_go


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"name": "pytest-aci-mine"}, "its name is none that pytest-aci gives"),
        ({"name": "pytest-aci-0123456789abcdef-x"}, "its name is none that pytest-aci gives"),
        ({"managed_by": "/somebody"}, "it is managed by /somebody"),
        ({"state": "Deleting"}, "it is being deleted already"),
        ({"tags": {"team": "web"}}, "it has no proof tags; if a policy took them off, delete it by hand"),
        ({"tags": {**TAGS, OWNER: "0" * 16}}, "its proof tags are not valid"),
        ({"name": "pytest-aci-fedcba9876543210"}, "its proof tags are not valid"),
        ({"tags": {**TAGS, DELETE_AFTER: "tomorrow"}}, "its tag DeleteAfter can not be read as a time"),
    ],
)
@pytest.mark.parametrize("run_id", [None, IDENTITY.run_id])
def test_what_is_not_proven_is_kept(changed: dict[str, object], reason: str, run_id: str | None) -> None:
    """A foreign name, a manager, missing or wrong proof, and an unreadable expiry keep a group alive."""
    judgement = judge(replace(OURS, **changed), replace(LATER, run_id=run_id))  # type: ignore[arg-type] # the table's
    if run_id and DELETE_AFTER in reason:
        assert judgement.is_to_go  # who names a run does not ask for its expiry
    else:
        assert not judgement.is_to_go
        assert judgement.reason == reason


@pytest.mark.parametrize("run_id", [None, IDENTITY.run_id])
def test_what_a_running_run_uses_again_is_left_alone(run_id: str | None) -> None:
    """What an earlier run has kept is not deleted while a later one uses it, whoever names the earlier one."""
    judgement = judge(OURS, replace(LATER, run_id=run_id, used=frozenset({IDENTITY.run_id})))
    assert judgement.reason == "a later run, which is still going on, on this machine, uses it again"
    assert not judgement.is_to_go


def test_a_running_run_is_left_alone() -> None:
    """Nothing of a run that goes on on this machine is deleted, however old it is."""
    judgement = judge(OURS, replace(LATER, alive=frozenset({IDENTITY.run_id})))
    assert judgement.reason == "its run is still going on, on this machine"
    assert not judgement.is_to_go


def test_a_dead_run_has_no_time_left() -> None:
    """What a run that died on this machine has left is deleted at once."""
    judgement = judge(OURS, replace(SOON, dead=frozenset({IDENTITY.run_id})))
    assert judgement.is_to_go
    assert judgement.reason == f"its run {IDENTITY.run_id} died on this machine"


def test_one_run_only() -> None:
    """With a run's id, that run's things are deleted whatever their expiry, and no others."""
    assert judge(OURS, replace(SOON, run_id=IDENTITY.run_id)).is_to_go
    other = judge(OURS, replace(LATER, run_id="20260102T120000Z-89abcdef"))
    assert not other.is_to_go
    assert other.reason == f"it belongs to run {IDENTITY.run_id}"


@pytest.mark.parametrize(("seconds", "is_to_go"), [(1799, True), (1801, False)])
def test_older_than(seconds: float, is_to_go: bool) -> None:
    """With an age, what is older is deleted before it expires; its tag tells when it was created."""
    judgement = judge(OURS, replace(SOON, older_than=seconds))
    assert judgement.is_to_go is is_to_go
    assert not judge(replace(OURS, tags={**TAGS, CREATED: ""}), replace(SOON, older_than=seconds)).is_to_go


def test_a_find_in_a_borrowed_group() -> None:
    """A container group is judged by the same rules, and its claim deletes only itself."""
    group = GroupState(IDENTITY.group("web"), "/id", "westeurope", TAGS, "Succeeded")
    judgement = judge(Find.of_group(group, "theirs"), LATER)
    assert judgement.is_to_go
    assert judgement.find.claim == Claim("container_group", group.name, "theirs", "2026-01-02T13:00:00Z")


@pytest.mark.parametrize(
    ("name", "tags", "concerns"),
    [
        (IDENTITY.resource_group, {}, True),
        ("production", TAGS, True),
        ("production", {}, False),
        ("pytest-aci", {}, False),
    ],
)
def test_what_concerns_us(name: str, tags: dict[str, str], concerns: bool) -> None:
    """Whatever has our kind of name or our tag is considered and told about; the rest of a subscription is not."""
    assert Find.of_resource_group(ResourceGroup(name, "/id", "westeurope", tags)).concerns_us is concerns

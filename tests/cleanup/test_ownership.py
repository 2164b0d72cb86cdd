from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pytest_aci.cleanup.ownership import (
    CREATED,
    DELETE_AFTER,
    GROUP_NAME,
    OWNER,
    REPLAY_NONCE,
    RESOURCE_GROUP_NAME,
    RUN,
    STEM_LENGTH,
    Identity,
    Whose,
    iso,
    moment_of,
    proof_tags,
    tag,
    whose,
)
from pytest_aci.spec import fingerprint

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
IDENTITY = Identity("20260102T120000Z-01234567", "0123456789abcdef")


def tags(identity: Identity = IDENTITY) -> dict[str, str]:
    """The tags of something that *identity* created at noon, for an hour."""
    return proof_tags(identity, now=NOON, lifetime=3600, extra=[("team", "web")])


def test_names_hold_64_random_bits() -> None:
    """Every run has names of its own, made of 16 hexadecimal digits that no other run has."""
    made = [Identity.new() for _ in range(100)]
    assert len({identity.nonce for identity in made}) == 100
    assert all(RESOURCE_GROUP_NAME.fullmatch(identity.resource_group) for identity in made)
    assert all(GROUP_NAME.fullmatch(identity.group("web-1")) for identity in made)


def test_a_name_may_be_as_long_as_azure_lets_it() -> None:
    """A stem has what the random bits leave of 63 characters; specs, on a floor below, count on the same number."""
    longest = IDENTITY.group("a" * STEM_LENGTH)
    assert len(longest) == 63
    assert GROUP_NAME.fullmatch(longest)
    assert not GROUP_NAME.fullmatch(IDENTITY.group("a" * (STEM_LENGTH + 1)))
    assert fingerprint.STEM_LENGTH == STEM_LENGTH


def test_the_run_id_begins_with_the_time() -> None:
    """Run ids sort by time, and show the beginning of the run's random bits."""
    identity = Identity.new()
    assert datetime.strptime(identity.run_id[:16], "%Y%m%dT%H%M%S%z").tzinfo == UTC
    assert identity.run_id.endswith(identity.nonce[:8])


def test_replay_has_one_identity() -> None:
    """In a cassette all random bits are zero, so that a recording does not depend on its run."""
    assert Identity.replay().resource_group == f"pytest-aci-{REPLAY_NONCE}"


def test_renaming_keeps_the_run() -> None:
    """A name that can not be used is replaced by another one of the same run."""
    renamed = IDENTITY.renamed()
    assert renamed.run_id == IDENTITY.run_id
    assert renamed.nonce != IDENTITY.nonce


def test_proof_tags() -> None:
    """The tags say who created a resource, when, and until when it may exist, next to the user's own."""
    assert tags() == {
        "team": "web",
        DELETE_AFTER: "2026-01-02T13:00:00Z",
        RUN: IDENTITY.run_id,
        OWNER: tags()[OWNER],
        CREATED: "2026-01-02T12:00:00Z",
    }
    assert len(tags()[OWNER]) == 16


def test_the_users_tags_can_not_replace_the_proof() -> None:
    """A user's tag of the same key does not stand in for the proof."""
    made = proof_tags(IDENTITY, now=NOON, lifetime=60, extra=[(RUN, "mine"), (DELETE_AFTER, "never")])
    assert made[RUN] == IDENTITY.run_id
    assert made[DELETE_AFTER] == "2026-01-02T12:01:00Z"


def test_ours() -> None:
    """The run that created a resource recognises it by its name and its tags together."""
    assert whose(IDENTITY.resource_group, tags(), IDENTITY.run_id) is Whose.OURS
    assert whose(IDENTITY.group("web"), tags(), IDENTITY.run_id) is Whose.OURS


def test_ours_whatever_the_case_of_the_keys() -> None:
    """Azure keeps the case of a tag's key or not; it does not matter."""
    upper = {key.upper(): value for key, value in tags().items()}
    assert whose(IDENTITY.resource_group, upper, IDENTITY.run_id) is Whose.OURS
    assert tag(upper, "deleteafter") == "2026-01-02T13:00:00Z"


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        (IDENTITY.resource_group, {RUN: "20260102T120000Z-89abcdef"}),
        (IDENTITY.resource_group, {OWNER: "0" * 16}),
        ("pytest-aci-fedcba9876543210", {}),
    ],
    ids=["another run", "another proof", "copied to another name"],
)
def test_anothers(name: str, changed: dict[str, str]) -> None:
    """Tags of another run, with a wrong proof, or copied from another resource belong to somebody else."""
    assert whose(name, tags() | changed, IDENTITY.run_id) is Whose.ANOTHERS


@pytest.mark.parametrize("bare", [None, {}, {"team": "web", DELETE_AFTER: "2026-01-02T13:00:00Z"}])
def test_nobodys(bare: dict[str, str] | None) -> None:
    """Without proof tags nothing is proven, whatever the expiry says."""
    assert whose(IDENTITY.resource_group, bare, IDENTITY.run_id) is Whose.NOBODYS


@pytest.mark.parametrize(
    "name",
    [
        "pytest-aci-0123",
        "pytest-aci-0123456789ABCDEF",
        "my-pytest-aci-0123456789abcdef",
        "pytest-aci-0123456789abcdef-x",
    ],
)
def test_similar_names_are_not_ours(name: str) -> None:
    """A name that only resembles ours does not match: the pattern is anchored and as long as the random bits."""
    assert not RESOURCE_GROUP_NAME.fullmatch(name)


def test_times_are_utc_with_z() -> None:
    """Times are written in UTC with a final Z, wherever they come from."""
    assert iso(datetime(2026, 1, 2, 13, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-02T12:00:00Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T12:00:00Z", NOON),
        ("2026-01-02T12:00:00.1234567Z", NOON.replace(microsecond=123456)),  # the Azure SDK's own form
        ("2026-01-02T13:00:00+01:00", NOON),
        ("2026-01-02T12:00:00", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_times_are_read_strictly(text: str, moment: datetime | None) -> None:
    """A time is read if it says its time zone; anything else is no time, and so never an expired one."""
    assert moment_of({DELETE_AFTER: text}, DELETE_AFTER) == moment

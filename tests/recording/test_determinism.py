from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.recording.lives import Life

if TYPE_CHECKING:
    from pathlib import Path


def test_two_recordings_of_the_same_life_are_the_same_bytes(tmp_path: Path) -> None:
    """Names, times, addresses, ids, tokens and the number of polls of a run leave no trace in its cassette."""
    first = Life(1).record(tmp_path / "first", polls=1).read_bytes()
    second = Life(2).record(tmp_path / "second", polls=7).read_bytes()
    assert first == second


@pytest.mark.parametrize("seed", range(5))
def test_nothing_of_the_life_is_left(tmp_path: Path, seed: int) -> None:
    """No identity, address, password, key, token or time of the real life stands in the cassette."""
    life = Life(seed)
    text = life.record(tmp_path).read_text()
    identities = [life.subscription, life.tenant, life.principal, life.nonce, life.base, life.ip]
    secrets = [life.password, life.storage_key, life.job, "Bearer", "VSTS", "MII", "2031-"]
    for real in (*identities, *map(str.upper, identities), life.subscription.replace("-", ""), *secrets):
        assert real not in text


def test_what_is_worth_reading_is_kept(tmp_path: Path) -> None:
    """Images, commands, plain variables, states, events and tags of the user's stand in the cassette as they were."""
    cassette = json.loads(Life(1).record(tmp_path).read_text())
    group = next(item["response"]["json"] for item in cassette["interactions"] if item["request"]["method"] == "DELETE")
    container = group["properties"]["containers"][0]["properties"]
    assert container["image"] == "nginx:1.27"
    assert container["environmentVariables"] == [{"name": "MODE", "value": "test"}, {"name": "PASSWORD"}]
    assert [event["name"] for event in container["instanceView"]["events"]] == [
        "Pulling",
        "Pulled",
        "Started",
        "Killing",
    ]
    assert group["tags"]["team"] == "blue"

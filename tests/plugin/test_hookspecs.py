from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.emulator.running import Running
from tests.plugin import recorded_suite as suite
from tests.plugin.on_running import run

if TYPE_CHECKING:
    from pathlib import Path

CONFTEST = """
import dataclasses
import json
import pathlib

SAID = pathlib.Path(__file__).with_name("said.jsonl")


def say(**facts):
    with SAID.open("a") as file:
        file.write(json.dumps(facts) + "\\n")


def pytest_aci_group_requested(name, spec):
    say(hook="requested", name=name, image=spec.containers[0].image)
    return {"team": "shop", "pytest-aci-run": "forged"}


def pytest_aci_group_ready(group, seconds):
    say(hook="ready", name=group.name, seconds=seconds, tags=dict(group.resource.tags))


def pytest_aci_interaction(interaction):
    response = interaction.response
    body = response.body.replace(b"Welcome", b"Willkommen")
    return dataclasses.replace(interaction, response=dataclasses.replace(response, body=body))


def pytest_aci_leftovers(leftovers):
    say(hook="leftovers", commands=[one.command for one in leftovers])
"""
RECORDED = """
import requests
from pytest_aci import container_group, http, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80))

def test_web(web, aci):
    word = "Willkommen" if aci.mode == "replay" else "Welcome"
    assert word in requests.get(web.url(80)).text
"""


def said(folder: Path) -> list[dict[str, object]]:
    """What the hooks were told, in order."""
    return [json.loads(line) for line in (folder / "said.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What the hooks were told in a live run whose clean-up meets a lock."""
    folder = tmp_path_factory.mktemp("hooks")
    with Running() as running, running.injected("locked"):
        result = run(running, folder, "-k", "test_web", conftest=CONFTEST)
    assert result.returncode == 1
    return said(folder)


def test_a_group_is_told_before_it_is_created_and_when_it_is_ready(live: list[dict[str, object]]) -> None:
    """With what was asked for, and with the handle that tests get."""
    requested, ready = live[0], live[1]
    assert (requested["hook"], requested["image"]) == ("requested", "example.azurecr.io/web:1")
    assert (ready["hook"], ready["name"]) == ("ready", requested["name"])
    assert float(str(ready["seconds"])) > 0


def test_tags_of_the_hook_reach_azure_and_no_proof_can_be_forged(live: list[dict[str, object]]) -> None:
    """A team's own tags are added; those by which clean-up knows its own stay."""
    tags = live[1]["tags"]
    assert isinstance(tags, dict)
    assert tags["team"] == "shop"
    assert tags["pytest-aci-run"] != "forged"


def test_leftovers_are_told_with_their_commands(live: list[dict[str, object]]) -> None:
    """Only when something is left, such as behind a lock."""
    (told,) = [one for one in live if one["hook"] == "leftovers"]
    commands = told["commands"]
    assert isinstance(commands, list)
    assert any(command.startswith("az group delete --yes --name pytest-aci-") for command in commands)


def test_an_interaction_can_be_changed_before_it_is_written(tmp_path: Path) -> None:
    """What a team scrubs is not in the cassette, and replay plays what is there; tags of the hook are replayed, too."""
    suite.write(tmp_path, {"conftest.py": CONFTEST, "test_it.py": RECORDED, "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert result.returncode == 0, result.stdout
    text = "".join(suite.cassettes(tmp_path).values())
    assert "Willkommen" in text
    assert "Welcome" not in text
    assert not [one for one in said(tmp_path) if one["hook"] == "leftovers"]

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_aci.errors import CassetteError
from pytest_aci.provisioning.preflight import RESOURCE_GROUPS
from pytest_aci.recording.exchange import Interaction, Request, Response
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.placeholders import ARM
from pytest_aci.reporting.recorded import main, recorded_actions

CASSETTES = str(Path(__file__).parents[2] / "cassettes")


def printed(*arguments: str, **environment: str) -> str:
    """What the command says."""
    said: list[str] = []
    assert main(arguments, environment=environment, say=said.append) == 0
    return "\n".join(said)


def test_the_role_is_made_of_the_cassettes() -> None:
    """This project's own suite runs a command in a container and joins a subnet; it attaches to nothing."""
    role = json.loads(printed(f"--cassettes={CASSETTES}", "--name=ci", "--subscription=123"))
    actions = role["Actions"]
    assert "Microsoft.ContainerInstance/containerGroups/containers/exec/action" in actions
    assert "Microsoft.ContainerInstance/containerGroups/delete" in actions
    assert not [action for action in actions if "*" in action or "attach" in action]
    assert (role["Name"], role["AssignableScopes"]) == ("ci", ["/subscriptions/123"])


def test_a_service_with_paths_like_those_of_arm_needs_no_action(tmp_path: Path) -> None:
    """What a test asks its own service is nothing that Azure checks, wherever its path begins."""
    asked = [f"{ARM}/subscriptions/42/resourcegroups/x", "http://billing.test/subscriptions/42/cancel"]
    said = [Interaction(Request("POST", url), Response(200)) for url in asked]
    (tmp_path / "test.json").write_text(to_text(Header("test"), said), encoding="utf-8")
    assert recorded_actions(tmp_path) == [f"{RESOURCE_GROUPS}/action"]


def test_options_may_stand_in_the_environment() -> None:
    """As they may for pytest; without a subscription its place is held by zeros."""
    role = json.loads(printed(PYTEST_ACI_CASSETTES=CASSETTES))
    assert role["AssignableScopes"] == ["/subscriptions/00000000-0000-0000-0000-000000000000"]


def test_no_cassettes_are_no_role(tmp_path: Path) -> None:
    """A role that might lack something is not printed; the doctor makes do with what every run needs."""
    with pytest.raises(CassetteError, match=r"There are no cassettes in .*record them with: pytest --aci-mode=record"):
        printed(f"--cassettes={tmp_path / 'nowhere'}")
    assert recorded_actions(tmp_path / "nowhere") == []

from __future__ import annotations

from pytest_aci.cleanup.ledger import Claim
from pytest_aci.cleanup.outcome import Leftover, Outcome

HOME = Claim("resource_group", "pytest-aci-0123456789abcdef", "pytest-aci-0123456789abcdef", "x")
WEB = Claim("container_group", "web-0123456789abcdef", "theirs", "x")


def test_the_command_for_a_resource_group() -> None:
    """What is left of a resource group is deleted by one az command."""
    assert Leftover(HOME, "").command == "az group delete --yes --name pytest-aci-0123456789abcdef"


def test_the_command_for_a_container_group() -> None:
    """What is left of a container group is deleted without touching its resource group."""
    command = "az container delete --yes --resource-group theirs --name web-0123456789abcdef"
    assert Leftover(WEB, "").command == command


def test_what_was_left_at_first_can_be_gone_later() -> None:
    """Outcomes add up: a second try that succeeds takes a leftover back, one that fails replaces its reason."""
    first = Outcome(left=(Leftover(HOME, "busy"), Leftover(WEB, "busy")))
    second = Outcome(gone=(WEB,), left=(Leftover(HOME, "locked"),))
    assert first + second == Outcome(gone=(WEB,), left=(Leftover(HOME, "locked"),))

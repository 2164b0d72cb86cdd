"""A conftest with all hooks; executed by tests/test_snippets.py."""

# begin
from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_aci import ContainerGroup, GroupSpec, Interaction, Leftover


def pytest_aci_group_requested(name: str, spec: GroupSpec) -> Mapping[str, str]:
    """Tag every group with the team that pays for it."""
    return {"team": "web"}


def pytest_aci_group_ready(group: ContainerGroup, seconds: float) -> None:
    """Tell a dashboard how long groups take."""
    print(f"{group.name} was ready after {seconds:.0f} s")


def pytest_aci_interaction(interaction: Interaction) -> Interaction:
    """Keep the names of our customers out of cassettes."""
    response = interaction.response
    clean = response.body.replace(b"Contoso", b"a customer")
    return dataclasses.replace(interaction, response=dataclasses.replace(response, body=clean))


def pytest_aci_leftovers(leftovers: Sequence[Leftover]) -> None:
    """Alert somebody who can delete what could not be deleted."""
    for left in leftovers:
        print(f"{left.claim}: {left.reason}. {left.command}")

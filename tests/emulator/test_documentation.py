"""docs/emulator.md says what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aci.emulator.cli import parser
from pytest_aci.emulator.faults import KINDS
from pytest_aci.emulator.images import EFFECTS
from pytest_aci.emulator.wordings import WORDINGS

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
OPTIONS = sorted(option for action in parser()._actions for option in action.option_strings if option.startswith("--"))


@pytest.mark.parametrize("option", [each for each in OPTIONS if each != "--help"])
def test_options(option: str) -> None:
    """Every option of the command has its place in the page."""
    assert f"`{option}`" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_faults(kind: str) -> None:
    """Every kind of fault has a row."""
    assert f"| `{kind}` |" in PAGE


@pytest.mark.parametrize("effect", EFFECTS)
def test_fault_images(effect: str) -> None:
    """Every fault image is named."""
    assert f"`fault/{effect}" in PAGE


def test_unconfirmed_codes_exist() -> None:
    """Every code in the list of what is not confirmed is one that the emulator can answer with."""
    listed = PAGE.partition("## Not confirmed")[2].partition("- The statuses of")[0].partition("alone is known:")[2]
    codes = {each.strip("`., \n") for each in listed.replace("\n", " ").split(",")}
    assert codes <= set(WORDINGS)
    assert len(codes) > 25

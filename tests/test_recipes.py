from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RECIPES = Path(__file__).parent.parent / "docs" / "ci"
SCHEMAS = {
    "github-actions.yml": ["vendor.github-workflows"],
    "azure-pipelines.yml": ["vendor.azure-pipelines", "--regex-variant", "nonunicode"],
    "gitlab-ci.yml": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
LIVE = ("github-actions.yml", "azure-pipelines.yml", "gitlab-ci.yml")


def run(tool: str, *arguments: str) -> None:
    """Run a linter that stands beside this interpreter, and fail with what it says."""
    command = shutil.which(tool, path=str(Path(sys.executable).parent)) or shutil.which(tool)
    if command is None:
        pytest.skip(f"{tool} is not installed; it comes with the extra docs")
    result = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_recipes_are_well_formed() -> None:
    """All recipes pass yamllint's default rules, warnings included."""
    run("yamllint", "--strict", "--config-file", str(RECIPES / ".yamllint"), str(RECIPES))


@pytest.mark.parametrize("name", SCHEMAS)
def test_recipes_are_what_their_service_takes(name: str) -> None:
    """Each recipe fits the published schema of its CI service."""
    run("check-jsonschema", "--builtin-schema", *SCHEMAS[name], str(RECIPES / name))


def test_every_recipe_is_checked() -> None:
    """No recipe lacks a schema, apart from the piece for pre-commit, which is no whole file of a service's."""
    assert {path.name for path in RECIPES.glob("*.y*ml")} == {*SCHEMAS, "pre-commit-config.yaml"}


@pytest.mark.parametrize("name", LIVE)
def test_live_jobs_get_signals_and_sweep(name: str) -> None:
    """In every recipe pytest takes the place of its shell, and what is left is swept whatever happened."""
    text = (RECIPES / name).read_text(encoding="utf-8")
    assert "exec pytest -n 8 --aci-mode=live" in text
    always = {"github-actions.yml": "if: always()", "azure-pipelines.yml": "condition: always()"}
    before, _, _ = text.partition("pytest-aci sweep --yes")
    assert always.get(name, "after_script:") in before[-400:]

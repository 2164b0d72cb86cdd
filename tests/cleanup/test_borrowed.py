from __future__ import annotations

import ast
from pathlib import Path

import pytest_aci

PACKAGE = Path(pytest_aci.__file__).parent


def callers(name: str) -> set[str]:
    """The functions of the package that call a method of this name: `file:function`."""
    found = set()
    for module in PACKAGE.rglob("*.py"):
        if "emulator" in module.relative_to(PACKAGE).parts:
            continue
        for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
                if any(isinstance(call, ast.Attribute) and call.attr == name for call in calls):
                    found.add(f"{module.relative_to(PACKAGE)}:{function.name}")
    return found


def claimants(kind: str) -> set[str]:
    """The functions of the package that make a claim of a kind that they name themselves."""
    found = set()
    for module in PACKAGE.rglob("*.py"):
        for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Claim"]
                if any(isinstance(call.args[0], ast.Constant) and call.args[0].value == kind for call in made):
                    found.add(f"{module.relative_to(PACKAGE)}:{function.name}")
    return found


def test_one_place_deletes_resource_groups() -> None:
    """Only the sweeper deletes resource groups, and it does so for claims only."""
    assert callers("delete_resource_group") == {"cleanup/sweeper.py:_delete"}


def test_one_place_claims_resource_groups() -> None:
    """Only what has just been created gets a claim: borrowing a resource group makes none, so nothing deletes it."""
    assert claimants("resource_group") == {"provisioning/provisioner.py:_create_resource_group"}


def test_locks_are_unknown() -> None:
    """Nothing in the package can remove a lock: it does not know how to speak of one."""
    text = "".join(module.read_text(encoding="utf-8") for module in PACKAGE.rglob("*.py"))
    assert "Microsoft.Authorization/locks" not in text

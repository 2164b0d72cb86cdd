"""A small suite of a user's, as several tests record and replay it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

QUICKLY = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:hypothesispytest")
"""Without plugins that these suites do not use, and that take their time to load."""

RECORD = ("--aci-mode=record", "--aci-endpoint=emulator", "--aci-runtime=process")

GUARD = """
import socket

import pytest


@pytest.fixture(autouse=True, scope="session")
def guard(aci_settings):
    if not aci_settings.mode.is_live:
        def refuse(self, address):
            raise AssertionError(f"a socket was opened to {address}")
        socket.socket.connect = socket.socket.connect_ex = refuse
"""

CONFTEST = (
    GUARD
    + """
import requests
from pytest_aci import container_group, http, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80))


@pytest.fixture(scope="session")
def listing(aci_client, aci_resource_group, web):
    yield [one.name for one in aci_client.container_groups.list_by_resource_group(aci_resource_group.name)]
    aci_client.container_groups.get(aci_resource_group.name, web.name)


@pytest.fixture(scope="session")
def page(web):
    return requests.get(web.url(80)).text
"""
)

MODULE = """
import requests

def test_listing_{0}(listing, web):
    assert listing == [web.name]

def test_page_{0}(page):
    assert "Welcome" in page

def test_own_{0}(web):
    assert requests.get(web.url(80)).status_code == 200
    assert web.refresh().state == "Running"
    assert web["main"].logs() == web.logs()
"""

FILES = {
    "conftest.py": CONFTEST,
    "test_one.py": MODULE.format("one"),
    "test_two.py": MODULE.format("two"),
    "pytest.ini": "[pytest]\n",
}
TESTS = [f"test_{module}.py::test_{name}_{module}" for module in ("one", "two") for name in ("listing", "page", "own")]


CREDENTIALS = {
    "AZURE_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "AZURE_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
    "AZURE_CLIENT_SECRET": "this-would-sign-in",
    "AZURE_SUBSCRIPTION_ID": "33333333-3333-4333-8333-333333333333",
}
"""What azure-identity would sign in with."""


def without_credentials() -> dict[str, str]:
    """Return the environment with nothing in it that could sign in to Azure, and a home that is not the user's."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "PYTEST_", "ARM_"))}


def pytest_in(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own, in a folder, without credentials but for those in *environment*."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *QUICKLY, *arguments],
        cwd=folder,
        env=without_credentials() | {"XDG_STATE_HOME": str(folder / "state")} | (environment or {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def write(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a suite."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def cassettes(folder: Path) -> dict[str, str]:
    """Return the text of every cassette by its path in the folder of cassettes."""
    root = folder / "cassettes"
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.json"))}


def copy(recorded: Path, folder: Path) -> None:
    """Copy a recorded suite, so that a test may change it."""
    shutil.copytree(recorded, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "state"))

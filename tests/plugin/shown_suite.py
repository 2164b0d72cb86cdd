"""A suite of a user's that shows what people see: groups that come up, groups that fail, and tests that do."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.plugin import recorded_suite

if TYPE_CHECKING:
    from pathlib import Path

LIVE = ("--aci-mode=live", "--aci-endpoint=emulator", "--aci-runtime=process")
CONFTEST = """
import pytest
from pytest_aci import container_group, http, log, single

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"

web = container_group(single(HELLO, ports=[80]), until=http(80))
other = container_group(single(HELLO, ports=[80]), until=http(80))
never = container_group(
    single(HELLO, ports=[80]),
    until=log("no such line"),
    timeout=1,
)


@pytest.fixture(scope="session")
def page(web):
    return web.url(80)
"""
MODULE = """
import pytest
import requests

from pytest_aci import log, single


def test_passes(web):
    assert requests.get(web.url(80)).status_code == 200


def test_uses_another(other):
    pass


def test_fails(page):
    assert page == ""


def test_set_up_fails(web, never):
    pass


@pytest.mark.aci(
    image="mcr.microsoft.com/azuredocs/none-such",
)
def test_marker_fails(aci_single):
    pass


def test_body_fails(aci):
    aci.up(single("fault/exit:3", restart_policy="Never"))


def test_handle_fails(web):
    web["nothing"]


def test_plain():
    pass
"""
FILES = {"conftest.py": CONFTEST, "test_shown.py": MODULE, "pytest.ini": "[pytest]\nfilterwarnings = ignore\n"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a run left to look at: its output, and the files that it wrote."""

    folder: Path
    said: str
    returncode: int

    @property
    def timeline(self) -> str:
        """The page that was written."""
        return (self.folder / "reports" / "timeline.html").read_text(encoding="utf-8")

    def case(self, name: str) -> ET.Element:
        """What JUnit XML has about a test."""
        tree = ET.parse(self.folder / "junit.xml")
        return next(one for one in tree.iter("testcase") if one.get("name") == name)

    def properties(self, name: str) -> list[tuple[str | None, str | None]]:
        """The properties of a test."""
        return [(one.get("name"), one.get("value")) for one in self.case(name).iter("property")]

    def block(self, heading: str) -> str:
        """What was said about one test: from its heading to the next."""
        _, _, rest = self.said.partition(f" {heading} _")
        lines = rest.splitlines()[1:]
        end = next((number for number, line in enumerate(lines) if line.startswith(("____", "===="))), len(lines))
        return "\n".join(lines[:end])


def run(folder: Path, *arguments: str) -> Shown:
    """Write the suite into a folder and run it live."""
    recorded_suite.write(folder, FILES)
    reports = ("--junitxml=junit.xml", "--aci-timeline=reports/timeline.html", "--aci-prices=0.04,0.005,EUR")
    result = recorded_suite.pytest_in(folder, *LIVE, *reports, "--aci-log-lines=3", *arguments)
    return Shown(folder, result.stdout + result.stderr, result.returncode)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.emulator.running import Running
from tests.plugin import recorded_suite as suite
from tests.plugin.on_running import run

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = """
import pytest
from pytest_aci import container_group, log, single

SPEC = single("example.azurecr.io/web:1")
web = container_group(SPEC)
other = container_group(SPEC)
never = container_group(SPEC, until=log("no such line"), timeout=1)


@pytest.fixture
def narrow(request):
    return request.getfixturevalue("web")


@pytest.fixture(scope="session")
def wide(request):
    return request.getfixturevalue("web")


@pytest.fixture(scope="session")
def wider(request):
    return request.getfixturevalue("wide")


def test_body(request):
    assert not request.getfixturevalue("web")

def test_narrow(narrow):
    assert not narrow

def test_wide(wide):
    assert not wide

def test_wide_once_more(request):
    assert not request.getfixturevalue("wide")

def test_wider(wider):
    assert not wider

def test_wider_once_more(wider):
    assert not wider

def test_other(other):
    pass

def test_never(request):
    request.getfixturevalue("never")

def test_never_again(request):
    request.getfixturevalue("never")
"""
WEB = ("body", "narrow", "wide", "wide_once_more", "wider", "wider_once_more")


@pytest.fixture(scope="module")
def by_name(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, list[str]]:
    """What was said by the suite in which groups are asked for by name; its JUnit XML; which groups it left."""
    folder = tmp_path_factory.mktemp("by_name")
    with Running() as running:
        said = run(running, folder, "--aci-keep=on-failure", "--junitxml=junit.xml", module=BY_NAME).stdout
        left = sorted(group.name.partition("-")[0] for group in running.call(running.cloud.store.groups))
    return said, (folder / "junit.xml").read_text("utf-8"), left


def test_failing_tests_show_groups_that_they_got_by_name(by_name: tuple[str, str, list[str]]) -> None:
    """Whoever asked for the group by name, the test itself or a fixture of any scope, and if only its value was got."""
    said, _, _ = by_name
    assert len(re.findall("^-+ aci: web .web-", said, re.MULTILINE)) == len(WEB), said
    assert "aci: other" not in said


def test_groups_got_by_name_are_kept_for_the_failed_test(by_name: tuple[str, str, list[str]]) -> None:
    """So are those that never were ready; a group of tests that pass is not."""
    assert by_name[2] == ["never", "web"]


def test_tests_that_got_a_group_by_name_count(by_name: tuple[str, str, list[str]]) -> None:
    """The summary counts them, and JUnit XML has the group among their properties."""
    said, junit, _ = by_name
    (row,) = re.findall("^web .*", said, re.MULTILINE)
    assert row.split()[-1] == str(len(WEB))
    assert len(re.findall('name="aci.group" value="web-', junit)) == len(WEB)
    assert len(re.findall('name="aci.group" value="never-', junit)) == 2


UNMARKED = """
import pytest, requests
from pytest_aci import container_group, http, single

SPEC = single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80])
web = container_group(SPEC, until=http(80))
of_module = container_group(SPEC, until=http(80), scope="module")


@pytest.fixture(scope="session")
def wide(request):
    return request.getfixturevalue("web")

@pytest.fixture(params=["web", "of_module"])
def any_web(request):
    return request.getfixturevalue(request.param)

def test_first(wide):
    raise RuntimeError("too late")

@pytest.mark.aci
def test_marked(any_web):
    assert requests.get(any_web.url(80)).status_code == 200

@pytest.mark.aci
def test_wide(wide):
    assert wide.refresh().state == "Running"

def test_narrow(any_web):
    raise RuntimeError("too late")

def test_body(request):
    request.getfixturevalue("of_module")
    raise RuntimeError("too late")

def test_last(wide):
    raise RuntimeError("too late")

def test_unit(tmp_path):
    pass
"""


def test_who_gets_a_group_by_name_has_a_marker_or_is_refused(tmp_path: Path) -> None:
    """Where there are cassettes: before the test does anything, whether the group is there already or is not yet.

    Tests that have the marker are recorded and replayed, and do not hear of the others' mistake.
    """
    suite.write(tmp_path, {"conftest.py": suite.GUARD, "test_it.py": UNMARKED, "pytest.ini": "[pytest]\n"})
    for options in (suite.RECORD, ()):
        said = suite.pytest_in(tmp_path, *options, "--tb=short").stdout
        refused = re.findall(
            r"^E +pytest_aci\.errors\.Unmarked: test_it\.py::(\S+) has no cassette, (.*)$", said, re.MULTILINE
        )
        assert {test for test, _ in refused} == {
            "test_first",
            "test_narrow[web]",
            "test_narrow[of_module]",
            "test_body",
            "test_last",
        }, said
        assert refused[0][1] == (
            "because it asks for web by name while it runs. "
            "Take web as an argument, or mark the test with @pytest.mark.aci."
        )
        assert "too late" not in said.partition("short test summary")[2]
        assert "1 failed, 4 passed, 4 errors" in said
    assert "groups/test_it/web.json" in suite.cassettes(tmp_path)

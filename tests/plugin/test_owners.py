from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_aci.recording.owners import OWNERS_FILE
from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path

CONFTEST = """
import pytest, requests
from pytest_aci import container_group, http, single

HELLO = single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80])
web = container_group(HELLO, until=http(80))


@pytest.fixture(scope="module", params=["/", "/?b"])
def page(web, request):
    return requests.get(web.url(80, request.param), timeout=9).text
"""
MODULE = """
import pytest, requests
from conftest import HELLO
from pytest_aci import container_group, http

of_class = container_group(HELLO, until=http(80), scope="class")


def test_page(page):
    assert "Welcome" in page


class TestClass:
    @pytest.fixture(scope="class")
    def other(self, of_class):
        return requests.get(of_class.url(80), timeout=9).text

    def test_other(self, other):
        assert "Welcome" in other


@pytest.mark.aci(command=["echo", "one"])
def test_word(aci_task):
    assert aci_task.refresh().exit_code == 0


@pytest.mark.slow
def test_slow(aci):
    assert aci.resource_group.name
"""
INI = "[pytest]\nmarkers = slow\naddopts = -m 'not slow'\n"


def audit(folder: Path) -> tuple[int, list[str]]:
    """Audit the cassettes of a suite; the exit code, and what was said, with paths in the folder of cassettes."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest_aci", "audit", "--unused"],
        cwd=folder,
        env=suite.without_credentials(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).replace(f"{folder}/", "").splitlines()


def test_the_audit_finds_cassettes_that_nobody_plays(tmp_path: Path) -> None:
    """What tests, fixtures and groups of any scope have is known from collection; what none of them has is unused."""
    suite.write(tmp_path, {"conftest.py": CONFTEST, "test_one.py": MODULE, "pytest.ini": INI})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert result.returncode == 0, result.stdout
    assert len(suite.cassettes(tmp_path)) == 8, list(suite.cassettes(tmp_path))
    code, said = audit(tmp_path)
    assert (code, len(said)) == (0, 1), said
    suite.write(tmp_path, {"test_one.py": MODULE.replace("test_word", "test_words").replace("of_class", "of_classes")})
    code, said = audit(tmp_path)
    assert code == 1
    unused = [line.removesuffix(": unused: no test, fixture or group of this suite plays it") for line in said[:-1]]
    assert [path.rpartition("/")[2].partition("-")[0] for path in unused] == ["of_class", "test_word.json"]


GROUPS_BY_NAME = """
import pytest
from pytest_aci import container_group, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld"), scope="module")


@pytest.mark.aci
class TestClass:
    def test_one(self, {0}):
        assert {1}

    @pytest.mark.aci(sidecar="mcr.microsoft.com/azuredocs/aci-tutorial-sidecar")
    def test_two(self, request):
        assert request.getfixturevalue("aci_sidecar").name
"""


def test_groups_that_may_be_asked_for_by_name_are_not_unused(tmp_path: Path) -> None:
    """A group that a test with `request` sees may be played; without it only those that are arguments are."""
    ini = "[pytest]\n"
    module = GROUPS_BY_NAME.format("request", 'request.getfixturevalue("web").refresh().name')
    suite.write(tmp_path, {"test_it.py": module, "pytest.ini": ini})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert result.returncode == 0, result.stdout
    assert len(suite.cassettes(tmp_path)) == 4, list(suite.cassettes(tmp_path))
    code, said = audit(tmp_path)
    assert (code, len(said)) == (0, 1), said
    module = GROUPS_BY_NAME.format("aci", "aci").replace("self, request", "self, aci_sidecar")
    suite.write(tmp_path, {"test_it.py": module.replace('request.getfixturevalue("aci_sidecar")', "aci_sidecar")})
    _, said = audit(tmp_path)
    unused = [line.rpartition("/")[2].partition("-")[0] for line in said if ": unused: " in line]
    assert unused == ["web"]


def test_tests_that_can_not_be_collected_are_a_wrong_call(tmp_path: Path) -> None:
    """An audit that can not know what is used says so, with exit code 2."""
    suite.write(tmp_path, {"test_broken.py": "import nothing_such", "pytest.ini": "[pytest]\n"})
    (tmp_path / "cassettes").mkdir()
    code, said = audit(tmp_path)
    assert code == 2
    assert said[-1].endswith("the tests can not be collected (exit code 2); see: pytest --collect-only")


BY_NAME = """
import pytest

@pytest.fixture(scope="session")
def listing(aci_client):
    pass

@pytest.fixture
def chosen({}):
    pass

def test_it(aci, chosen):
    pass
"""


@pytest.mark.parametrize("argument", ["request", "aci"])
def test_what_may_be_asked_for_by_name_is_not_unused(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, argument: str
) -> None:
    """The cassette of a session fixture counts as needed where something of the project's may ask for it by name."""
    pytester.makepyfile(test_it=BY_NAME.format(argument))
    monkeypatch.setenv(OWNERS_FILE, "owners.json")
    pytester.runpytest_subprocess("--collect-only").assert_outcomes()
    owners = json.loads((pytester.path / "owners.json").read_text("utf-8"))
    assert ("fixtures/test_it/listing" in owners) is (argument == "request")


PARAMETERS = """
import pytest
from pytest_aci import Secret

password, nothing = Secret("correct-horse").reveal(), Secret("")


class Thing:
    pass


@pytest.fixture(scope="session", params=[Thing(), password, {"size": 1}])
def thing(request, aci_client):
    pass


@pytest.mark.parametrize("text", ["plain"])
def test_it(thing, text):
    pass
"""


def test_parameters_name_cassettes_alike_in_each_process(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object's address, and a secret, are no part of a name: the parameter's place stands for it."""
    pytester.makepyfile(test_it=PARAMETERS)
    owners = []
    for number in range(2):
        monkeypatch.setenv(OWNERS_FILE, f"owners-{number}.json")
        pytester.runpytest_subprocess().assert_outcomes(passed=3)
        owners.append(json.loads((pytester.path / f"owners-{number}.json").read_text("utf-8")))
    assert owners[0] == owners[1]
    names = [owner.rpartition("/")[2] for owner in owners[0] if "thing" in owner]
    assert [name.rpartition("-")[0] for name in names] == [
        "thing-size-1",
        "thing-thing0",
        "thing-thing1",
        "test_it-thing-plain",
        "test_it-thing0-plain",
        "test_it-thing2-plain",
    ]

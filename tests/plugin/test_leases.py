from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.running import Running
from tests.plugin.on_running import asked, run

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
import pathlib
import time
import pytest
from pytest_aci import container_group, single

SPEC = single("example.azurecr.io/web:1")
of_module = container_group(SPEC, scope="module")


@pytest.mark.parametrize("number", range(2))
def test_it(of_module, number):
    here = pathlib.Path(__file__).parent
    (here / f"used-{number}").touch()
    while len(list(here.glob("used-*"))) < 2:
        time.sleep(0.05)
    assert of_module.refresh().state == "Running"
"""


def test_each_worker_has_its_own_group_of_a_module(tmp_path: Path) -> None:
    """Two workers in one module have a group each, so that the first at its end takes nothing from the other."""
    with Running() as running:
        result = run(running, tmp_path, "-n", "2", module=MODULE)
        assert "2 passed" in result.stdout, result.stdout
        assert len(set(asked(running, "ContainerGroups_CreateOrUpdate"))) == 2


LEARNT = """
import pytest
from pytest_aci import single

pytestmark = pytest.mark.aci(image="example.azurecr.io/web:1")

def test_one(aci_single):
    aci_single.stop()
    assert aci_single.state == "Stopped"

def test_other(aci_single):
    assert aci_single.state == "Running"
    assert aci_single.refresh().state == "Stopped"
"""


def test_what_one_test_learns_is_not_what_the_next_one_sees(tmp_path: Path) -> None:
    """Each begins with the shared group as it was when it became ready, whichever tests ran before."""
    with Running() as running:
        result = run(running, tmp_path, module=LEARNT)
        assert "2 passed" in result.stdout, result.stdout
        assert len(asked(running, "ContainerGroups_CreateOrUpdate")) == 1


BY_NAME = """
from pytest_aci import single

def test_single(request):
    request.getfixturevalue("aci_single")

def test_up(request):
    request.getfixturevalue("aci").up(single("example.azurecr.io/web:1"))
"""


TRIED_TWICE = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    if nextitem:
        runtestprotocol(item, nextitem=nextitem, log=False)  # as plugins do that run a failed test again
        item._initrequest()
"""
DIRTY = """
import pytest
from pytest_aci import container_group, single

names = []
of_test = container_group(single("example.azurecr.io/web:1"), scope="function")

@pytest.mark.aci(image="example.azurecr.io/web:2", fresh=True)
def test_it(aci_single, of_test):
    names.append((aci_single.name, of_test.name))
    if len(names) == 1:
        aci_single.stop()
        of_test.stop()
        pytest.fail("the first attempt")
    assert aci_single.state == of_test.state == "Running"
    assert not set(names[0]) & set(names[1])

def test_last():
    pass
"""


@pytest.mark.parametrize("keep", ["on-failure", "always"])
def test_a_second_attempt_gets_nothing_that_the_first_has_left(tmp_path: Path, keep: str) -> None:
    """Groups that a failed test leaves are kept to be looked at, and the test that is run again gets new ones."""
    with Running() as running:
        result = run(running, tmp_path, f"--aci-keep={keep}", "--aci-timeout=3s", conftest=TRIED_TWICE, module=DIRTY)
        assert result.returncode == 0, result.stdout
        assert len(set(asked(running, "ContainerGroups_CreateOrUpdate"))) == 4
        assert len(running.cloud.store.groups()) == {"on-failure": 2, "always": 4}[keep]


def test_who_asks_by_name_only_is_told_to_ask_in_time(pytester: pytest.Pytester) -> None:
    """Such a test has no cassette, and is told so before anything is asked."""
    pytester.makepyfile(test_it=BY_NAME)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=2)
    for test, fixture in (("single", "aci_single"), ("up", "aci")):
        told = f"test_it.py::test_{test} has no cassette, because it asks for {fixture} by name while it runs. "
        what_to_do = f"Take {fixture} as an argument, or mark the test with @pytest.mark.aci."
        result.stdout.fnmatch_lines([f"E  *Unmarked: {told}{what_to_do}"])

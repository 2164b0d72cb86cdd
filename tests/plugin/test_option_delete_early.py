from __future__ import annotations

import pytest

SUITE = """
import pytest
from pytest_aci import container_group, single

IMAGE = "mcr.microsoft.com/azuredocs/aci-helloworld"
first = container_group(single(IMAGE, ports=[80]))
second = container_group(single(IMAGE, ports=[80]))
held = container_group(single(IMAGE, ports=[80]))
named = container_group(single(IMAGE, ports=[80]))


@pytest.fixture(scope="session", autouse=True)
def curious(request):
    pass  # could ask for anything, and does not


@pytest.fixture(scope="module")
def by_name(request):
    named = request.getfixturevalue("named")
    yield named
    assert named.refresh().state == "Running"


@pytest.fixture(scope="module")
def holder(held):
    yield held
    assert held.refresh().state == "Running"


@pytest.fixture
def gone(aci_client, aci_resource_group):
    def gone(group):
        import time
        for _ in range(200):
            names = [one.name for one in aci_client.container_groups.list_by_resource_group(aci_resource_group.name)]
            if group not in names:
                return True
            time.sleep(0.05)
        return False
    return gone


USED = {}

def test_first(first):
    USED["first"] = first.name

def test_holder(holder):
    USED["held"] = holder.name

def test_by_name(by_name):
    USED["named"] = by_name.name

def test_named(named):
    pass

def test_second(second, tmp_path, worker_id):  # both take session fixtures of pytest's and xdist's that take `request`
    USED["second"] = second.name
"""
LIVE = ("--aci-mode=live", "--aci-endpoint=emulator", "--aci-runtime=process", "-p", "no:cacheprovider")

EARLY = """
def test_what_nobody_needs_is_gone(second, gone):
    assert gone(USED["first"])

def test_the_others_are_still_there(second, aci_client, aci_resource_group):
    groups = aci_client.container_groups
    for name in ("held", "named", "second"):
        assert groups.get(aci_resource_group.name, USED[name]).instance_view.state == "Running"

def test_one_who_asks_by_name_gets_a_new_one(request):
    assert request.getfixturevalue("first").refresh().state == "Running"
"""

LATE = """
def test_everything_is_still_there(second, aci_client, aci_resource_group):
    groups = aci_client.container_groups
    for name in ("first", "held", "named", "second"):
        assert groups.get(aci_resource_group.name, USED[name]).instance_view.state == "Running"
"""


@pytest.mark.parametrize(
    ("tests", "options", "outcomes"),
    [
        (EARLY, (), {"passed": 8}),
        (LATE, ("--aci-delete-early=no",), {"passed": 6}),
    ],
    ids=["early", "not early"],
)
def test_groups_are_deleted_when_their_last_test_is_over(
    pytester: pytest.Pytester, tests: str, options: tuple[str, ...], outcomes: dict[str, int]
) -> None:
    """A group goes after its last test, unless a wider fixture takes it, if only by name; with `=no` all stay.

    That a failed test keeps its group is proven where groups are kept, in `tests/chaos/test_keeping.py`.
    """
    pytester.makepyfile(SUITE + tests)
    result = pytester.runpytest_subprocess(*LIVE, *options)
    result.assert_outcomes(**outcomes)
    assert "left behind" not in result.stdout.str()


def test_a_value_that_is_not_valid_is_told(pytester: pytest.Pytester) -> None:
    """The option takes yes and no."""
    result = pytester.runpytest_subprocess("--aci-delete-early=never")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --aci-delete-early: 'never' is not valid: valid are yes, no.*"])

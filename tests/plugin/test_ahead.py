from __future__ import annotations

import pytest

SUITE = """
import pytest
from pytest_aci import container_group, single

IMAGE = "mcr.microsoft.com/azuredocs/aci-helloworld"
one = container_group(single(IMAGE))
two = container_group(single(IMAGE))


def test_listing(aci_client, aci_resource_group):
    import time
    for _ in range(200):
        groups = aci_client.container_groups.list_by_resource_group(aci_resource_group.name)
        names = sorted(group.name.partition("-")[0] for group in groups)
        if len(names) == EXPECTED:
            break
        time.sleep(0.05)
    print("ahead:", *names)


def test_one(one): pass

def test_two(two): pass

@pytest.mark.skip
def test_skipped(two): pass

@pytest.mark.skipif("True", reason="always")
def test_skipped_by_a_condition(two): pass

@pytest.mark.xfail(run=False)
def test_skipped_as_expected(two): pass
"""
LIVE = ("--aci-mode=live", "-p", "no:cacheprovider")
NOWHERE = "--aci-endpoint=http://127.0.0.1:9"
EMULATOR = ("--aci-endpoint=emulator", "--aci-runtime=process", "--aci-delete-early=no")


@pytest.mark.parametrize("option", ["--collect-only", "--setup-plan"])
def test_looking_at_a_suite_creates_nothing(pytester: pytest.Pytester, option: str) -> None:
    """Whoever only wants to see what would run gets that, without a control plane to ask."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess(*LIVE, NOWHERE, option)
    assert result.ret == 0
    assert "127.0.0.1:9" not in result.stdout.str().split("collected")[1]


@pytest.mark.parametrize(
    ("options", "names"),
    [((), ["one", "two"]), (("-k", "listing or one"), ["one"]), (("-k", "listing or skipped"), [])],
    ids=["all", "-k", "skipped"],
)
def test_what_selected_tests_need_is_created_before_they_ask(
    pytester: pytest.Pytester, options: tuple[str, ...], names: list[str]
) -> None:
    """The first test, which asks for no group, finds those of the others on their way; not those of deselected ones."""
    pytester.makepyfile(SUITE.replace("EXPECTED", str(len(names))))
    result = pytester.runpytest_subprocess(*LIVE, *EMULATOR, "-s", *options)
    assert result.ret == 0
    result.stdout.fnmatch_lines([" ".join(["*ahead:", *names])])


def test_a_run_that_stops_at_the_first_failure_leaves_nothing(pytester: pytest.Pytester) -> None:
    """With `-x`, groups that are still being created ahead are deleted like the others."""
    pytester.makepyfile(SUITE.replace("print(", "assert 0 and print(").replace("EXPECTED", "0"))
    result = pytester.runpytest_subprocess(*LIVE, *EMULATOR, "-x")
    result.assert_outcomes(failed=1)
    assert "left behind" not in result.stdout.str()

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def test_a_wrong_keyword_is_a_usage_error_that_names_the_test(pytester: pytest.Pytester) -> None:
    """A marker's keywords are checked at collection: the test, the wrong word, and the nearest right one are named."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.aci(image="mcr.microsoft.com/x/web:1", prots=[80])
        def test_one(aci_single): pass
        """
    )
    result = pytester.runpytest_subprocess()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *test_one: @pytest.mark.aci: *", "*prots*ports*"])


def test_a_string_as_command_is_refused_with_the_two_right_forms(pytester: pytest.Pytester) -> None:
    """A command is a list; the message shows both ways to write one."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.aci(command="echo FOO BAR")
        def test_one(aci_task): pass
        """
    )
    result = pytester.runpytest_subprocess()
    assert result.ret == 4
    result.stderr.fnmatch_lines(['*[[]"echo", "FOO", "BAR"]*[[]"/bin/sh", "-c", "echo FOO BAR && tail -f /dev/null"]'])


def test_tests_are_marked_by_the_fixtures_they_use(pytester: pytest.Pytester) -> None:
    """`-m aci` selects what uses a fixture of the plugin, directly, declared, or through a fixture of the user's."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_aci import container_group, single

        web = container_group(single("mcr.microsoft.com/x/web:1", ports=[80]))

        @pytest.fixture
        def mine(aci_client): return aci_client

        def test_direct(aci_single): pass
        def test_declared(web): pass
        def test_through(mine): pass
        def test_other(): pass
        """
    )
    result = pytester.runpytest_subprocess("-m", "aci", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["*::test_direct", "*::test_declared", "*::test_through", "3/4 tests collected*"])


def test_live_only_is_skipped_in_replay(pytester: pytest.Pytester) -> None:
    """What can not be replayed says so."""
    pytester.makepyfile("import pytest\n@pytest.mark.aci(live_only=True)\ndef test_one(aci_single): pass")
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*live_only: it can not be replayed; run it with --aci-mode=live"])

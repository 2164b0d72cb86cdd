from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def test_a_wrong_declaration_is_shown_where_it_stands(pytester: pytest.Pytester) -> None:
    """The user's line and the complaints, and none of our frames between them."""
    pytester.makepyfile(
        test_spec="""
        from pytest_aci import container_group, single
        web = container_group(single("mcr.microsoft.com/x/web:1", ports=[99999]))
        """,
        test_port="""
        from pytest_aci import container_group, http, single
        web = container_group(single("mcr.microsoft.com/x/web:1", ports=[80]), until=http(8080))
        """,
    )
    words = ("until=http", "timeout='soon'", "scope='sesion'", "until=log('x', container='nope')")
    for number, word in enumerate(words):
        text = f"from pytest_aci import container_group, http, log, single\nweb = container_group(single('a'), {word})"
        pytester.makepyfile(**{f"test_word_{number}": text})
    result = pytester.runpytest_subprocess("-p", "no:asyncio")
    result.stdout.fnmatch_lines_random(
        [
            "test_spec.py:2: in <module>",
            "E     ports[[]0[]].port = 99999: a port from 1 to 65535",
            "test_port.py:2: in <module>",
            "E     until = http 200 on port 8080/: the group does not open port 8080: it opens 80; *",
            "test_word_0.py:2: in <module>",
            "E     until = <function http *: a condition such as running, port(80), *",
            "E     timeout = 'soon': more than 0 seconds, such as 300 or \"5m\"",
            "E     scope = 'sesion': one of session, package, module, class, function",
            "E     until = log line matching 'x': there is no container 'nope'; there is main",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_aci/*")


def test_a_declaration_in_a_class_is_refused_at_collection(pytester: pytest.Pytester) -> None:
    """Pytest would call it as a method; nothing is created, and the sentence says where it can stand."""
    pytester.makepyfile(
        test_class="""
        from pytest_aci import container_group, single
        class TestShop:
            web = container_group(single("mcr.microsoft.com/x/web:1"))
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:asyncio")
    result.stdout.fnmatch_lines(
        ["test_class.py:3: in TestShop", "E * place = the class TestShop: declare it in the module, before the class*"]
    )


def test_pytest_shows_a_declared_fixture_where_it_stands(pytester: pytest.Pytester) -> None:
    """`--fixtures` lists it under the user's module, with the user's file; the line is pytest's to count."""
    pytester.makeconftest(
        """
        from pytest_aci import container_group, single
        web = container_group(single("mcr.microsoft.com/x/web:1"))
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:asyncio", "--fixtures")
    result.stdout.fnmatch_lines(["*fixtures defined from conftest*", "web [[]session scope[]] -- conftest.py:*"])

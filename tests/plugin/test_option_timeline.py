from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.plugin.shown_suite import Shown


def test_the_page_is_written_after_everything_is_deleted(shown: Shown) -> None:
    """The folder is made, the summary names the file, and the bars reach to the deletion."""
    assert f"timeline: {shown.folder / 'reports' / 'timeline.html'}" in shown.said
    hints = re.findall(r"<title>(.*?)</title></rect>", shown.timeline)
    assert [hint for hint in hints if hint.startswith("web: ready for ")]
    assert [hint for hint in hints if hint.startswith("web: deleting for ")]
    assert [hint for hint in hints if hint.startswith("web used by test_shown.py::test_passes for ")]


def test_every_test_is_on_it(shown: Shown) -> None:
    """Also those that need no container: they are what the time was spent on as well."""
    hints = re.findall(r"<title>(test_shown\.py::\w+): (\w+) after", shown.timeline)
    assert len(hints) == 8
    assert ("test_shown.py::test_plain", "passed") in hints
    assert ("test_shown.py::test_set_up_fails", "failed") in hints


def test_each_worker_has_a_lane(distributed: Shown) -> None:
    """The controller draws what its workers did."""
    assert re.findall(r'class="name"[^>]*>(gw\d)<', distributed.timeline) == ["gw0", "gw1"]
    assert "web: ready for " in distributed.timeline
    assert "web: deleting for " in distributed.timeline


RETRIED = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        report.outcome = "retried"
    return report
"""


def test_neither_a_strange_outcome_nor_a_file_in_the_way_stops_the_run(pytester: pytest.Pytester) -> None:
    """Another plugin may have outcomes of its own; a page that can not be written is told in the summary."""
    pytester.makeconftest(RETRIED)
    pytester.makepyfile("def test_it(aci_client): pass")
    (pytester.path / "file").touch()
    result = pytester.runpytest_subprocess("--aci-timeline=file/timeline.html")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["timeline: */file/timeline.html could not be written: File exists"])

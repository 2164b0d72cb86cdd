from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.shown_suite import Shown

SECTION = "aci: web (web-"


def test_a_failing_test_shows_the_groups_that_it_used(shown: Shown) -> None:
    """State, events and the end of the logs, also of a group that it got through another fixture, and of no other."""
    block = shown.block("test_fails")
    assert SECTION in block
    assert "Running (main Running), westeurope, ready after" in block
    assert "  event: Started: Started container\n  log:\n    listening on port 80" in block
    assert "aci: other" not in block


def test_a_failing_set_up_shows_them_too(shown: Shown) -> None:
    """What could not be set up explains itself; what was set up before it is shown."""
    block = shown.block("ERROR at setup of test_set_up_fails")
    assert "will not be ready" in block or "was not ready after 1 s" in block
    assert "Awaited: log line matching 'no such line'" in block
    assert "E     main: log " in block
    assert SECTION in block
    assert "aci: never" not in block


def test_an_error_of_a_fixture_points_at_its_declaration(shown: Shown) -> None:
    """The reader sees his own line and the sentence, and nothing of what lies between."""
    block = shown.block("ERROR at setup of test_set_up_fails")
    assert block.lstrip().startswith(">   never = container_group(\n")
    assert re.search(r"^conftest\.py:9: NotReady$", block, re.MULTILINE)


def test_an_error_of_a_marked_group_points_at_the_marker(shown: Shown) -> None:
    """The image that can not be had stands there."""
    block = shown.block("ERROR at setup of test_marker_fails")
    assert block.lstrip().startswith(">   @pytest.mark.aci(\n")
    assert "E   pytest_aci.errors.ControlPlaneError: Could not create container group" in block.replace("E    ", "E   ")


READY_MADE = """
def test_it(aci_client, aci_resource_group):
    pass

def test_once_more(aci_resource_group):
    pass
"""


def test_an_error_of_a_ready_made_fixture_points_at_the_test(tmp_path: Path) -> None:
    """So that it has a line to show, the short summary its reason, and the command for all tests all of them."""
    suite.write(tmp_path, {"test_it.py": READY_MADE, "pytest.ini": "[pytest]\n"})
    said = suite.pytest_in(tmp_path).stdout
    assert (
        ">   def test_it(aci_client, aci_resource_group):\nE   pytest_aci.errors.CassetteMissing: no cassette for"
        in said
    )
    assert "test_it.py:2: CassetteMissing" in said
    assert "traceback entries are hidden" not in said
    assert "ERROR test_it.py::test_it - pytest_aci.errors.CassetteMissing: " in said
    assert "record them with: pytest --aci-mode=record test_it.py::test_it test_it.py::test_once_more (at" in said


def test_an_error_in_a_test_ends_in_the_test(shown: Shown) -> None:
    """Its own line is the last one that is shown."""
    assert '>       aci.up(single("fault/exit:3", restart_policy="Never"))' in shown.block("test_body_fails")
    assert "E       pytest_aci.errors.NoSuchContainer: " in shown.block("test_handle_fails")
    assert "site-packages" not in shown.said
    assert "pytest_aci/provisioning" not in shown.said


def test_the_short_summary_names_error_and_beginning(shown: Shown) -> None:
    """Also for a fixture of ours, which has no line of the user's in its traceback."""
    assert "ERROR test_shown.py::test_set_up_fails - pytest_aci.errors.NotReady: " in shown.said


def test_junit_xml_has_the_same_sections(shown: Shown) -> None:
    """A CI system that shows nothing but the XML shows the containers, too."""
    failure = shown.case("test_fails").find("failure")
    assert failure is not None
    assert SECTION in str(failure.text)
    assert "    listening on port 80" in str(failure.text)
    error = shown.case("test_set_up_fails").find("error")
    assert error is not None
    assert SECTION in str(error.text)


def test_junit_xml_has_properties(shown: Shown) -> None:
    """Group, mode and seconds of provisioning of every group that a test used, whether it passed or not."""
    names = [name for name, _ in shown.properties("test_passes")]
    assert names == ["aci.group", "aci.mode", "aci.provision_seconds"]
    (_, group), (_, mode), (_, seconds) = shown.properties("test_passes")
    assert str(group).startswith("web-")
    assert mode == "live"
    assert float(str(seconds)) > 0
    assert len(shown.properties("test_set_up_fails")) == 6
    assert shown.properties("test_plain") == []


def test_workers_tell_the_same(distributed: Shown) -> None:
    """Sections and properties of a test that ran in an xdist worker reach the controller."""
    assert SECTION in distributed.block("test_fails")
    assert "    listening on port 80" in distributed.block("test_fails")
    (_, group), (_, mode), (_, seconds) = distributed.properties("test_passes")
    assert (str(group)[:4], mode) == ("web-", "live")
    assert float(str(seconds)) > 0


def test_in_replay_nothing_is_asked_to_explain_a_failure(tmp_path: Path) -> None:
    """A test that fails only in replay shows what is known from its cassettes, and makes no request of its own."""
    suite.write(tmp_path, {"conftest.py": suite.GUARD, "pytest.ini": "[pytest]\n"})
    module = tmp_path / "test_it.py"
    module.write_text(
        "from pytest_aci import container_group, log, single\n"
        "web = container_group(single('mcr.microsoft.com/azuredocs/aci-helloworld'), until=log('listening'))\n"
        "def test_it(web): assert web.state == 'Running'\n",
        encoding="utf-8",
    )
    assert suite.pytest_in(tmp_path, *suite.RECORD).returncode == 0
    module.write_text(module.read_text(encoding="utf-8").replace("'Running'", "'Stopped'"), encoding="utf-8")
    said = suite.pytest_in(tmp_path, "-ra").stdout
    assert "AssertionError" in said
    assert "aci: web (web-" in said
    assert "Running (main Running), westeurope, as recorded" in said
    assert "    listening on port 80" in said
    assert "no answer in" not in said


def test_an_ordinary_error_of_a_users_fixture_shows_no_frame_of_ours(tmp_path: Path) -> None:
    """What wraps every fixture and every test keeps out of tracebacks that are none of its business."""
    suite.write(
        tmp_path,
        {
            "test_it.py": (
                "import pytest\n"
                "@pytest.fixture(scope='session')\n"
                "def mine(aci_settings): raise ValueError('mine')\n"
                "def test_it(mine, aci_client): pass\n"
            ),
            "pytest.ini": "[pytest]\n",
        },
    )
    said = suite.pytest_in(tmp_path).stdout
    assert "ValueError: mine" in said
    assert "pytest_aci" not in said.partition("= ERRORS =")[2]

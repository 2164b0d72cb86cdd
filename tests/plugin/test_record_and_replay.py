from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path


def stated(output: str) -> list[str]:
    """The lines of the first error that pytest shows, without the package of its class."""
    lines = [line[1:] for line in output.splitlines() if line.startswith("E  ")]
    margin = len(lines[0]) - len(lines[0].lstrip())
    return [line[margin:].removeprefix("pytest_aci.errors.") for line in lines]


def test_there_is_one_cassette_per_owner(recorded: Path) -> None:
    """The group, the resource group, each session fixture and each test that asked something have one file each."""
    assert list(suite.cassettes(recorded)) == [
        "fixtures/listing.json",
        "fixtures/page.json",
        "groups/web.json",
        "resource_group.json",
        "tests/test_one/test_own_one.json",
        "tests/test_two/test_own_two.json",
    ]


@pytest.mark.parametrize("test", suite.TESTS)
def test_every_test_replays_alone(recorded: Path, test: str) -> None:
    """What session fixtures did is recorded once, and each test that uses them replays without the others."""
    result = suite.pytest_in(recorded, test)
    assert "1 passed" in result.stdout, result.stdout


def test_the_suite_replays_in_reverse_order(recorded: Path) -> None:
    """Order does not matter: every owner has its own conversation."""
    result = suite.pytest_in(recorded, *reversed(suite.TESTS))
    assert "6 passed" in result.stdout, result.stdout


def test_the_suite_replays_on_four_workers(recorded: Path) -> None:
    """Each xdist worker replays what its tests need."""
    result = suite.pytest_in(recorded, "-n", "4")
    assert "6 passed" in result.stdout, result.stdout


def test_recording_again_changes_nothing(recorded: Path, tmp_path: Path) -> None:
    """A second recording of the same suite is the same, byte for byte."""
    suite.copy(recorded, tmp_path)
    before = suite.cassettes(tmp_path)
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert result.returncode == 0, result.stdout
    assert suite.cassettes(tmp_path) == before


BY_NAME = """
import pytest

@pytest.fixture(scope="session")
def listing(aci_client, aci_resource_group):
    yield [one.name for one in aci_client.container_groups.list_by_resource_group(aci_resource_group.name)]
    assert not list(aci_client.container_groups.list_by_resource_group(aci_resource_group.name))

@pytest.fixture
def chosen(request):
    return request.getfixturevalue("listing")

def test_one(chosen, aci):
    assert chosen == []

def test_two(chosen, aci):
    assert chosen == []
"""


def test_a_fixture_that_is_asked_for_by_name_has_its_cassette(tmp_path: Path) -> None:
    """What a session fixture does is its own, also if the first test that needs it asks for it while it is set up."""
    suite.write(tmp_path, {"test_it.py": BY_NAME, "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert "recorded and replayed 2 tests\n" in result.stdout, result.stdout
    assert list(suite.cassettes(tmp_path)) == ["fixtures/test_it/listing.json", "resource_group.json"]
    assert "1 passed" in suite.pytest_in(tmp_path, "test_it.py::test_two").stdout


ENDING = """
from pytest_aci import container_group, running, task, terminated

short = container_group(
    task("mcr.microsoft.com/azuredocs/aci-helloworld", ["/bin/sh", "-c", "sleep 1"]), until=running
)

def test_it(short):
    assert short.state == "Running"
    assert short.wait(terminated).exit_code == 0
"""


def test_a_group_that_is_another_one_by_its_deletion_replays(tmp_path: Path) -> None:
    """What a group was when it was ready is not overwritten by what it was when it was deleted."""
    suite.write(tmp_path, {"test_it.py": ENDING, "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert "recorded and replayed 1 test\n" in result.stdout, result.stdout


def test_cassettes_say_what_they_were_recorded_against(recorded: Path) -> None:
    """A reader of a cassette knows whether Azure or the emulator answered, and nothing of the machine or the run."""
    for text in suite.cassettes(recorded).values():
        assert '"against": "emulator"' in text
        assert "127.0.0.1" not in text
        assert "pytest-aci-0000000000000000" in text or "192.0.2." in text


def test_a_missing_cassette_says_how_to_record_it(recorded: Path, tmp_path: Path) -> None:
    """The error names the owner, the file, and the command that records it."""
    suite.copy(recorded, tmp_path)
    (tmp_path / "cassettes/groups/web.json").unlink()
    result = suite.pytest_in(tmp_path, suite.TESTS[0])
    assert result.returncode == 1
    missing = f"CassetteMissing: no cassette for groups/web: {tmp_path}/cassettes/groups/web.json"
    command = f"pytest --aci-mode=record {suite.TESTS[0]} (at Azure; or add --aci-endpoint=emulator)"
    assert stated(result.stdout) == [f"{missing}; record it with: {command}"]


def test_many_missing_cassettes_are_one_command(recorded: Path, tmp_path: Path) -> None:
    """It stands in the summary, and is quoted for the shell: ids of parameters have brackets."""
    suite.copy(recorded, tmp_path)
    (tmp_path / "cassettes/groups/web.json").unlink()
    tests = "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_it(web, n): pass"
    (tmp_path / "test_ids.py").write_text(tests, encoding="utf-8")
    result = suite.pytest_in(tmp_path, "test_ids.py")
    assert "2 tests without a cassette that fits" in result.stdout
    command = "pytest --aci-mode=record 'test_ids.py::test_it[1]' 'test_ids.py::test_it[2]' (at Azure; or add "
    assert f"record them with: {command}" in result.stdout


def test_a_request_that_was_not_recorded_says_what_was(recorded: Path, tmp_path: Path) -> None:
    """The error names the cassette, what was asked, what was recorded, and the command."""
    suite.copy(recorded, tmp_path)
    module = tmp_path / "test_one.py"
    module.write_text(
        module.read_text(encoding="utf-8").replace("web.url(80)", "web.url(80, '/other')"), encoding="utf-8"
    )
    result = suite.pytest_in(tmp_path, "test_one.py::test_own_one")
    assert result.returncode == 1
    host = re.search(r"http://[0-9.]+", result.stdout)
    assert host
    said = stated(result.stdout)
    assert said[:4] == [
        f"CassetteUnmatched: no answer in {tmp_path}/cassettes/tests/test_one/test_own_one.json",
        f"  asked: GET {host[0]}/other",
        "  it was never asked while recording",
        "  recorded, nearest first:",
    ]
    assert said[4] == f"    GET {host[0]}/"
    assert (
        said[-1] == "  record it again with: pytest --aci-mode=record test_one.py::test_own_one --aci-endpoint=emulator"
    )


def test_a_changed_spec_of_a_tests_own_group_says_which_field(tmp_path: Path) -> None:
    """So does one that a test decides itself, or a parameter of it."""
    spec = "single('mcr.microsoft.com/azuredocs/aci-helloworld', cpu=1)"
    module = f"from pytest_aci import single\ndef test_it(aci): aci.up({spec})"
    suite.write(tmp_path, {"test_own.py": module, "pytest.ini": "[pytest]\n"})
    assert "recorded and replayed 1 test\n" in suite.pytest_in(tmp_path, *suite.RECORD).stdout
    suite.write(tmp_path, {"test_own.py": module.replace("cpu=1", "cpu=2")})
    said = stated(suite.pytest_in(tmp_path).stdout)
    assert said[0].startswith("CassetteStale: What tests/test_own/test_it asks for has changed since ")
    assert said[1].startswith("    group 1.spec.containers[0].cpu: ")
    assert said[1].endswith(" → 2.0")


def test_a_changed_spec_says_which_field(recorded: Path, tmp_path: Path) -> None:
    """A spec that is not the recorded one is told by its first differing field, not by a request without a match."""
    suite.copy(recorded, tmp_path)
    conftest = tmp_path / "conftest.py"
    conftest.write_text(
        conftest.read_text(encoding="utf-8").replace("ports=[80])", "ports=[80], cpu=2)"), encoding="utf-8"
    )
    result = suite.pytest_in(tmp_path, suite.TESTS[0])
    assert result.returncode == 1
    assert stated(result.stdout) == [
        f"CassetteStale: What groups/web asks for has changed since {tmp_path}/cassettes/groups/web.json was recorded:",
        "    spec.containers[0].cpu: (absent) → 2.0",
        f"Record it again with: pytest --aci-mode=record {suite.TESTS[0]} --aci-endpoint=emulator",
    ]

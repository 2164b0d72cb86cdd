from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_aci.plugin.keeping import most_seconds, replaying_environment
from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path

TASK = """
import os, pytest

@pytest.mark.aci(command=["echo", "{word}"])
def test_word(aci_task):
    assert aci_task.logs() == "{word}\\n"
    {more}
"""


def record(folder: Path, word: str = "one", more: str = "pass", *arguments: str) -> str:
    """Record a suite of one test in a folder; what pytest said."""
    suite.write(folder, {"test_task.py": TASK.format(word=word, more=more), "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(folder, *suite.RECORD, *arguments)
    return result.stdout + result.stderr


def test_what_replays_is_kept_and_what_is_not_needed_any_more_goes(tmp_path: Path) -> None:
    """New cassettes replace the old ones after a replay in a process of its own, and the summary counts them.

    Of the tests that were recorded, no cassette stays that nobody plays; those of other tests are not touched.
    """
    said = record(tmp_path)
    assert "recorded and replayed 1 test\n" in said
    assert "cassettes: 3 new or changed, 0 as they were, 0 not needed any more" in said
    before = suite.cassettes(tmp_path)
    other = tmp_path / "cassettes/tests/test_other/test_other.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}", encoding="utf-8")
    quiet = TASK.format(word="one", more="pass").replace("aci_task.logs()", "'one\\n'")
    suite.write(tmp_path, {"test_task.py": quiet})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert "cassettes: 0 new or changed, 2 as they were, 1 not needed any more" in result.stdout
    del before["tests/test_task/test_word.json"]
    assert suite.cassettes(tmp_path) == before | {"tests/test_other/test_other.json": "{}"}
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_failed_recording_leaves_the_old_cassettes_whole(tmp_path: Path) -> None:
    """If a test fails while it is recorded, nothing is replaced."""
    record(tmp_path)
    before = suite.cassettes(tmp_path)
    said = record(tmp_path, "two", "assert False")
    assert "nothing was kept: 1 test failed while being recorded; the old cassettes stand as they were" in said
    assert suite.cassettes(tmp_path) == before


def test_what_does_not_replay_is_not_kept(tmp_path: Path) -> None:
    """A test that passes while it is recorded and fails in replay keeps nothing, and the run fails and says why."""
    said = record(tmp_path, more="import pathlib; path = pathlib.Path('once'); assert not path.exists(); path.touch()")
    assert "Nothing was kept: what was recorded does not end in the same way in replay (exit code 1)" in said
    assert "test_task.py::test_word: passed while being recorded, failed in replay" in said
    assert "live_only=True" in said
    assert suite.cassettes(tmp_path) == {}


HANGING = """
import pytest_aci.plugin.keeping

pytest_aci.plugin.keeping.most_seconds = lambda recorded: 2.0
"""


def test_a_replay_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    """A loop that ends while it is recorded and never in replay keeps nothing, and the run says so in its summary."""
    suite.write(tmp_path, {"conftest.py": HANGING})
    said = record(
        tmp_path, more="import threading; os.environ.get('_PYTEST_ACI_OUTCOMES') and threading.Event().wait()"
    )
    assert "Nothing was kept: the replay of what was recorded had not ended after 2 s and was stopped, so" in said
    assert "1 passed" in said
    assert "Traceback" not in said
    assert suite.cassettes(tmp_path) == {}


def test_a_replay_may_take_its_time() -> None:
    """A quarter of an hour, or twice as many seconds as the recording took."""
    assert [most_seconds(recorded) for recorded in (5, 450, 3600)] == [900, 900, 7200]


def test_the_replay_has_the_settings_of_the_recording(tmp_path: Path) -> None:
    """What the command line or the environment decides about groups holds in the replay too: an image, a tag."""
    module = "def test_it(aci_single): assert aci_single.resource.tags['team'] == 'web'"
    suite.write(tmp_path, {"test_it.py": module, "pytest.ini": "[pytest]\n"})
    image = "--aci-single-image=mcr.microsoft.com/azuredocs/aci-tutorial-sidecar"
    result = suite.pytest_in(tmp_path, *suite.RECORD, image, environment={"PYTEST_ACI_TAGS": "team=web"})
    assert "recorded and replayed 1 test\n" in result.stdout, result.stdout
    again = (
        "put it into pytest.ini:\n    aci_tags = team=web\n    aci_single_image = mcr.microsoft.com/azuredocs/aci-tuto"
    )
    assert again in result.stdout
    assert "aci_runtime" not in result.stdout.partition("put it into")[2]


def test_the_replay_begins_where_the_recording_did(tmp_path: Path) -> None:
    """A recording that is made in a folder of the project is replayed there: tests find the same files beside them."""
    folder = tmp_path / "sub"
    folder.mkdir()
    suite.write(tmp_path, {"pytest.ini": "[pytest]\n"})
    suite.write(folder, {"word.txt": "one"})
    module = TASK.format(word="one", more="assert open('word.txt').read() == 'one'")
    module = module.replace("\ndef", "\n@pytest.mark.parametrize('name', ['a//b::c'])\ndef").replace(
        "(aci", "(name, aci"
    )
    suite.write(folder, {"test_task.py": module})
    result = suite.pytest_in(folder, *suite.RECORD)
    assert "recorded and replayed 1 test\n" in result.stdout, result.stdout
    assert suite.pytest_in(folder).returncode == 0
    assert len(suite.cassettes(tmp_path)) == 3


@pytest.mark.parametrize("mark", ["skipif('AZURE_FLAG' not in os.environ, reason='no flag')", "xfail"])
def test_only_the_same_outcome_in_replay_is_a_proof(tmp_path: Path, mark: str) -> None:
    """A test that the replay can only have skipped is not kept; an expected failure that fails again is."""
    module = TASK.format(word="one", more="assert 'xfail' not in os.environ['MARK']").replace(
        "@pytest", f"@pytest.mark.{mark}\n@pytest"
    )
    suite.write(tmp_path, {"test_task.py": module, "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD, environment={"AZURE_FLAG": "1", "MARK": mark})
    if mark == "xfail":
        assert "recorded and replayed 1 test\n" in result.stdout
    else:
        assert "test_task.py::test_word: passed while being recorded, not run in replay" in result.stdout
        assert suite.cassettes(tmp_path) == {}


NEVER_READY = """
import pytest
from pytest_aci import container_group, errors, log, single

SPEC = single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80])
never = container_group(SPEC, until=log("never said"), timeout=1, scope="function")

def test_up(aci):
    with pytest.raises(errors.NotReady):
        aci.up(SPEC, until=log("never said"), timeout=1)

@pytest.mark.xfail(raises=errors.NotReady, strict=True)
def test_fixture(never):
    ...
"""


def test_a_test_may_expect_that_its_own_group_is_never_ready(tmp_path: Path) -> None:
    """Its deletion is part of what the test has recorded, and what fails in set-up as it should is replayed as well."""
    suite.write(tmp_path, {"test_never.py": NEVER_READY, "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert "recorded and replayed 2 tests\n" in result.stdout, result.stdout
    result = suite.pytest_in(tmp_path)
    assert result.returncode == 0, result.stdout
    assert "1 passed, 1 xfailed" in result.stdout
    assert "left behind" not in result.stdout


def test_tests_without_containers_decide_nothing_about_cassettes(tmp_path: Path) -> None:
    """One of them fails: the run fails, and what was recorded is kept. Tests that are skipped keep what they have."""
    record(tmp_path)
    skipped = TASK.format(word="one", more="pass").replace("@pytest", "@pytest.mark.skip\n@pytest", 1)
    suite.write(tmp_path, {"test_task.py": skipped, "test_other.py": TASK.format(word="two", more="pass")})
    suite.write(tmp_path, {"test_none.py": "def test_none(): assert 0"})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert result.returncode == 1
    assert "recorded and replayed 1 test\n" in result.stdout
    assert set(suite.cassettes(tmp_path)) >= {"tests/test_task/test_word.json", "tests/test_other/test_word.json"}


SKIPPING = """
import os, pytest

HERE = "ELSEWHERE" not in os.environ


@pytest.fixture(scope="session")
def listing(aci_client, aci_resource_group):
    if not HERE:
        pytest.skip("not here")
    return list(aci_client.container_groups.list_by_resource_group(aci_resource_group.name))


def test_list(listing):
    assert listing == []


def test_body(aci_client, aci_resource_group):
    if not HERE:
        pytest.skip("not here")
    test_list(list(aci_client.container_groups.list_by_resource_group(aci_resource_group.name)))


def test_here(aci_resource_group):
    assert aci_resource_group.name
"""


def test_what_is_skipped_keeps_its_cassette(tmp_path: Path) -> None:
    """Recorded where a test skips itself, or a fixture of its does, the suite has the cassettes that it had."""
    suite.write(tmp_path, {"test_it.py": SKIPPING, "pytest.ini": "[pytest]\n"})
    assert suite.pytest_in(tmp_path, *suite.RECORD).returncode == 0
    before = suite.cassettes(tmp_path)
    assert len(before) == 3
    result = suite.pytest_in(tmp_path, *suite.RECORD, environment={"ELSEWHERE": "1"})
    assert "cassettes: 0 new or changed, 1 as they were, 0 not needed any more" in result.stdout, result.stdout
    assert suite.cassettes(tmp_path) == before


def test_a_recording_without_anything_to_record_is_an_error(tmp_path: Path) -> None:
    """A run that was to record and recorded nothing fails, because somebody expected something else."""
    suite.write(tmp_path, {"test_none.py": "def test_none(): pass", "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD)
    assert result.returncode == 1
    assert "Nothing was recorded, so the cassettes in" in result.stdout


def test_a_place_that_can_not_be_written_is_known_before_anything_is_created(tmp_path: Path) -> None:
    """K16: recording into such a place fails at once, and no group was asked for."""
    (tmp_path / "cassettes").write_text("a file", encoding="utf-8")
    said = record(tmp_path)
    assert f"The cassette {tmp_path}/cassettes can not be written" in said
    assert "1 passed" not in said
    assert "groups recorded" not in said
    assert (tmp_path / "cassettes").read_text(encoding="utf-8") == "a file"


def test_recording_with_several_workers_is_refused(tmp_path: Path) -> None:
    """K14: cassettes are written by one process; the message says what to leave out."""
    suite.write(tmp_path, {"test_none.py": "def test_none(): pass", "pytest.ini": "[pytest]\n"})
    result = suite.pytest_in(tmp_path, *suite.RECORD, "-n", "2")
    assert result.returncode == 4
    assert "--aci-mode=record needs one process" in result.stderr
    assert "leave out -n" in result.stderr


def test_the_replaying_process_has_nothing_to_sign_in_with() -> None:
    """Credentials, identity endpoints and options do not reach it; the import path and the choice of plugins do."""
    given = {
        "AZURE_CLIENT_SECRET": "x",
        "IDENTITY_ENDPOINT": "x",
        "PYTEST_ADDOPTS": "-n4",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "ARM_KEY": "x",
        "HOME": "/h",
    }
    kept = replaying_environment(given)
    assert set(kept) == {"HOME", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONPATH"}
    assert os.path.dirname(pytest.__path__[0]) in kept["PYTHONPATH"]  # noqa: PTH120 # entries of sys.path are strings

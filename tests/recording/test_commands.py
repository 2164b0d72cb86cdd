from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from pytest_aci.errors import CassetteDamaged, SecretInCassette
from pytest_aci.recording.commands import audit_command, convert_command
from pytest_aci.recording.files import path_of
from pytest_aci.recording.owners import owner_of_test

CASSETTES = Path(__file__).parent.parent.parent / "cassettes"

YAML = """
interactions:
- request: {method: GET, uri: "https://example.org/", body: null, headers: {Accept: ["*/*"]}}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Type: [text/plain]}
    body: {string: hello}
version: 1
"""


def said(command: object, *arguments: object) -> tuple[int, list[str]]:
    """Run a command; its exit code and what it said."""
    lines: list[str] = []
    code = command([str(one) for one in arguments], say=lines.append)  # type: ignore[operator] # one of the two below
    return code, lines


def test_the_cassettes_of_this_repository_are_clean() -> None:
    """The audit finds nothing in the cassettes that come with the project."""
    code, lines = said(audit_command, CASSETTES)
    assert code == 0, lines
    assert lines[-1].startswith("0 findings in ")


def test_an_audit_that_finds_something_exits_with_one(tmp_path: Path) -> None:
    """Each finding is a line with its file, and the last line counts them."""
    shutil.copytree(CASSETTES / "groups", tmp_path, dirs_exist_ok=True)
    (tmp_path / "notes.txt").write_text("not a cassette", encoding="utf-8")
    code, lines = said(audit_command, tmp_path)
    assert code == 1
    assert f"{tmp_path}/notes.txt: foreign: it is not a cassette" in lines
    assert lines[-1].startswith("1 finding in ")


def test_the_hook_of_the_documentation_fits_pre_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the documentation tells pre-commit to run passes a clean folder and stops a commit otherwise."""
    (repository,) = yaml.safe_load((CASSETTES.parent / "docs/ci/pre-commit-config.yaml").read_text())["repos"]
    (hook,) = repository["hooks"]
    program, command, *arguments = hook["entry"].split()
    assert (program, command, hook["pass_filenames"]) == ("pytest-aci", "audit", False)
    (tmp_path / "cassettes").mkdir()
    monkeypatch.chdir(tmp_path)
    assert said(audit_command, *arguments)[0] == 0
    (tmp_path / "cassettes/notes.txt").write_text("not a cassette")
    assert said(audit_command, *arguments)[0] == 1


def test_an_audit_of_nothing_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that does not exist is exit code 2, so that a hook with a wrong path does not look green."""
    with pytest.raises(SystemExit) as ended:
        said(audit_command, tmp_path / "nowhere")
    assert ended.value.code == 2
    assert "nowhere is not a folder" in capsys.readouterr().err


def test_a_cassette_of_vcrpy_is_converted(tmp_path: Path) -> None:
    """The new cassette stands under its owner's name, and the audit accepts it."""
    source = tmp_path / "page.yaml"
    source.write_text(YAML, encoding="utf-8")
    code, lines = said(convert_command, source, "--into", tmp_path / "cassettes", "--owner", "tests/test_web/test_page")
    target = tmp_path / "cassettes/tests/test_web/test_page.json"
    assert (code, lines) == (0, [f"{source} is now {target}"])
    assert said(audit_command, tmp_path / "cassettes")[0] == 0


def test_a_converted_cassette_is_for_the_test_it_stands_for(tmp_path: Path) -> None:
    """pytest-recording keeps a test's cassette in a folder called like its module; that is whose it becomes."""
    source = tmp_path / "test_web" / "test_page.yaml"
    source.parent.mkdir()
    source.write_text(YAML, encoding="utf-8")
    assert said(convert_command, source, "--into", tmp_path / "cassettes")[0] == 0
    assert path_of(tmp_path / "cassettes", owner_of_test("test_web.py::test_page")).is_file()


def test_two_cassettes_do_not_become_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sources that would overwrite each other are a wrong call, and nothing is written."""
    sources = [tmp_path / place / "test_web" / "test_page.yaml" for place in ("a", "b")]
    with pytest.raises(SystemExit) as ended:
        said(convert_command, *sources, "--into", tmp_path / "cassettes")
    assert ended.value.code == 2
    assert (
        f"{sources[0]} and {sources[1]} would both become tests/test_web/test_page: give each its --owner"
        in capsys.readouterr().err
    )
    assert not (tmp_path / "cassettes").exists()


@pytest.mark.parametrize(("name", "reason"), [("missing.yaml", "No such file or directory"), (".", "Is a directory")])
def test_what_can_not_be_read_is_an_error(tmp_path: Path, name: str, reason: str) -> None:
    """A file that is not there, or is a folder, is named, with the reason."""
    with pytest.raises(CassetteDamaged, match=reason):
        said(convert_command, tmp_path / name, "--into", tmp_path / "cassettes")


def test_no_secret_of_the_environment_is_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the audit would find is not written in the first place."""
    monkeypatch.setenv("MY_TOKEN", "tok-123-abc")
    source = tmp_path / "page.yaml"
    source.write_text(YAML.replace("example.org/", "example.org/tok-123-abc"), encoding="utf-8")
    with pytest.raises(SecretInCassette, match=r"interactions\[0\].request.url: the environment variable MY_TOKEN"):
        said(convert_command, source, "--into", tmp_path / "cassettes")
    assert not (tmp_path / "cassettes").exists()


def test_what_is_no_cassette_is_refused(tmp_path: Path) -> None:
    """A file that asks to execute something is an error, and nothing is written."""
    source = tmp_path / "evil.yaml"
    source.write_text("!!python/object/apply:os.system ['touch evil']", encoding="utf-8")
    with pytest.raises(CassetteDamaged):
        said(convert_command, source, "--into", tmp_path / "cassettes")
    assert not (tmp_path / "cassettes").exists()

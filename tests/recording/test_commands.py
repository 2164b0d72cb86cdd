from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from pytest_aci.errors import CassetteDamaged
from pytest_aci.recording.commands import audit_command, convert_command

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
    assert lines[-1].startswith("1 findings in ")


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


def test_what_is_no_cassette_is_refused(tmp_path: Path) -> None:
    """A file that asks to execute something is an error, and nothing is written."""
    source = tmp_path / "evil.yaml"
    source.write_text("!!python/object/apply:os.system ['touch evil']", encoding="utf-8")
    with pytest.raises(CassetteDamaged):
        said(convert_command, source, "--into", tmp_path / "cassettes")
    assert not (tmp_path / "cassettes").exists()

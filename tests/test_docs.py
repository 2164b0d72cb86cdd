from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pytest_aci
from pytest_aci import errors
from pytest_aci.__main__ import COMMANDS
from pytest_aci.plugin import fixtures, hookspecs
from pytest_aci.settings import OPTIONS, Option
from pytest_aci.spec.marker import MARKER_SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
START = "<!-- options: made from pytest_aci.settings.OPTIONS, held by tests/test_docs.py -->"
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


def row(option: Option) -> str:
    """Return the line of README's table for one option."""
    values = option.metavar or "{" + ",".join(option.choices) + "}"
    default = f"`{option.default}`" if option.default else ""
    cells = [f"`{option.flag}`", f"`{values}`".replace("|", "\\|"), f"`{option.ini}`", default, option.sentence]
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    """Return README's table of options."""
    head = ["| option | values | ini | default | |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(row, OPTIONS)])


def page(name: str) -> str:
    """Return the text of a page of the reference."""
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def classes(module: Any) -> Iterator[str]:
    """Yield the names of the exceptions and warnings that a module exports."""
    for name, value in vars(module).items():
        if inspect.isclass(value) and issubclass(value, Exception):
            yield name


def names_of_fixtures() -> list[str]:
    """Return the names of the fixtures of the plugin, without private ones."""
    kind = type(fixtures.aci)
    return [name for name, value in vars(fixtures).items() if isinstance(value, kind) and not name.startswith("_")]


def texts() -> list[Path]:
    """Return every page that people read: the documentation, and the files beside README."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_readme_lists_the_options_as_they_are() -> None:
    """README's table of options is the one that OPTIONS makes."""
    assert f"{START}\n\n{table()}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_reference_shows_that_table() -> None:
    """The page of options includes README's table, so that there is one."""
    assert f':start-after: "{START}"' in page("options")


def test_readme_commands_stand_alone() -> None:
    """The commands under "Run it" and "Test it" are one line each, alone in their block."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for heading in ("Run it", "Test it"):
        block = text.split(f"## {heading}\n\n```bash\n")[1].split("\n```")[0]
        assert "\n" not in block
        assert ".venv/bin/pytest" in block


@pytest.mark.parametrize("name", sorted(classes(errors)))
def test_every_error_is_explained(name: str) -> None:
    """Each error and warning has an entry in the reference: when it comes, and what to do."""
    assert re.search(rf"^(\| `{name}` \| \S|`{name}`\n: \S)", page("errors"), re.MULTILINE)


def test_no_error_is_explained_that_there_is_not() -> None:
    """The reference names no error that does not exist any more."""
    assert set(re.findall(r"^\| `(\w+)` \|", page("errors"), re.MULTILINE)) <= set(classes(errors))


@pytest.mark.parametrize("name", pytest_aci.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    """Each name that the package exports stands in the reference, made from its docstring."""
    assert re.search(rf"^\.\. auto\w+:: pytest_aci\.{name}$", page("api"), re.MULTILINE)
    assert getattr(pytest_aci, name).__doc__


@pytest.mark.parametrize("name", names_of_fixtures())
def test_every_fixture_is_documented(name: str) -> None:
    """Each fixture has an entry in the reference, and README lists it."""
    assert re.search(rf"^`{name}`\n: (Function|Session) scope\. \S", page("fixtures"), re.MULTILINE)
    assert f"`{name}`" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("switch", MARKER_SWITCHES)
def test_every_switch_of_the_marker_is_documented(switch: str) -> None:
    """What a marker takes beside the words of a spec is in the reference."""
    assert f"| `{switch}=True` |" in page("fixtures")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    """Each command of `pytest-aci` has a section in the reference."""
    assert f"\n## pytest-aci {command}\n" in page("commands")


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("pytest_aci_")])
def test_every_hook_is_documented(hook: str) -> None:
    """Each hook is explained by its docstring, which the reference shows, and used by the example there."""
    assert ".. automodule:: pytest_aci.plugin.hookspecs" in page("hooks")
    assert getattr(hookspecs, hook).__doc__
    assert f"def {hook}(" in (ROOT / "docs" / "snippets" / "hooks.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    """Every relative link of a page is to a file that exists."""
    missing = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_name_no_option_that_there_is_not(path: Path) -> None:
    """Every `--aci-…` and `PYTEST_ACI_…` of a page is an option."""
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"--aci-[a-z]+(?:-[a-z]+)*", text)) <= {option.flag for option in OPTIONS}
    assert set(re.findall(r"PYTEST_ACI_[A-Z]+(?:_[A-Z]+)*", text)) <= {option.environment for option in OPTIONS}


def test_python_is_shown_from_files_that_run() -> None:
    """Python stands in the documentation as a file that is executed; the emulator's page has a test of its own."""
    pages = [path for path in (ROOT / "docs").rglob("*.md") if "```python" in path.read_text(encoding="utf-8")]
    assert [path.name for path in pages] == ["emulator.md"]


def test_readme_begins_with_the_first_example() -> None:
    """The test at the top of README is the recorded example, without its types."""
    example = (ROOT / "examples" / "test_first.py").read_text(encoding="utf-8")
    untyped = example.replace("ContainerGroup, ", "").replace(": ContainerGroup", "").replace(" -> None", "")
    assert "```python\n" + untyped + "```" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::pytest_aci.SpecWarning")
def test_readme_code_is_accepted() -> None:
    """Every block of Python in README can be executed: its names exist and its specs are valid."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert len(blocks) > 1
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


if __name__ == "__main__":
    path = ROOT / "README.md"
    before, _, after = path.read_text(encoding="utf-8").partition(START)
    rest = after.partition("\n## ")[2]
    path.write_text(f"{before}{START}\n\n{table()}\n\n## {rest}", encoding="utf-8")

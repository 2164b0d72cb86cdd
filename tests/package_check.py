"""What a new user gets: the built wheel, installed in a fresh environment outside of this tree, used as README says.

Run by hand or in CI: `python -m tests.package_check`. It needs the package `build`, and an index to
install from. Prints what it does; the exit code is 0 if all of it holds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
IN_SDIST = (
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "pytest_aci/py.typed",
    "cassettes/resource_group.json",
    "cassettes/groups/examples/test_first/web.json",
    "examples/test_first.py",
    "docs/index.md",
    "docs/ci/github-actions.yml",
    "tests/conftest.py",
    ".ci/run",
)
"""Files without which a packager could not build, test or document."""


def run(*command: str | Path, folder: Path, fails: bool = False) -> str:
    """Run a command in a folder without this environment's credentials and settings, and return what it said."""
    print("$", *(str(word) for word in command), flush=True)
    foreign = ("AZURE_", "PYTEST_", "PYTHON", "ARM_", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    result = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment | {"XDG_STATE_HOME": str(folder / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    if bool(result.returncode) != fails:
        sys.exit(f"exit code {result.returncode}:\n{result.stdout}")
    return result.stdout


def build(folder: Path) -> tuple[Path, Path]:
    """Build sdist and, from it, the wheel; return both."""
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, folder=folder)
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return sdist, wheel


def check_sdist(sdist: Path) -> None:
    """The sdist holds what is needed to test and document without a repository."""
    with tarfile.open(sdist) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    missing = [name for name in IN_SDIST if name not in names]
    if missing:
        sys.exit(f"{sdist.name} lacks {', '.join(missing)}")


def check_wheel(wheel: Path) -> None:
    """The wheel holds the package, its types and its entry points, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = (archive.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    foreign = [name for name in names if not name.startswith(("pytest_aci/", "pytest_aci-"))]
    if foreign or "pytest_aci/py.typed" not in names:
        sys.exit(f"{wheel.name} holds {foreign}, or lacks py.typed")
    for line in ("[pytest11]", "aci = pytest_aci.plugin", "pytest-aci = pytest_aci.__main__:main"):
        if line not in entry_points:
            sys.exit(f"{wheel.name} has no {line!r}")


def from_readme(pattern: str) -> str:
    """Return what README says, where a pattern finds it."""
    found = re.search(pattern, README, re.DOTALL)
    if found is None:
        sys.exit(f"README has nothing like {pattern!r} any more")
    return found[1]


def first_steps(wheel: Path, folder: Path) -> None:
    """Do what README's introduction says, with the wheel in place of the index."""
    extra = from_readme(r'`pip install "pytest-aci(\[\w+\])"')
    others = from_readme(r'`pip install "pytest-aci\[\w+\]"([^`]*)`').split()
    test = from_readme(r"```python\n(.*?)```")
    record = from_readme(r"\n`(pytest --aci-mode=record[^`]*)` writes").split()
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / "bin"
    run(scripts / "pip", "install", "--quiet", f"{wheel}{extra}", *others, folder=folder)
    project = folder / "project"
    project.mkdir()
    (project / from_readme(r"save that as `(\w+\.py)`")).write_text(test, encoding="utf-8")

    expect(run(scripts / record[0], *record[1:], folder=project), "1 passed", "recorded and replayed 1 test")
    recorded = sorted(path.name for path in (project / "cassettes").rglob("*.json"))
    print("  wrote", *recorded)
    expect(run(scripts / "pytest", folder=project), "1 passed", "mode replay (default)")
    expect(run(scripts / "pytest-aci", "audit", folder=project))
    run(scripts / "pytest", "-p", "no:aci", "--collect-only", "-q", folder=project)


def mistakes(folder: Path) -> None:
    """Let the tests of what a new user reads after a mistake run on the installed wheel."""
    copied = folder / "mistakes"
    for name in ("__init__.py", "plugin/__init__.py", "plugin/recorded_suite.py", "plugin/test_typical_mistakes.py"):
        target = copied / "tests" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / name, target)
    pytest = folder / "venv" / "bin" / "pytest"
    run(pytest, "-p", "no:aci", "tests", folder=copied)


def expect(said: str, *words: str) -> None:
    """Hold that a command said something."""
    for word in words:
        if word not in said:
            sys.exit(f"{word!r} is not in:\n{said}")


def main(arguments: Sequence[str] = ()) -> None:
    """Check what is built, then what a new user does with it."""
    with tempfile.TemporaryDirectory(prefix="pytest-aci-package-") as name:
        folder = Path(arguments[0] if arguments else name)
        sdist, wheel = build(folder)
        check_sdist(sdist)
        check_wheel(wheel)
        first_steps(wheel, folder)
        mistakes(folder)
    print("the package holds what it should; README's first steps work with it, and so do the answers to mistakes")


if __name__ == "__main__":
    main(sys.argv[1:])

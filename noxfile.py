"""All that can be checked, each in an environment of its own: `nox -l` lists it, `nox -s oldest` runs one."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from pathlib import Path

import nox

PYTHONS = ("3.11", "3.12", "3.13")
PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
TOOLS = ("mypy", "nox", "ruff", "types-")  # they check this folder, and are no matter of a user's
AWAITED = ("pytest", "vcrpy", "azure-core", "azure-identity", "azure-mgmt-containerinstance", "azure-mgmt-resource")
RECORD = ("--aci-mode=record", "--aci-endpoint=emulator", "--aci-runtime=process")

nox.needs_version = ">=2024.10"
nox.options.sessions = ["lint", "types", "tests", "neighbours", "docs", "package"]
nox.options.reuse_existing_virtualenvs = True


def floors(*extras: str) -> list[str]:
    """Return the lowest version of each dependency that pyproject.toml allows."""
    wanted = [*PROJECT["dependencies"]]
    for extra in extras:
        wanted += PROJECT["optional-dependencies"][extra]
    pinned = [one.replace(">=", "==") for one in wanted if re.fullmatch(r"[\w-]+>=[\w.]+", one)]
    return [one for one in pinned if not one.startswith(TOOLS)]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Everything, on one Python."""
    session.install("-e", ".[test,docs]")
    session.run("pytest", *session.posargs)


@nox.session
def neighbours(session: nox.Session) -> None:
    """A suite that uses six other plugins beside this one."""
    session.install("-e", ".[neighbours]")
    session.run("pytest", "-p", "no:randomly", "tests/plugin/test_neighbours.py")


@nox.session
def lint(session: nox.Session) -> None:
    """Form and rules."""
    session.install("ruff>=0.9")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types of the package, its tests, examples and documentation."""
    session.install("-e", ".[test,docs]", "nox")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, where every warning is an error; its links, its recipes, and what it says of the code."""
    session.install("-e", ".[test,docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "site")
    session.run(
        "pytest", "tests/test_docs.py", "tests/test_docs_build.py", "tests/test_recipes.py", "tests/test_snippets.py"
    )


@nox.session
def package(session: nox.Session) -> None:
    """What a new user gets: sdist, wheel, and README's first steps with it."""
    session.install("build>=1.2.1")
    session.run("python", "-m", "tests.package_check")


@nox.session
def az(session: nox.Session) -> None:
    """The az CLI against the emulator, as docs/emulator/az-cli.md says; azure-cli takes 700 MB."""
    session.install("-e", ".[test]")
    place = Path(session.create_tmp()) / "azure-cli"  # its pins are not ours
    session.run("python", "-m", "venv", str(place))
    session.run(str(place / "bin" / "pip"), "install", "azure-cli", external=True)
    path = f"{os.environ['PATH']}{os.pathsep}{place / 'bin'}"
    session.run("pytest", "tests/emulator/test_ways_in.py", "-k", "test_az", env={"PATH": path})


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows. They ask otherwise, so the examples are recorded anew."""
    session.install(*floors("emulator", "test"))
    session.install("--no-deps", ".")
    _against_the_wheel(session)


@nox.session(python=PYTHONS[-1])
def newest(session: nox.Session) -> None:
    """The newest versions that are released. With `--pre` behind `--`, also those to come of what matters most."""
    session.install("--upgrade", ".[test]")
    if "--pre" in session.posargs:
        session.install("--upgrade", "--pre", *AWAITED)  # what these need stays as it is released
    _against_the_wheel(session)


def _against_the_wheel(session: nox.Session) -> None:
    """Run what depends on others' versions against the installed package, not against this folder."""
    with tempfile.TemporaryDirectory(prefix="pytest-aci-") as work:  # not below this folder, whose settings would count
        for name in ("tests", "examples", "docs"):
            shutil.copytree(name, Path(work, name), ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("README.md", "pyproject.toml"):
            shutil.copy(name, work)
        with session.chdir(work):
            session.run("pytest", "examples", *RECORD)
            session.run("pytest", *(f"tests/{name}" for name in ("arm", "plugin", "provisioning", "recording", "spec")))

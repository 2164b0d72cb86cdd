"""Each page of docs/emulator is a way to reach the emulator; here all of them are run as they are written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "emulator"
PYTHON = re.compile(r"^```{code-block} python\n:caption: (\S+)\n\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BASH = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 120


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with this environment's commands below `bin`, and no trace of Azure in the environment."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("python", "pytest", "pytest-aci"):
        program = Path(sys.executable).with_name(name)
        (commands / name).write_text(f'#!/bin/sh\nexec "{program}" "$@"\n')
        (commands / name).chmod(0o755)
    return tmp_path


def followed(page: str, folder: Path) -> str:
    """Write the page's files, run its commands in one shell, and give what they print."""
    text = (PAGES / page).read_text(encoding="utf-8")
    for name, content in PYTHON.findall(text):
        (folder / name).write_text(content, encoding="utf-8")
    commands = "\n".join(BASH.findall(text))
    # A page that fails in the middle must not leave its emulator behind.
    script = f"set -e\ntrap 'status=$?; kill $(jobs -p) 2>/dev/null || true; wait; exit $status' EXIT\n{commands}"
    foreign = ("AZURE", "HTTP", "http", "PYTEST", "REQUESTS", "SSL", "IDENTITY")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {
        "PATH": f"{folder / 'bin'}{os.pathsep}{environment['PATH']}",
        "XDG_STATE_HOME": str(folder / "state"),
    }
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_sdk(folder: Path) -> None:
    """The SDK over https makes a running group at a loopback address; over http it reads a region's usages."""
    assert re.fullmatch(r"Running 127\.\d+\.\d+\.\d+\n7 usages\n", followed("sdk.md", folder))


def test_credentials(folder: Path) -> None:
    """An unmodified DefaultAzureCredential signs in twice, by its environment and as a managed identity."""
    assert followed("credentials.md", folder) == "demo\ndemo\n2 dots\n"


def test_auth_file(folder: Path) -> None:
    """An auth file leads user code, and pytest-aci itself, to the emulator."""
    said = followed("auth-file.md", folder)
    assert said.startswith("by-file\n")
    assert "1 passed" in said


def test_transparent(folder: Path) -> None:
    """Code for Azure's public addresses runs as it is."""
    assert followed("transparent.md", folder) == "transparent\n"


def test_az(folder: Path) -> None:
    """Microsoft's own command line takes groups through their whole lives."""
    if shutil.which("az") is None:
        pytest.skip("there is no az here; `nox -s az` installs it (700 MB) and runs this")
    said = followed("az-cli.md", folder)
    assert "Running\tdemo-web.westeurope.azurecontainer.io" in said
    assert "listening on port 80" in said
    assert "Welcome to Azure Container Instances" in said
    assert re.search(r"^42\b", said, re.MULTILINE), said
    assert "Started container" in said
    assert said.endswith("false\n")


def test_every_page_has_a_test() -> None:
    """No page says what was not run."""
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {page.stem.replace("-cli", "").replace("-", "_") for page in PAGES.glob("*.md")} <= tests

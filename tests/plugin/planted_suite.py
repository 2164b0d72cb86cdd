"""A suite with secrets in many places, run so that everything is shown which pytest can show."""

from __future__ import annotations

import json
import random
import string
from typing import TYPE_CHECKING

from pytest_aci.recording.forms import forms
from pytest_aci.recording.hiding import hidden
from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SHOW_ALL = ("-vv", "-rA", "--log-level=DEBUG", "--showlocals", "--junit-xml=junit.xml", "-o", "junit_logging=all")
INI = """[pytest]
log_cli = true
log_cli_level = DEBUG
log_file = run.log
log_file_level = DEBUG
"""


def plant(folder: Path, names: Iterable[str], files: dict[str, str]) -> Planted:
    """Write a suite that finds secrets by their names in `planted.json` of the folder above it: random ones."""
    chance = random.SystemRandom()
    alphabet = string.ascii_letters + string.digits + "+/"
    secrets = {name: "".join(chance.choices(alphabet, k=40)) for name in names}
    (folder / "suite").mkdir()
    (folder / "planted.json").write_text(json.dumps(secrets), encoding="utf-8")
    suite.write(folder / "suite", files | {"pytest.ini": INI})
    return Planted(folder / "suite", secrets)


class Planted:
    """A suite with secrets in all places."""

    def __init__(self, folder: Path, secrets: dict[str, str]) -> None:
        self.folder = folder
        self.secrets = secrets

    def run(self, *arguments: str, is_failing: bool = False) -> tuple[int, str]:
        """Run the suite with everything shown that pytest can show; its exit code and all that was said."""
        environment = {"AZURE_CLIENT_SECRET": self.secrets["client secret in the environment"]}
        environment |= {"FAILING": "1"} if is_failing else {}
        result = suite.pytest_in(self.folder, *SHOW_ALL, *arguments, environment=environment)
        return result.returncode, result.stdout + result.stderr

    def leaks(self, said: str) -> list[str]:
        """Where a secret is, in whatever encoding: what was said, or a file that was written."""
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        texts = {"what was said": said} | {str(path): path.read_bytes().decode("latin-1") for path in files}
        return [
            f"{place}: {name} ({encoding})"
            for place, text in texts.items()
            for name, value in self.secrets.items()
            for encoding, spelling in forms(value).items()
            if spelling in text
        ]

    def hidden(self, said: str) -> str:
        """What was said, to be shown when this test itself fails."""
        return hidden(said, self.secrets.values())

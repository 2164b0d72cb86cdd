from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pytest_aci.recording.audit import LARGEST, audit
from pytest_aci.recording.convert import convert
from pytest_aci.recording.owners import OWNERS_FILE, slug
from pytest_aci.recording.proof import environment_secrets
from pytest_aci.recording.redact import Redactor
from pytest_aci.settings import age
from pytest_aci.settings.arguments import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NO_TESTS = 5
"""pytest's exit code where it finds no tests."""

AUDIT = """Look through cassettes for secrets, age, size and files that do not belong there.
Nothing is contacted or changed. Fits a pre-commit hook.
With --unused the tests are collected, in a process of their own, but not run.
Exit code: 0 nothing was found, 1 something was, 2 the call was wrong, or the tests can not be collected."""
CONVERT = """Make cassettes of vcrpy's (azure-cli's, pytest-recording's, in YAML or JSON) into cassettes of pytest-aci.
They are read as plain data: nothing in them is executed.
Exit code: 0, 1 if one could not be converted, 2 if the call was wrong."""


def audit_command(arguments: Sequence[str], *, say: Callable[[str], None]) -> int:
    """Look through cassettes; the exit code says whether anything was found."""
    parser = argparse.ArgumentParser(
        prog="pytest-aci audit", description=AUDIT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", nargs="?", default="cassettes", type=Path, help="default: cassettes")
    parser.add_argument(
        "--max-age",
        type=checked("--max-age", age),
        metavar="DURATION",
        help="report cassettes older than this, such as 90d",
    )
    parser.add_argument("--largest", type=int, default=LARGEST, metavar="BYTES", help=f"default: {LARGEST}")
    parser.add_argument("--unused", action="store_true", help="report cassettes that no test below this folder plays")
    chosen = parser.parse_args(arguments)
    if not chosen.directory.is_dir():
        parser.error(f"{chosen.directory} is not a folder")
    secrets = environment_secrets(os.environ)
    try:
        owners = collected_owners() if chosen.unused else None
    except subprocess.CalledProcessError as error:
        parser.error(f"the tests can not be collected (exit code {error.returncode}); see: pytest --collect-only")
    found = audit(chosen.directory, secrets=secrets, owners=owners, max_age_days=chosen.max_age, largest=chosen.largest)
    for finding in found:
        say(str(finding))
    count = len(list(chosen.directory.rglob("*.json")))
    things = "finding" if len(found) == 1 else "findings"
    looked = f"whatever has the form of a secret, and for {len(secrets)} values of this environment that are secrets"
    say(f"{len(found)} {things} in {count} cassettes; looked for {looked}")
    return 1 if found else 0


def collected_owners() -> list[str]:
    """Everybody who can have a cassette in the suite below the working folder, as pytest collects it.

    Raises:
        CalledProcessError: It can not be collected.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "owners.json")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "--aci-mode=replay"],
            env=os.environ | {OWNERS_FILE: str(path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode not in (0, NO_TESTS):
            raise subprocess.CalledProcessError(done.returncode, done.args)
        owners: list[str] = json.loads(path.read_text("utf-8")) if path.exists() else []  # no test uses containers
        return owners


def convert_command(arguments: Sequence[str], *, say: Callable[[str], None]) -> int:
    """Convert cassettes of vcrpy's."""
    parser = argparse.ArgumentParser(
        prog="pytest-aci convert", description=CONVERT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", nargs="+", type=Path, help="files that vcrpy wrote")
    parser.add_argument("--into", type=Path, default=Path("cassettes"), metavar="DIR", help="default: cassettes")
    parser.add_argument(
        "--owner",
        metavar="OWNER",
        help="whose it becomes, for a single source; default: tests/FOLDER/FILE, as pytest-recording lays them out",
    )
    chosen = parser.parse_args(arguments)
    if chosen.owner and len(chosen.source) > 1:
        parser.error("--owner goes with a single source")
    sources: dict[str, Path] = {}
    for source in chosen.source:
        owner = chosen.owner or f"tests/{slug(source.resolve().parent.name)}/{slug(source.stem)}"
        if owner in sources:
            parser.error(f"{sources[owner]} and {source} would both become {owner}: give each its --owner")
        sources[owner] = source
    for owner, source in sources.items():
        path = convert(source, owner, chosen.into, Redactor())
        say(f"{source} is now {path}")
    return 0

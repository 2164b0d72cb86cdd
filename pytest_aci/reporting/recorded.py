"""`pytest-aci permissions`: the role that the recorded suite needs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError, CassetteError
from pytest_aci.recording.placeholders import ARM, ZERO_GUID
from pytest_aci.reporting.permissions import ALWAYS, actions_of, role, to_text
from pytest_aci.settings.arguments import add_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def main(arguments: Sequence[str], *, environment: Mapping[str, str] = os.environ, say: Callable[[str], None]) -> int:
    """Print the role, and return the exit code.

    Raises:
        CassetteError: A cassette can not be read, so that something might be missing.
    """
    chosen = parser(environment).parse_args(arguments)
    requests = list(recorded_requests(Path(chosen.cassettes)))
    actions = {*ALWAYS, *actions_of(requests)}
    if not chosen.subscription:
        warning = "pytest-aci permissions: without --subscription, AssignableScopes has zeros for you to replace"
        print(warning, file=sys.stderr)  # noqa: T201 # the role alone goes to standard output
    say(to_text(role(actions, name=chosen.name, subscription=chosen.subscription or ZERO_GUID)))
    return 0


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the command line; what is not given stands in the environment, as for pytest."""
    made = argparse.ArgumentParser(
        prog="pytest-aci permissions",
        description="Print a custom role, as JSON for `az role definition create --role-definition`, with exactly the "
        "actions that the recorded tests need, and those that every run needs for itself. Nothing is contacted.",
    )
    add_options(made, ("subscription", "cassettes"), environment)
    made.add_argument("--name", default="pytest-aci", help="the name of the role (default: %(default)s)")
    return made


def recorded_actions(folder: Path) -> list[str]:
    """Return the actions that the cassettes show; none where they can not be read."""
    try:
        return actions_of(recorded_requests(folder))
    except AciError:
        return []


def recorded_requests(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield method, URL and body of every recorded request to ARM, whatever else the tests have asked.

    Raises:
        CassetteError: There is no folder, or a file in it is no cassette.
    """
    from pytest_aci.recording.reading import decode, read_text  # noqa: PLC0415 # not needed for --help

    if not folder.is_dir():
        raise CassetteError(
            f"There are no cassettes in {folder}; record them with: pytest --aci-mode=record", path=folder
        )
    for path in sorted(folder.rglob("*.json")):
        _, interactions = decode(read_text(path), path)
        for request in (one.request for one in interactions):
            if request.url.startswith(f"{ARM}/"):
                yield request.method, request.url, request.body

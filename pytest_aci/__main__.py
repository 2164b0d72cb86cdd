from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


WRONG_CALL = 2
INTERRUPTED = 130
"""What a shell says of a command that Ctrl-C has ended."""


def say(text: str) -> None:
    """Print a line at once. Once nobody reads any more, as behind `| head`, what is said is lost, and nothing else."""
    try:
        print(text, flush=True)  # noqa: T201 # it is a command
    except BrokenPipeError:
        _be_silent()


def _be_silent() -> None:
    """Let standard output lead nowhere, also for what waits in it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def emulator(arguments: Sequence[str]) -> int:
    """Run the emulator of Azure Resource Manager until it is interrupted."""
    from pytest_aci.emulator.cli import main as run  # noqa: PLC0415 # an optional extra

    return run(arguments)


def sweep(arguments: Sequence[str]) -> int:
    """Show what runs have left behind in Azure, and delete it with --yes."""
    from pytest_aci.cleanup.sweep import main as run  # noqa: PLC0415 # loads the SDK

    return run(arguments, say=say)


def audit(arguments: Sequence[str]) -> int:
    """Look through cassettes for secrets, age, size and files that do not belong there."""
    from pytest_aci.recording.commands import audit_command  # noqa: PLC0415 # each command loads its own

    return audit_command(arguments, say=say)


def convert(arguments: Sequence[str]) -> int:
    """Make cassettes of vcrpy's into cassettes of pytest-aci."""
    from pytest_aci.recording.commands import convert_command  # noqa: PLC0415 # each command loads its own

    return convert_command(arguments, say=say)


def doctor(arguments: Sequence[str]) -> int:
    """Look at what a live run needs: credential, quota, permissions, clock and more, each with a remedy."""
    from pytest_aci.reporting.doctor import main as run  # noqa: PLC0415 # loads the SDK

    return run(arguments, say=say)


def permissions(arguments: Sequence[str]) -> int:
    """Print a custom role with exactly the actions that the recorded tests need."""
    from pytest_aci.reporting.recorded import main as run  # noqa: PLC0415 # each command loads its own

    return run(arguments, say=say)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "emulator": emulator,
    "sweep": sweep,
    "audit": audit,
    "convert": convert,
    "doctor": doctor,
    "permissions": permissions,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands, and return its exit code; each explains itself with --help."""
    parser = argparse.ArgumentParser(prog="pytest-aci", description="Tools beside the pytest plugin.")
    commands = "\n".join(f"  {name:<12} {function.__doc__}" for name, function in COMMANDS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"commands:\n{commands}"
    parser.add_argument("--version", action="version", version=f"pytest-aci {version('pytest-aci')}")
    parser.add_argument("command", choices=list(COMMANDS), metavar="command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="see: pytest-aci COMMAND --help")
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command](chosen.arguments)
    except AciError as problem:
        _complain(chosen.command, str(problem))
        return WRONG_CALL if isinstance(problem, SettingsError) else 1
    except KeyboardInterrupt:
        _complain(chosen.command, "interrupted")
        return INTERRUPTED
    finally:
        _flush()


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _be_silent()


def _complain(command: str, text: str) -> None:
    print(f"pytest-aci {command}: {text}", file=sys.stderr)  # noqa: T201 # it is a command


if __name__ == "__main__":
    sys.exit(main())

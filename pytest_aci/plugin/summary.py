from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.plugin.wiring import RUN

if TYPE_CHECKING:
    import pytest

    from pytest_aci.run import Run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the groups of the run, and last whatever could not be deleted."""
    if RUN not in config.stash:
        return
    run = config.stash[RUN]
    lines = summary_lines(run)
    if lines:
        terminalreporter.section("Azure Container Instances")
        for line in lines:
            terminalreporter.line(line)
    if run.outcome.left:
        terminalreporter.section("left behind in Azure", red=True, bold=True)
        for one in run.outcome.left:
            terminalreporter.line(f"{one.claim}: {one.reason}")
            terminalreporter.line(f"    delete it with: {one.command}")


def summary_lines(run: Run) -> list[str]:
    """Return a line for each group that this process provisioned or replayed."""
    return [f"{group.name}: {group.state} ({', '.join(one.name for one in group.containers)})" for group in run.groups]

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_aci.plugin.distributed import is_worker
from pytest_aci.plugin.options import SETTINGS, STATE

if TYPE_CHECKING:
    import pytest


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Tell what runs on this machine have left behind when they died, and how to delete it."""
    return [] if is_worker(config) else _lines(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell it here where there is no header."""
    for line in _lines(config) if config.get_verbosity() < 0 else ():
        terminalreporter.line(line)


def _lines(config: pytest.Config) -> list[str]:
    opens_sockets = config.stash[SETTINGS].mode.is_live
    state = config.stash[STATE]
    if state is None:
        return []
    try:
        next((state / "runs").iterdir())
    except (OSError, StopIteration):
        return []
    from pytest_aci.cleanup.abandoned import recorded_runs  # noqa: PLC0415 # most machines have no such run
    from pytest_aci.cleanup.advice import sweep_command  # noqa: PLC0415 # see above

    lines = []
    for run in recorded_runs(state):
        if run.is_abandoned and not (run.is_out_of_reach if opens_sockets else run.was_local):
            places = {(cover.endpoint, cover.subscription) for cover in run.account.covers} or {("", "")}
            commands = [sweep_command(*place, run_id=run.run_id) for place in sorted(places)]
            lines.append(f"aci: {run}; delete it with: {'; '.join(commands)}")
            lines += [f"     {remark}" for remark in run.remarks]
    return lines

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_aci.cleanup.state import state_folder

if TYPE_CHECKING:
    import pytest


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Tell what runs on this machine have left behind when they died, and how to delete it."""
    state = state_folder(os.environ)
    if hasattr(config, "workerinput") or not (state / "runs").exists():
        return []
    from pytest_aci.cleanup.abandoned import recorded_runs  # noqa: PLC0415 # most machines have no such run

    lines = []
    for run in recorded_runs(state):
        if run.is_abandoned:
            lines.append(f"aci: {run}; delete it with: pytest-aci sweep --yes --run-id {run.run_id}")
            lines += [f"     {remark}" for remark in run.remarks]
    return lines

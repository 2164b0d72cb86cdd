from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.uses import groups_of
from pytest_aci.plugin.wiring import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.cleanup.kept import Kept

ENDED = (
    "The emulator that was started for this run has ended, and all groups with it. To look at them after a run, start "
    "one with `pytest-aci emulator`, and name its URL with --aci-endpoint."
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Keep the groups of a failed test, before its teardown deletes them, if the user wants to look at them."""
    report = yield
    if report.failed and RUN in item.config.stash:
        run = item.config.stash[RUN]
        if run.settings.keeps == "on-failure":
            run.books.debts.keep(groups_of(item))
    return report


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what was kept, how to look at it, and how to delete it before it expires."""
    if RUN not in config.stash:
        return
    run = config.stash[RUN]
    if run.settings.keep != "never" and run.settings.starts_emulator:
        terminalreporter.section("nothing was kept")
        terminalreporter.line(ENDED)
    if not run.kept:
        return
    from pytest_aci.cleanup.advice import has_az, sweep_command  # noqa: PLC0415 # few runs keep anything
    from pytest_aci.cleanup.ownership import RUN as RUN_TAG  # noqa: PLC0415 # see above
    from pytest_aci.cleanup.ownership import tag  # noqa: PLC0415 # see above

    connection = run.reach.connection
    until = min((one.until for one in run.kept if one.until), default=None)
    terminalreporter.section(f"kept until {until:%H:%M} UTC" if until else "kept", yellow=True, bold=True)
    for one in run.kept:
        for line in kept_lines(one, az=has_az(connection.base_url)):
            terminalreporter.line(line)
    for run_id in dict.fromkeys(tag(one.state.tags, RUN_TAG) for one in run.kept):  # some are of earlier runs
        command = sweep_command(connection.base_url, connection.subscription_id, run_id=run_id)
        terminalreporter.line(f"delete all with: {command}")


def kept_lines(kept: Kept, *, az: bool) -> Iterator[str]:
    """Return where a kept group can be reached, and how the az CLI reads its logs, if it is where *az* can go."""
    state, place = kept.state, kept.resource_group
    yield f"{state.name} in {place}"
    yield from (f"    connect to {state.ip}:{port.port}" for port in state.ports if state.ip)
    for container in state.containers if az else ():
        yield f"    az container logs --resource-group {place} --name {state.name} --container-name {container.name}"

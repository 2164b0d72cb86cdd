"""`pytest-aci sweep`: what runs have left behind in Azure, and its deletion."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pytest_aci.cleanup.abandoned import recorded_runs
from pytest_aci.cleanup.advice import has_az, sweep_command
from pytest_aci.cleanup.judgement import Circumstances, Find, judge
from pytest_aci.cleanup.ledger import Ledger, is_under_way, read
from pytest_aci.cleanup.outcome import Outcome
from pytest_aci.cleanup.ownership import RUN, tag
from pytest_aci.cleanup.state import find_state_folder
from pytest_aci.cleanup.sweeper import Sweeper
from pytest_aci.errors import AciError
from pytest_aci.settings import duration
from pytest_aci.settings.arguments import add_options, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_aci.arm.connection import Connection
    from pytest_aci.arm.control_plane import ControlPlane
    from pytest_aci.cleanup.abandoned import RecordedRun
    from pytest_aci.cleanup.judgement import Judgement
    from pytest_aci.cleanup.ledger import Claim

SWEEP_SECONDS = 600.0
"""How long the deletions of one run may take: twice as long as a run waits itself, since no test run is held up."""
MOST_LEFT = 100
COULD_NOT_LOOK = 101


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the command line; endpoint and subscription may stand in the environment, as for pytest."""
    made = argparse.ArgumentParser(
        prog="pytest-aci sweep",
        description="Show what runs of pytest-aci have left behind, and delete it with --yes. It deletes only what "
        "carries a valid proof of pytest-aci, and has expired by the server's clock, or whose run died here. "
        f"The exit code is the number of things that are left ({MOST_LEFT} at most), {COULD_NOT_LOOK} if it could not "
        "look.",
    )
    made.add_argument("--yes", action="store_true", help="delete; without it, only show what would be deleted")
    made.add_argument(
        "--older-than",
        type=checked("--older-than", duration),
        metavar="DURATION",
        help="also what is older than this, as 30m",
    )
    made.add_argument("--run-id", metavar="ID", help="only this run, expired or not: for the last step of a CI job")
    made.add_argument("--resource-group", metavar="NAME", help="also our container groups in this borrowed group")
    add_options(made, ("endpoint", "subscription"), environment)
    return made


def main(arguments: Sequence[str], *, environment: Mapping[str, str] = os.environ, say: Callable[[str], None]) -> int:
    """Sweep, and return how many things are left.

    Raises:
        SettingsError: An option, or a variable in its place, is not valid.
    """
    from pytest_aci.arm.allowance import Allowance  # noqa: PLC0415 # not needed for --help
    from pytest_aci.arm.connection import Connection  # noqa: PLC0415 # loads the SDK
    from pytest_aci.arm.sdk import SdkControlPlane  # noqa: PLC0415 # loads the SDK

    chosen = parser(environment).parse_args(arguments)
    try:
        connection = Connection.discover(
            chosen.endpoint, subscription=chosen.subscription or None, environment=environment
        )
        state = find_state_folder(environment)
        recorded = recorded_runs(state) if state else []
        here = [run for run in recorded if _is_at(run, connection) and chosen.run_id in (None, run.run_id)]
        control_plane = SdkControlPlane(connection, before_read=Allowance().take)
        judgements = look(
            control_plane,
            here,
            [run for run in recorded if run.is_alive],
            older_than=chosen.older_than,
            run_id=chosen.run_id,
            borrowed=chosen.resource_group,
        )
    except AciError as problem:
        say(f"Could not look, so nothing was deleted: {problem}")
        return COULD_NOT_LOOK
    for run in here:
        if run.is_abandoned:
            say("\n    ".join([str(run), *run.remarks]))
    for judgement in judgements:
        say(str(judgement))
    condemned = [one for one in judgements if one.is_to_go]
    say(f"Considered {len(judgements)} at {connection.base_url}; {len(condemned)} to delete.")
    if not chosen.yes:
        if condemned:
            command = sweep_command(
                chosen.endpoint,
                chosen.subscription,
                run_id=chosen.run_id,
                resource_group=chosen.resource_group,
                older_than=chosen.older_than,
            )
            say(f"Nothing was deleted. Delete with: {command}")
        return min(len(condemned), MOST_LEFT)
    outcome = sweep(control_plane, judgements, here)
    for one in outcome.left:
        say(f"left: {one.claim}: {one.reason}")
        if has_az(connection.base_url):
            say(f"    delete it with: {one.command}")
    say(f"Deleted {len(outcome.gone)}, left {len(outcome.left)}.")
    return min(len(outcome.left), MOST_LEFT)


def look(
    control_plane: ControlPlane,
    here: Sequence[RecordedRun],
    living: Sequence[RecordedRun],
    *,
    older_than: float | None = None,
    run_id: str | None = None,
    borrowed: str | None = None,
) -> list[Judgement]:
    """Return a judgement on everything in a subscription that looks like ours. Nothing is changed.

    *here* are the runs on this machine that were at work in the subscription. Those that are *living* may be anywhere:
    an endpoint has several names. A list that can not be had whole is an error, never a short list.

    Raises:
        ControlPlaneError: A list could not be had.
    """
    finds = [Find.of_resource_group(group) for group in control_plane.list_resource_groups()]
    dead = [run for run in here if run.is_abandoned]
    names = {find.name for find in finds}
    claims = [claim for run in dead for claim in run.account.owed if claim.kind == "container_group"]
    # Container groups in resource groups of our own go with those.
    places = {claim.resource_group for claim in claims if not _is_ours(claim.resource_group)}
    for place in sorted(({borrowed} if borrowed else set()) | (places & names)):
        finds += [Find.of_group(group, place) for group in control_plane.list_groups(place)]
    circumstances = Circumstances(
        now=control_plane.server_time() or datetime.now(UTC),
        older_than=older_than,
        run_id=run_id,
        alive=frozenset(run.run_id for run in living),
        dead=frozenset(run.run_id for run in dead),
        used=frozenset(run_id for run in living for run_id in run.account.used),
    )
    return [judge(find, circumstances) for find in finds if find.concerns_us]


def sweep(control_plane: ControlPlane, judgements: Iterable[Judgement], here: Iterable[RecordedRun]) -> Outcome:
    """Delete what was condemned, run by run, and settle what the ledgers of this machine say about it."""
    condemned: dict[str, list[Claim]] = {}
    spared: set[str] = set()
    for one in judgements:
        if one.is_to_go:
            condemned.setdefault(tag(one.find.tags, RUN) or "", []).append(one.find.claim)
        else:
            spared.add(one.find.name)
    outcome = Outcome()
    for run_id, owed in condemned.items():
        outcome += _sweeper(control_plane, run_id, lambda _: None).pay(owed, seconds=SWEEP_SECONDS)
    for run in here:
        if run.is_abandoned:
            told = {one.claim.name for one in outcome.left}
            left = _settle(control_plane, run, spared).left
            outcome += Outcome(left=tuple(one for one in left if one.claim.name not in told))
    return outcome


def _settle(control_plane: ControlPlane, run: RecordedRun, spared: set[str]) -> Outcome:
    """Look whether a dead run still owes anything, delete that, and forget the run if it does not."""
    owed = [claim for claim in run.account.owed if not {claim.name, claim.resource_group} & spared]
    sweeper = _sweeper(control_plane, run.run_id, Ledger(run.folder).settle, partial(is_under_way, run.folder))
    outcome = sweeper.pay(owed, seconds=SWEEP_SECONDS)
    if not read(run.folder).owed:
        shutil.rmtree(run.folder, ignore_errors=True)
    return outcome


def _sweeper(
    control_plane: ControlPlane,
    run_id: str,
    settle: Callable[[Claim], None],
    is_under_way: Callable[[Claim], bool] = lambda _: False,
) -> Sweeper:
    return Sweeper(
        control_plane,
        settle,
        run_id=run_id,
        monotonic=time.monotonic,
        sleep=time.sleep,
        is_under_way=is_under_way,
        relist=True,
    )


def _is_at(run: RecordedRun, connection: Connection) -> bool:
    """Whether a run is at work in the subscription that is swept, as far as its ledger tells."""
    swept = (connection.base_url, connection.subscription_id.lower())
    covers = run.account.covers
    return not covers or any((cover.endpoint, cover.subscription.lower()) == swept for cover in covers)


def _is_ours(resource_group: str) -> bool:
    return Find("resource_group", resource_group, resource_group).concerns_us

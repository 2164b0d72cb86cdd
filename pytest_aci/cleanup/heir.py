"""Deletes what a dead run has claimed: `python -m pytest_aci.cleanup.heir`, with the estate as JSON on stdin."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.core.credentials import TokenCredential

LEAST_SECONDS = 60.0
REPORT = "watchdog.txt"


def credential_of(estate: Mapping[str, Any]) -> TokenCredential | None:
    """Return the dead process's token as long as it is good, else None: look for a credential as a run does."""
    from pytest_aci.arm.credentials import GivenToken  # noqa: PLC0415 # the path has to be set first

    token = estate.get("token")
    return GivenToken(*token) if token and token[1] > time.time() + LEAST_SECONDS else None


def settle(estate: Mapping[str, Any]) -> bool:
    """Delete everything that a run owes, also what its last PUTs bring yet; whether nothing is left."""
    from pytest_aci.arm.allowance import Allowance  # noqa: PLC0415 # the path has to be set first
    from pytest_aci.arm.connection import Connection  # noqa: PLC0415 # see above
    from pytest_aci.arm.sdk import SdkControlPlane  # noqa: PLC0415 # see above
    from pytest_aci.cleanup.debts import DELETION_SECONDS  # noqa: PLC0415 # see above
    from pytest_aci.cleanup.ledger import Ledger, is_under_way, read  # noqa: PLC0415 # see above
    from pytest_aci.cleanup.sweeper import Sweeper  # noqa: PLC0415 # see above

    folder = Path(estate["folder"])
    if not read(folder).owed:
        return True
    connection = Connection.discover(
        estate["endpoint"],
        subscription=estate["subscription"] or None,
        environment=estate["environment"],
        credential=credential_of(estate),
    )
    sweeper = Sweeper(
        SdkControlPlane(connection, before_read=Allowance().take),
        Ledger(folder).settle,
        run_id=estate["run_id"],
        monotonic=time.monotonic,
        sleep=time.sleep,
        is_under_way=partial(is_under_way, folder),
        relist=True,
    )
    outcome = sweeper.pay(read(folder).owed, seconds=DELETION_SECONDS)
    for one in outcome.left:
        report(folder, f"{one.claim}: {one.reason}\n    delete it with: {one.command}")
    return not set(read(folder).owed).difference(outcome.gone)  # a full disk may have taken no settlement


def report(folder: Path, text: str) -> None:
    """Write down for the next run what nobody is there to see."""
    with (folder / REPORT).open("a", encoding="utf-8") as file:
        file.write(text + "\n")


def main() -> int:
    """Settle the estate on standard input; 0 if nothing is left."""
    estate = json.load(sys.stdin)
    os.environ.update(estate["environment"])
    sys.path[:] = list(dict.fromkeys([*estate["path"], *sys.path]))
    try:
        is_settled = settle(estate)
    except Exception as problem:  # noqa: BLE001 # whatever it is, the next run has to be told
        report(Path(estate["folder"]), str(problem))
        return 1
    if is_settled:
        shutil.rmtree(estate["folder"], ignore_errors=True)
    return 0 if is_settled else 1


if __name__ == "__main__":
    sys.exit(main())

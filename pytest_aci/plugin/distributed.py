from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin import enlist
from pytest_aci.plugin.options import SETTINGS, STATE
from pytest_aci.settings import Mode

if TYPE_CHECKING:
    from pytest_aci.run import Run, Seat

INVITATION = "aci"
CLAIMS = "aci_claims"
TOKEN = "aci_token"  # noqa: S105 # the name of one


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs the tests that another one, the controller, gives it."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Whether this process runs no tests itself, but has workers of xdist that do."""
    return not is_worker(config) and getattr(config.option, "dist", "no") != "no"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let an xdist controller share its run with its workers, and refuse to record with several."""
    if not is_controller(config):
        return
    enlist(config)  # it collects no test that could tell
    mode = config.stash[SETTINGS].mode
    if mode is Mode.RECORD:
        raise pytest.UsageError(
            "--aci-mode=record needs one process, because every cassette is written by the one that plays it: "
            "leave out -n, or add -n0."
        )
    if mode.is_live:
        config.pluginmanager.register(Controller(config), "aci-controller")


class Controller:
    """What the controller of a live run under xdist does: it owns deletion, and its workers share one run.

    Registered only if xdist is at work: pytest would not know the hook otherwise.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker whose run it is part of, and where the run's emulator listens, started once for all."""
        from pytest_aci.plugin.wiring import run_of  # noqa: PLC0415 # a cycle otherwise

        node.workerinput[INVITATION] = invitation(run_of(self._config))

    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker hands over: the controller deletes, and has no fixtures to get a credential from."""
        from pytest_aci.arm.credentials import GivenToken  # noqa: PLC0415 # not loaded by suites without containers
        from pytest_aci.cleanup.ledger import Claim  # noqa: PLC0415 # see above
        from pytest_aci.plugin.wiring import run_of  # noqa: PLC0415 # a cycle otherwise

        output = getattr(node, "workeroutput", {})
        for facts in output.get(CLAIMS, ()):
            run_of(self._config).books.ledger.adopt(Claim(*facts))
        if token := output.get(TOKEN):
            run_of(self._config).reach.credential = GivenToken(*token)


def hand_over(config: pytest.Config, run: Run) -> None:
    """In a worker, tell the controller what is claimed, and give it a token of the credential that a conftest brings.

    The claims are on disk as well, and the controller reads them there as long as nobody removes the folder.
    """
    output = getattr(config, "workeroutput", None)
    if output is None:
        return
    output[CLAIMS] = [astuple(claim) for claim in run.books.claimed]
    if run.reach.credential:
        from pytest_aci.errors import AciError  # noqa: PLC0415 # few suites bring a credential

        with suppress(AciError):  # then the controller looks for a credential itself
            output[TOKEN] = run.reach.connection.token()


def invitation(run: Run) -> dict[str, str]:
    """Return what a worker has to know to take part in the controller's run."""
    return {
        "run_id": run.seat.identity.run_id,
        "nonce": run.seat.identity.nonce,
        "owner": run.seat.owner.to_text(),
        "state": str(run.seat.state or ""),
        "endpoint": run.reach.emulator.url if run.reach.emulator else "",
    }


def seat_of(config: pytest.Config) -> Seat:
    """Return the seat of this process: one at the controller's table, or one of its own."""
    from pytest_aci.cleanup.ownership import Identity  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.cleanup.process import Process  # noqa: PLC0415 # see above
    from pytest_aci.run import Seat  # noqa: PLC0415 # see above

    given = getattr(config, "workerinput", {})
    invited = given.get(INVITATION)
    if invited is None:
        return Seat.alone(config.stash[SETTINGS], config.stash[STATE])
    identity = Identity(invited["run_id"], invited["nonce"])
    owner = Process.from_text(invited["owner"])
    endpoint = invited["endpoint"] or None
    state = Path(invited["state"]) if invited["state"] else None
    return Seat(identity, owner=owner, shares=True, endpoint=endpoint, worker=given["workerid"], state=state)

from __future__ import annotations

import math
from threading import RLock
from typing import TYPE_CHECKING

from pytest_aci.cleanup.debts import Debts, known, undisturbed
from pytest_aci.cleanup.ledger import Cover, Ledger
from pytest_aci.cleanup.outcome import Outcome
from pytest_aci.cleanup.process import Process
from pytest_aci.cleanup.state import find_state_folder, state_folder
from pytest_aci.cleanup.sweeper import Sweeper
from pytest_aci.cleanup.watchdog import Estate, Watchdog
from pytest_aci.provisioning.chronicle import DELETED
from pytest_aci.run.part import part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pytest_aci.cleanup.debts import Cleaning
    from pytest_aci.cleanup.ledger import Claim
    from pytest_aci.provisioning.budget import Budget
    from pytest_aci.provisioning.chronicle import Chronicle
    from pytest_aci.run.reach import Reach
    from pytest_aci.run.tapes import Tapes

LEAST_TOKEN_SECONDS = 300.0
PATIENT_SECONDS = 15.0
"""How long a run that has a watchdog looks for what may appear yet: the watchdog looks for longer."""
RUNNING_TEST = "PYTEST_CURRENT_TEST"


class Books:
    """The books of a run: what it may cost, what it has claimed, and how that is paid.

    *cleaning* is a block that interrupts do not cut short; whoever handles signals replaces it.
    """

    def __init__(self, reach: Reach, tapes: Tapes, chronicle: Chronicle, environment: Mapping[str, str]) -> None:
        self.making = RLock()
        self.cleaning: Cleaning = undisturbed
        self._reach = reach
        self._settings = reach.settings
        self._seat = reach.seat
        self._tapes = tapes
        self._chronicle = chronicle
        self._environment = environment
        # Asked once: a test may give HOME another meaning for a while.
        self._state = reach.seat.state or find_state_folder(environment)
        self._process = Process.current()
        self._token: tuple[str, int] | None = None

    @property
    def state(self) -> Path:
        """Where things are remembered from run to run.

        Raises:
            Unowned: Nobody knows where that would be.
        """
        return self._state or state_folder(self._environment)

    @property
    def folder(self) -> Path:
        """Where the processes of this run keep their ledgers.

        Raises:
            Unowned: As `state`.
        """
        return self.state / "runs" / self._seat.identity.run_id

    @property
    def shared_folder(self) -> Path | None:
        """Where they tell each other what they have made, if there are several."""
        if self._state is None or not (self._seat.shares and self._settings.mode.is_live):
            return None
        return self.folder / "shared"

    def shared_file(self, name: str) -> Path | None:
        """Return the file of that name in the shared folder, if there is one."""
        return self.shared_folder / name if self.shared_folder else None

    @part
    def _watchdog(self) -> Watchdog | None:
        # An emulator that was started for the run ends with it, and takes everything along.
        if not self._settings.mode.is_live or self._settings.watchdog != "on" or self._settings.starts_emulator:
            return None
        return Watchdog(self._seat.owner, self._estate, lifetime=self._settings.lifetime)

    @part
    def ledger(self) -> Ledger:
        """What this process has claimed."""
        folder = self.folder if self._settings.mode.is_live else None
        witness = self._watchdog.witness if self._watchdog else lambda _: None
        return Ledger(folder, cover=self._cover, witness=witness, now=self._reach.clock.now)

    @part
    def debts(self) -> Debts:
        """What has to be deleted, by whom, and how."""
        return Debts(
            self.ledger,
            self.sweeper(self.ledger),
            self.folder if self._settings.mode.is_live else None,
            self._watchdog,
            wait=self._settings.teardown == "wait",
            # What a group answers while its resource group is being deleted too is a race, and has no place on a tape.
            in_waves=self._reach.deck is not None,
            cleaning=self.cleaning,
        )

    @part
    def budget(self) -> Budget | None:
        """What the run may cost, if the user has said so. Replay costs nothing."""
        limit, prices = self._settings.budget, self._settings.prices
        if limit is None or prices is None or not self._settings.mode.is_live:
            return None
        from pytest_aci.provisioning.budget import Budget  # noqa: PLC0415 # most runs have none

        return Budget(limit, prices, self._settings.lifetime, self.shared_file("budget.json"))

    @property
    def owed(self) -> tuple[Claim, ...]:
        """What the processes of this run owe, as their ledgers say, and what this one knows besides."""
        return known(self.ledger, self.folder).owed if self._state else ()

    @property
    def claimed(self) -> tuple[Claim, ...]:
        """What this process has claimed and not settled."""
        return self.ledger.open if "ledger" in vars(self) else ()

    @property
    def outcome(self) -> Outcome:
        """What was deleted so far, and what could not be."""
        return self.debts.outcome if "debts" in vars(self) else Outcome()

    @property
    def are_ours_to_pay(self) -> bool:
        """Whether it is for this process to delete, because its owner is dead if for no other reason."""
        if not self._process.is_current or not (self._seat.owns_deletion or self._seat.owner.is_dead):
            return False
        if "ledger" in vars(self):
            return True
        return self._settings.mode.is_live and self._state is not None and self.folder.exists()

    def sweeper(self, ledger: Ledger) -> Sweeper:
        """Return what deletes, and settles in a ledger what is gone."""
        return Sweeper(
            self._reach.control_plane,
            lambda claim: self._deleted(ledger, claim),
            run_id=self._seat.identity.run_id,
            monotonic=self._reach.clock.monotonic,
            sleep=self._reach.clock.sleep,
            is_under_way=self._is_under_way,
            patience=PATIENT_SECONDS if self._watchdog else math.inf,
            using=self._deleting,
            relist=self._reach.deck is None,
            is_remote=not self._reach.is_loopback,
        )

    def _is_under_way(self, claim: Claim) -> bool:
        return self._settings.mode.is_live and self.debts.is_under_way(claim)

    def _cover(self) -> Cover:
        endpoint = "" if self._settings.endpoint == "emulator" else self._reach.connection.base_url
        return Cover(self._seat.owner, endpoint, self._reach.connection.subscription_id)

    def _estate(self) -> Estate:
        connection = self._reach.connection
        # Some credentials start a program for each token, and this is asked at each claim.
        if self._token is None or self._token[1] < self._reach.clock.now().timestamp() + LEAST_TOKEN_SECONDS:
            self._token = connection.token()
        # By name: what pytest sets for each test may go away while it is read.
        variables = {name: self._environment.get(name) for name in list(self._environment) if name != RUNNING_TEST}
        return Estate(
            folder=str(self.folder),
            run_id=self._seat.identity.run_id,
            endpoint=connection.base_url,  # the auth file may have chosen another cloud than the settings
            subscription=connection.subscription_id,
            environment={name: value for name, value in variables.items() if value is not None},
            token=self._token,
        )

    def _deleting(self, claim: Claim) -> AbstractContextManager[None]:
        """Open the tape on which a deletion belongs."""
        if claim.kind == "container_group":
            self._chronicle.leaving(claim.name)
        return self._tapes.deleting(claim.name)

    def _deleted(self, ledger: Ledger, claim: Claim) -> None:
        """Settle a claim whose thing is gone."""
        self._chronicle.mark(claim.name, DELETED)
        story = self._chronicle.story(claim.name)
        if self.budget and story and (lived := story.seconds_lived) is not None:
            self.budget.settle(claim.name, story.sizes, lived)
        ledger.settle(claim)

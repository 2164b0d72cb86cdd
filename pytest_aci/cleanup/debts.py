from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from pytest_aci.cleanup.ledger import Account, read
from pytest_aci.cleanup.outcome import Outcome
from pytest_aci.cleanup.sweeper import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pytest_aci.cleanup.ledger import Claim, Ledger
    from pytest_aci.cleanup.sweeper import Sweeper
    from pytest_aci.cleanup.watchdog import Watchdog

DELETION_SECONDS = 300.0

Cleaning: TypeAlias = "Callable[[], AbstractContextManager[Callable[[], bool]]]"


def undisturbed() -> AbstractContextManager[Callable[[], bool]]:
    """Return a block in which nothing is in a hurry, where no signals are handled."""
    return nullcontext(lambda: False)


@dataclass
class Debts:
    """Everything that a run has claimed, in all of its processes, and the way to pay it.

    *folder* holds the ledgers of all processes of the run; without one, only this process's claims are known.
    *cleaning* is a block that interrupts do not cut short. With *in_waves*, what held something is deleted only after
    that is gone. What is paid and what is left adds up in `outcome`.
    """

    ledger: Ledger
    sweeper: Sweeper
    folder: Path | None
    watchdog: Watchdog | None = None
    wait: bool = True
    in_waves: bool = False
    cleaning: Cleaning = undisturbed
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def owed(self) -> tuple[Claim, ...]:
        """The claims of all processes that are neither settled nor kept, oldest first; none for a forked child."""
        return known(self.ledger, self.folder).owed

    def is_under_way(self, claim: Claim) -> bool:
        """Whether what a claim names can appear yet, though nobody finds it: its PUT has not been answered."""
        return claim in known(self.ledger, self.folder).under_way(self.ledger.now())

    @property
    def kept(self) -> tuple[Claim, ...]:
        """The claims of all processes that are to outlive the run."""
        account = read(self.folder) if self.folder else Account()
        return tuple(claim for claim in account.open if claim in account.kept)

    def keep(self, names: Collection[str] | None = None) -> None:
        """Let container groups outlive the run (all, or those of these names), and the resource group that has them."""
        account = read(self.folder) if self.folder else Account()
        chosen = [
            claim
            for claim in account.open
            if claim.kind == "container_group" and (names is None or claim.name in names)
        ]
        places = {claim.resource_group for claim in chosen}
        for claim in account.open:
            if claim not in account.kept and (claim in chosen or claim.name in places):
                self.ledger.keep(claim)

    def send(self) -> None:
        """Ask for every deletion at once, and wait for none: there may not be time for more."""
        with self.cleaning() as is_hurried:
            self.sweeper.send(self.owed, hurried=is_hurried)

    def pay(self, claims: Sequence[Claim] | None = None) -> Outcome:
        """Delete what *claims* name, or all that is owed, and wait until it is gone. What is left is in the outcome."""
        with self.cleaning() as is_hurried:
            owed = self.owed if claims is None else tuple(claims)
            for wave in plan(owed) if self.in_waves else [owed]:
                paid = self.sweeper.pay(wave, seconds=DELETION_SECONDS, wait=self.wait, hurried=is_hurried)
                self.outcome += paid
            if claims is None and not is_hurried():
                self._close()
        return self.outcome

    def _close(self) -> None:
        """Let the watchdog go, unless it may find a way to what is left: the user is told of that in any case."""
        if self.watchdog and all(one.is_final for one in self.outcome.left):
            self.watchdog.dismiss()
        if self.folder and not self.outcome.left and not read(self.folder).open:
            shutil.rmtree(self.folder, ignore_errors=True)


def known(ledger: Ledger, folder: Path | None) -> Account:
    """Return what the processes of a run have claimed, as the ledgers in *folder* say and this process remembers."""
    written = read(folder) if folder and ledger.is_ours else Account()
    unwritten = [claim for claim in ledger.open if claim not in written.open]
    asked = {claim: sent for claim, sent in ledger.asked.items() if claim in unwritten}
    return replace(written, open=(*written.open, *unwritten), asked={**written.asked, **asked})

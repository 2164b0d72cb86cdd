from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from pytest_aci.cleanup.outcome import Leftover, Outcome
from pytest_aci.cleanup.ownership import Whose, whose
from pytest_aci.errors import ControlPlaneError, Policy
from pytest_aci.recording.tape import polling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_aci.arm.control_plane import ControlPlane, GroupState, Resource, ResourceGroup
    from pytest_aci.cleanup.ledger import Claim

PARALLEL_DELETIONS = 16
OUR_TYPE = "microsoft.containerinstance/containergroups"
SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_TRIES = 5.0
SECONDS_UNTIL_A_HURRY_IS_NOTICED = 0.2
LONGEST_SLEEP = 1.0
TRIES_OF_THE_UNKNOWN = 2
TRIES_OF_THE_GIVEN_UP = 4
UNANSWERED = frozenset({"unreachable", "reply-lost", "not-arm"})
FINAL = frozenset({Policy.FIX, Policy.QUARANTINE})
UNDER_WAY = "it does not exist, but Azure was asked for it and has not answered: it may appear yet"


@dataclass(slots=True)
class Errand:
    """How far the deletion of one claim has come."""

    tries: int = 0
    sent: float | None = None
    """When ARM accepted it, on the monotonic clock."""
    gone: bool = False
    refused: bool = False
    """Whether it has been tried often enough."""
    is_final: bool = False
    """Whether trying again is of no use, whoever does."""
    absent: bool = False
    """Whether there was nothing to delete: what a PUT on its way makes of it may be seen later."""
    given_up: bool = False
    """Whether ARM accepted it, and shows a state that says it does not delete any more."""
    pause: float = SECONDS_BETWEEN_LOOKS
    reason: str = "it was not tried"


def plan(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Return what to delete, in waves: container groups first, then the resource groups that held them."""
    waves: dict[str, list[Claim]] = {"container_group": [], "resource_group": []}
    for claim in claims:
        waves[claim.kind].append(claim)
    return [wave for wave in waves.values() if wave]


def foreign(resources: Iterable[Resource], run_id: str) -> list[str]:
    """Return the ids of those resources that a run did not make: no container groups, or another run's."""
    return [
        resource.id
        for resource in resources
        if resource.type.lower() != OUR_TYPE or whose(resource.name, resource.tags, run_id) is Whose.ANOTHERS
    ]


class Sweeper:
    """Pays what a run owes: deletes the things that claims name, exactly by name, and looks whether they are gone.

    `send` asks for every deletion at once and waits for none; `confirm` waits, and tries again what can be tried
    again; `pay` is both. *settle* is told of each claim whose thing is known not to exist any more. As long as
    *is_under_way* says so of a claim, its PUT may take effect yet, and what is not there is not gone; it is looked for
    again for *patience* seconds, and left to whoever comes later. *using* opens the
    tape on which a claim's requests belong. With *relist*, one list tells the tags of many groups before they are
    deleted, and another has to agree afterwards that they are gone. Only what *is_remote* can be out of reach for a
    while: an emulator on this machine that does not answer is dead.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        settle: Callable[[Claim], None],
        *,
        run_id: str,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        is_under_way: Callable[[Claim], bool] = lambda _: False,
        patience: float = math.inf,
        using: Callable[[Claim], AbstractContextManager[None]] = lambda _: nullcontext(),
        relist: bool = False,
        is_remote: bool = True,
    ) -> None:
        self._control_plane = control_plane
        self._settle = settle
        self._run_id = run_id
        self._monotonic = monotonic
        self._sleep = sleep
        self._is_under_way = is_under_way
        self._patience = patience
        self._using = using
        self._relist = relist
        self._unanswered = UNANSWERED if is_remote else UNANSWERED - {"unreachable"}
        self._errands: dict[Claim, Errand] = {}
        self._listed: dict[tuple[str, str], GroupState] = {}

    def pay(
        self, claims: Sequence[Claim], *, seconds: float, wait: bool = True, hurried: Callable[[], bool] = lambda: False
    ) -> Outcome:
        """Delete what *claims* name within *seconds*; without *wait*, an accepted deletion counts as done."""
        self.send(claims, hurried=hurried)
        return self.confirm(claims, seconds=seconds, wait=wait, hurried=hurried)

    def send(self, claims: Sequence[Claim], *, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask once for the deletion of everything whose deletion has not been accepted yet.

        Once *hurried* says so, no answer is waited for.
        """
        for wave in plan(claims):
            unsent = [claim for claim in wave if self._errand(claim).sent is None]
            self._listed = self._list(unsent)
            in_parallel(self._send, unsent, hurried)

    def confirm(
        self, claims: Sequence[Claim], *, seconds: float, wait: bool = True, hurried: Callable[[], bool] = lambda: False
    ) -> Outcome:
        """Look until everything that was sent is gone, at most *seconds*; once *hurried* says so, wait no more."""
        deadline = self._monotonic() + seconds
        for wave in plan(claims):
            in_parallel(partial(self._follow, deadline, wait, hurried), wave, hurried)
        if self._relist and wait:
            self._check_lists([claim for claim in claims if claim.kind == "container_group"])
        for claim in claims:
            if self._errand(claim).gone:
                self._note(claim)
        errands = [(claim, self._errand(claim)) for claim in claims]
        for claim, errand in errands:
            if errand.gone:  # the same name may be claimed again, when a test is run again
                self._errands.pop(claim, None)
        return Outcome(
            tuple(claim for claim, errand in errands if errand.gone),
            tuple(
                Leftover(claim, errand.reason, is_final=errand.is_final) for claim, errand in errands if not errand.gone
            ),
        )

    def _errand(self, claim: Claim) -> Errand:
        return self._errands.setdefault(claim, Errand())

    def _send(self, claim: Claim) -> None:
        """Ask for one deletion; what happens is written into its errand, and never raised."""
        errand = self._errand(claim)
        errand.tries += 1
        errand.reason = "Azure has not answered its deletion"
        try:
            with self._using(claim):
                refusal = self._delete(claim, errand)
        except ControlPlaneError as problem:
            retries = TRIES_OF_THE_UNKNOWN if problem.policy is Policy.STOP else problem.retries
            errand.reason = str(problem)
            # Where Azure itself has not spoken, it is asked until the time is over.
            errand.refused = errand.tries > retries and problem.failure not in self._unanswered
            errand.is_final = errand.refused and not retries and problem.policy in FINAL
            errand.pause = problem.retry_after or problem.pause or SECONDS_BETWEEN_TRIES
        except Exception as problem:  # noqa: BLE001 # a user's hook or credential: one claim must not stop the others
            errand.reason, errand.refused = str(problem) or type(problem).__name__, True
        else:
            errand.reason = refusal or (
                UNDER_WAY if errand.absent else "its deletion was accepted, and it still exists"
            )
            errand.tries = 0 if errand.absent else errand.tries  # what comes later is tried as often
            errand.refused = errand.is_final = bool(refusal)
            errand.sent = None if refusal else self._monotonic()
            errand.pause = SECONDS_BETWEEN_LOOKS

    def _delete(self, claim: Claim, errand: Errand) -> str | None:
        """Delete what a claim names if nothing speaks against it; else return what does."""
        found = self._listed.pop((claim.resource_group, claim.name), None) or self._find(claim)
        errand.absent = found is None
        if found is None:
            return None
        if whose(claim.name, found.tags, self._run_id) is Whose.ANOTHERS:
            return "its tags say that another run owns it"
        if claim.kind == "container_group":
            self._control_plane.delete_group(claim.resource_group, claim.name)
            return None
        try:
            others = foreign(self._control_plane.list_resources(claim.name), self._run_id)
        except ControlPlaneError as problem:
            if not problem.is_absence:
                raise
            errand.absent = True  # gone since it was found
            return None
        if others:
            return f"it holds what this run did not create: {', '.join(others)}"
        self._control_plane.delete_resource_group(claim.name)
        return None

    def _follow(self, deadline: float, wait: bool, hurried: Callable[[], bool], claim: Claim) -> None:
        """Look, wait and send again until the errand has an end."""
        errand, begun = self._errand(claim), self._monotonic()
        while not errand.refused:
            is_awaited = errand.absent and self._is_under_way(claim)
            if errand.sent is not None and not is_awaited and (not wait or not self._exists(claim)):
                errand.gone = True
                return
            if is_awaited and self._monotonic() - begun > self._patience:
                return
            if hurried() or self._monotonic() + errand.pause > deadline:
                return
            self._rest(errand.pause, hurried)
            if hurried():
                return
            if errand.given_up and errand.tries >= TRIES_OF_THE_GIVEN_UP:
                errand.refused = True
            elif (
                errand.sent is None
                or errand.absent
                or (errand.given_up and self._monotonic() - errand.sent > SECONDS_BETWEEN_TRIES)
            ):
                self._send(claim)

    def _rest(self, seconds: float, hurried: Callable[[], bool]) -> None:
        """Sleep, and wake up when it has to be quick."""
        until = self._monotonic() + seconds
        while not hurried() and (left := until - self._monotonic()) > 0:
            self._sleep(min(left, LONGEST_SLEEP))

    def _exists(self, claim: Claim) -> bool:
        """Whether the thing is still there; when that can not be found out, it is."""
        errand = self._errand(claim)
        try:
            with self._using(claim), polling():
                found = self._find(claim)
        except Exception as problem:  # noqa: BLE001 # as for sending
            errand.reason = str(problem) or type(problem).__name__
            errand.pause = getattr(problem, "retry_after", None) or SECONDS_BETWEEN_TRIES
            return True
        errand.pause = SECONDS_BETWEEN_LOOKS
        state = found.provisioning_state if found else None
        errand.given_up = claim.kind == "resource_group" and state not in (None, "Deleting")
        if errand.given_up:
            errand.reason = f"its deletion was accepted, but Azure gave it up: its state is {state}"
        return found is not None

    def _find(self, claim: Claim) -> GroupState | ResourceGroup | None:
        if claim.kind == "container_group":
            return self._control_plane.get_group(claim.resource_group, claim.name)
        return self._control_plane.get_resource_group(claim.name)

    def _list(self, claims: Sequence[Claim]) -> dict[tuple[str, str], GroupState]:
        """The tags of many container groups by one request, where no tape wants to see each looked at by itself."""
        found: dict[tuple[str, str], GroupState] = {}
        places = [claim.resource_group for claim in claims if claim.kind == "container_group"]
        for place in dict.fromkeys(places) if self._relist else ():
            if places.count(place) > 1:
                with suppress(Exception):  # whatever it is, each one looks for itself then
                    found |= {(place, group.name): group for group in self._control_plane.list_groups(place)}
        return found

    def _check_lists(self, claims: Sequence[Claim]) -> None:
        """Take back that groups are gone which a list of their resource group still shows."""
        for place in dict.fromkeys(claim.resource_group for claim in claims):
            listed: set[str] = set()
            with suppress(Exception):  # most often because the resource group is gone with all that was in it
                listed = {group.name for group in self._control_plane.list_groups(place)}
            for claim in claims:
                errand = self._errand(claim)
                if claim.resource_group == place and claim.name in listed and errand.gone:
                    errand.gone, errand.reason = False, "a GET does not find it any more, but the list shows it"

    def _note(self, claim: Claim) -> None:
        try:
            self._settle(claim)
        except Exception as problem:  # noqa: BLE001 # a full disk: the next run reports a debt that is paid already
            self._errand(claim).reason = str(problem)


def in_parallel(
    action: Callable[[Claim], None], claims: Sequence[Claim], hurried: Callable[[], bool] = lambda: False
) -> None:
    """Do something for each claim, many at a time, or one after the other where no thread can be started any more.

    Once *hurried* says so, nobody waits for what is still being done, and no thread keeps the process alive.
    """
    waiting: SimpleQueue[Claim] = SimpleQueue()
    for claim in claims:
        waiting.put(claim)

    def work() -> None:
        with suppress(Empty):
            while True:
                action(waiting.get_nowait())

    threads = [Thread(target=work, daemon=True) for _ in range(min(PARALLEL_DELETIONS, len(claims)))]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:  # at the interpreter's shutdown, or when the machine has no thread left
        work()
    for thread in threads:
        while thread.is_alive() and not hurried():
            thread.join(SECONDS_UNTIL_A_HURRY_IS_NOTICED)

from __future__ import annotations

from threading import Condition, Thread
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError, ControlPlaneError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_aci.arm.control_plane import ControlPlane
    from pytest_aci.provisioning.clock import Clock

FINAL = frozenset({"Succeeded", "Failed", "Canceled"})
SHORTEST_DELAY = 0.1
LONGEST_DELAY = 0.5
SHORTEST_TRUST = 2.0
LONGEST_TRUST = 10.0
TRUST_PER_GROUP = 0.5


def delay(waited: float, watchers: int = 1) -> float:
    """Return the seconds until the next look: a tenth of the time already waited, within 0.1 s and 0.5 s.

    So a group is noticed within a second, whatever it takes: half a second, and the requests that tell and get it. The
    *watchers* of several processes together look as often as one would at first.
    """
    shortest = SHORTEST_DELAY * watchers
    return min(max(waited / 10, shortest), max(LONGEST_DELAY, shortest))


class Watcher:
    """Watches the deployments of a resource group with one list for all of them, however many threads wait.

    A `list` carries no instance view, but it carries the provisioning state: whoever waits is woken when that turns,
    and then gets its own group. The list is asked by a thread that lives as long as somebody waits; *saw* is told it.
    There are so many *watchers* in the run: one in each process.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        clock: Clock,
        *,
        saw: Callable[[Mapping[str, str]], None] = lambda _: None,
        watchers: int = 1,
    ) -> None:
        self._control_plane = control_plane
        self._clock = clock
        self._saw = saw
        self._watchers = watchers
        self._turned = Condition()
        self._waiting: dict[tuple[str, str], float] = {}
        self._watched: set[str] = set()

    def wait(self, resource_group: str, name: str, seconds: float, *, waited: float = 0.0) -> None:
        """Return when the deployment of a group is over, when the list can not be had, or after *seconds*.

        *waited* seconds have passed already: what is slow is looked at less often.
        """
        key = (resource_group, name)
        with self._turned:
            self._waiting[key] = self._clock.monotonic() - waited
            if resource_group not in self._watched:
                self._watched.add(resource_group)
                Thread(target=self._watch, args=(resource_group,), name="aci-watcher", daemon=True).start()
            self._turned.wait_for(lambda: key not in self._waiting, timeout=seconds)
            self._waiting.pop(key, None)

    def trust(self, waited: float) -> float:
        """Return for how many seconds somebody who waits may rely on the list, and not look for himself.

        A quarter of the time already waited, within 2 s and 10 s; longer if so many wait that they would ask for more
        than two groups a second.
        """
        with self._turned:
            fair = TRUST_PER_GROUP * self._watchers * (len(self._waiting) + 1)
        return max(min(max(waited / 4, SHORTEST_TRUST), LONGEST_TRUST), fair)

    def _watch(self, resource_group: str) -> None:
        pause = 0.0
        while True:
            with self._turned:
                since = [start for (place, _), start in self._waiting.items() if place == resource_group]
                if not since:
                    self._watched.discard(resource_group)
                    return
            self._clock.sleep(max(pause, delay(self._clock.monotonic() - max(since), self._watchers)))
            pause = self._look(resource_group)

    def _look(self, resource_group: str) -> float:
        """Ask for the list once, and wake whoever it concerns; the seconds that ARM asks to leave it alone."""
        with self._turned:  # who comes while the list is on its way may not be in it yet
            asked_for = [(place, name) for place, name in self._waiting if place == resource_group]
        try:
            states = self._control_plane.deployments(resource_group)
            self._saw(states)
            unfinished = deploying(states)
        except ControlPlaneError as problem:
            if problem.retry_after:
                return problem.retry_after
            unfinished = frozenset()  # whoever waits looks for itself, and meets the error in its own name
        except AciError:
            unfinished = frozenset()  # see above
        with self._turned:
            for place, name in asked_for:
                if name not in unfinished:
                    self._waiting.pop((place, name), None)
            self._turned.notify_all()
        return 0.0


def deploying(states: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the groups whose deployment goes on."""
    return frozenset(name for name, state in states.items() if state not in FINAL)

from __future__ import annotations

from threading import Condition, Thread
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_aci.arm.control_plane import ControlPlane, GroupState
    from pytest_aci.provisioning.clock import Clock

FINAL = frozenset({"Succeeded", "Failed", "Canceled"})
SHORTEST_DELAY = 0.1
LONGEST_DELAY = 2.0


def delay(waited: float) -> float:
    """Return the seconds until the next look: an eighth of the time already waited, within 0.1 s and 2 s.

    Whatever a group takes, it is noticed at most an eighth later, and a slow one costs few requests.
    """
    return min(max(waited / 8, SHORTEST_DELAY), LONGEST_DELAY)


class Watcher:
    """Watches the deployments of a resource group with one list for all of them, however many threads wait.

    A `list` carries no instance view, but it carries the provisioning state: whoever waits is woken when that turns,
    and then gets its own group. The list is asked by a thread that lives as long as somebody waits; *saw* is told it.
    """

    def __init__(
        self, control_plane: ControlPlane, clock: Clock, saw: Callable[[list[GroupState]], None] = lambda _: None
    ) -> None:
        self._control_plane = control_plane
        self._clock = clock
        self._saw = saw
        self._turned = Condition()
        self._waiting: dict[tuple[str, str], float] = {}
        self._watched: set[str] = set()

    def wait(self, resource_group: str, name: str, seconds: float) -> None:
        """Return when the deployment of a group is over, when the list can not be had, or after *seconds*."""
        key = (resource_group, name)
        with self._turned:
            self._waiting[key] = self._clock.monotonic()
            if resource_group not in self._watched:
                self._watched.add(resource_group)
                Thread(target=self._watch, args=(resource_group,), name="aci-watcher", daemon=True).start()
            self._turned.wait_for(lambda: key not in self._waiting, timeout=seconds)
            self._waiting.pop(key, None)

    def _watch(self, resource_group: str) -> None:
        while True:
            with self._turned:
                since = [start for (place, _), start in self._waiting.items() if place == resource_group]
                if not since:
                    self._watched.discard(resource_group)
                    return
            self._clock.sleep(delay(self._clock.monotonic() - max(since)))
            try:
                groups = self._control_plane.list_groups(resource_group)
                self._saw(groups)
                unfinished = deploying(groups)
            except AciError:
                unfinished = frozenset()  # whoever waits looks for itself, and meets the error in its own name
            with self._turned:
                for place, name in list(self._waiting):
                    if place == resource_group and name not in unfinished:
                        del self._waiting[place, name]
                self._turned.notify_all()


def deploying(groups: list[GroupState]) -> frozenset[str]:
    """Return the names of the groups whose deployment goes on."""
    return frozenset(group.name for group in groups if group.provisioning_state not in FINAL)

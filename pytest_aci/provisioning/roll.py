from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING

from pytest_aci.errors import AciError

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import ControlPlane


class Roll:
    """Tells which names are taken in a resource group: one list for all threads that want to know at the same time.

    A list counts only for those who asked before it was sent, as if each had looked for itself.
    """

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        self._lock = Lock()
        self._asking = Lock()
        self._next: dict[str, Future[frozenset[str] | None]] = {}

    def may_hold(self, resource_group: str, name: str) -> bool:
        """Whether a group of that name is there, or could be because the list can not be had."""
        with self._lock:
            mine = resource_group not in self._next
            answer = self._next.setdefault(resource_group, Future())
        if mine:
            with self._asking:
                with self._lock:
                    del self._next[resource_group]  # who comes from now on is not answered by this list
                try:
                    answer.set_result(self._names(resource_group))
                except BaseException as problem:
                    answer.set_exception(problem)
                    raise
        names = answer.result()
        return names is None or name in names

    def _names(self, resource_group: str) -> frozenset[str] | None:
        try:
            return frozenset(self._control_plane.deployments(resource_group))
        except AciError:
            return None  # whoever asked looks for itself, and meets the error in its own name

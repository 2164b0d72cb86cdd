from __future__ import annotations

from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING, Any

from pytest_aci.arm.failures import refusal
from pytest_aci.provisioning.roll import Roll
from tests.arm.fake_control_plane import FakeControlPlane

if TYPE_CHECKING:
    import pytest


class Held(FakeControlPlane):
    """An Azure whose first list does not come back before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self.lists = 0
        self.asked, self.let_go = Semaphore(0), Event()

    def deployments(self, resource_group: str) -> dict[str, str]:
        """What was there when it was asked for."""
        self.lists += 1
        names = dict(self.names)
        self.asked.release()
        self.let_go.wait()
        return names


class Broken(Held):
    """An Azure whose list breaks something in its reader."""

    def deployments(self, resource_group: str) -> dict[str, str]:
        """Never return."""
        super().deployments(resource_group)
        raise ZeroDivisionError


class Noted(dict[str, Any]):
    """Who waits for the next list; *came* counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.came = Semaphore(0)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """As a dictionary does."""
        found = super().setdefault(key, default)
        self.came.release()
        return found


def test_those_who_ask_together_cost_one_list() -> None:
    """Sixty-four who come while a list is on its way are all answered by the next one, which shows what is new."""
    azure, told = Held(), []
    roll = Roll(azure)
    first = Thread(target=roll.may_hold, args=("rg", "any"))
    first.start()
    azure.asked.acquire()
    azure.names["new"] = "Succeeded"
    others = [Thread(target=lambda: told.append(roll.may_hold("rg", "new"))) for _ in range(64)]
    roll._next = noted = Noted()
    for thread in others:
        thread.start()
    for _ in others:
        noted.came.acquire()
    azure.let_go.set()
    for thread in [first, *others]:
        thread.join()
    assert told == [True] * 64
    assert azure.lists == 2


def test_what_breaks_the_list_is_told_to_all_who_wait_for_it() -> None:
    """Nobody waits for ever, whatever it is."""
    azure, told = Broken(), []
    azure.let_go.set()
    roll = Roll(azure)

    def ask() -> None:
        try:
            roll.may_hold("rg", "new")
        except ZeroDivisionError as problem:
            told.append(problem)

    roll._next = noted = Noted()
    threads = [Thread(target=ask, daemon=True) for _ in range(2)]
    with roll._asking:
        for thread in threads:
            thread.start()
            noted.came.acquire()
    for thread in threads:
        thread.join(60)
    assert len(told) == 2
    assert azure.lists == 1


def test_a_name_that_is_not_listed_is_free() -> None:
    """Nothing more has to be asked before it is put."""
    azure = Held()
    azure.let_go.set()
    assert not Roll(azure).may_hold("rg", "new")


def test_without_a_list_everybody_looks_for_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is refused says nothing about any name."""

    def refuse(_: str) -> None:
        raise refusal(doing="list", code="AuthorizationFailed", message="no", status=403)

    azure = FakeControlPlane()
    monkeypatch.setattr(azure, "deployments", refuse)
    assert Roll(azure).may_hold("rg", "new")

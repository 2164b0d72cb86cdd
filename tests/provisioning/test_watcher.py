from __future__ import annotations

from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.errors import ControlPlaneError
from pytest_aci.provisioning.watcher import Watcher, delay
from tests.arm.fake_control_plane import FakeControlPlane
from tests.provisioning.clocks import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Deployments(FakeControlPlane):
    """An Azure whose list says what it is told to say, and which counts how often it is asked."""

    def __init__(self, states: Callable[[int], Mapping[str, str]]) -> None:
        super().__init__()
        self.lists = 0
        self._states = states

    def deployments(self, resource_group: str) -> dict[str, str]:
        """The states for this question."""
        assert resource_group == "rg"
        self.lists += 1
        return dict(self._states(self.lists))


class Register(dict[tuple[str, str], float]):
    """Who waits; *came* counts everybody who began to."""

    def __init__(self) -> None:
        super().__init__()
        self.came = Semaphore(0)

    def __setitem__(self, key: tuple[str, str], start: float) -> None:
        super().__setitem__(key, start)
        self.came.release()


def waiting(watcher: Watcher, *names: str, seconds: float = 60.0) -> list[Thread]:
    """Threads that wait for groups, once all of them do."""
    watcher._waiting = register = Register()
    threads = [Thread(target=watcher.wait, args=("rg", name, seconds)) for name in names]
    for thread in threads:
        thread.start()
    for _ in threads:
        register.came.acquire()
    return threads


def test_a_group_is_noticed_within_a_second_of_being_ready() -> None:
    """Between two looks lies a tenth of the time already waited, at least 0.1 s and at most 0.5 s."""
    assert [delay(waited) for waited in (0, 0.5, 3, 9, 600)] == [0.1, 0.1, 0.3, 0.5, 0.5]


def test_several_watchers_look_as_often_as_one() -> None:
    """Eight processes that watch the same resource group look eight times less often each, at first."""
    assert delay(0, watchers=8) == pytest.approx(0.8)
    assert delay(600, watchers=4) == 0.5
    assert delay(600, watchers=64) == pytest.approx(6.4)


def test_sixty_four_groups_cost_one_list_at_a_time() -> None:
    """However many groups are waited for, there is one list for each look, and all are woken when it says so."""
    names = [f"group-{number}" for number in range(64)]
    everybody = Event()

    def states(asked: int) -> Mapping[str, str]:
        everybody.wait()
        return dict.fromkeys(names, "Pending" if asked < 10 else "Succeeded")

    azure = Deployments(states)
    watcher = Watcher(azure, ManualClock())
    threads = waiting(watcher, *names)
    everybody.set()
    for thread in threads:
        thread.join()
    assert azure.lists == 10


def test_who_turns_is_woken_and_the_others_wait_on() -> None:
    """A group that failed is over too; one that is still pending is not."""
    everybody, released = Event(), Event()

    def states(asked: int) -> Mapping[str, str]:
        if asked == 1:
            everybody.wait()
            return dict.fromkeys(("good", "bad", "slow"), "Pending")
        if asked > 2:
            released.wait()
        return {"good": "Succeeded", "bad": "Failed", "slow": "Succeeded" if asked > 2 else "Creating"}

    watcher = Watcher(Deployments(states), ManualClock())
    slow, good, bad = waiting(watcher, "slow", "good", "bad")
    everybody.set()
    good.join()
    bad.join()
    assert slow.is_alive()
    released.set()
    slow.join()


def test_a_group_that_is_not_listed_is_looked_at_by_whoever_waits() -> None:
    """A list may not show yet what was just created, or no longer what was deleted: nobody waits for it in vain."""
    for thread in waiting(Watcher(Deployments(lambda _: {}), ManualClock()), "new"):
        thread.join()


def test_who_comes_while_the_list_is_on_its_way_is_not_sent_to_look() -> None:
    """A list that was asked for before a group was created says nothing about it: only the next one counts."""
    asked, answered = Event(), Event()

    def states(number: int) -> Mapping[str, str]:
        if number == 1:
            asked.set()
            answered.wait()
        return {"early": "Succeeded"} if number == 1 else {"late": "Succeeded"}

    azure = Deployments(states)
    watcher = Watcher(azure, ManualClock())
    [early] = waiting(watcher, "early")
    asked.wait()
    came = watcher._waiting
    assert isinstance(came, Register)
    late = Thread(target=watcher.wait, args=("rg", "late", 60))
    late.start()
    came.came.acquire()
    answered.set()
    early.join()
    late.join()
    assert azure.lists == 2


def test_retry_after_is_honoured() -> None:
    """Told to leave ARM alone for 17 s, the watcher sleeps so long, and nobody else asks in the meantime."""
    clock = ManualClock()
    throttled = refusal(doing="list", code="429", message="wait", status=429, headers={"Retry-After": "17"})

    def states(asked: int) -> Mapping[str, str]:
        if asked == 1:
            raise throttled
        return {"one": "Succeeded"}

    for thread in waiting(Watcher(Deployments(states), clock), "one"):
        thread.join()
    assert clock.slept == [0.1, 17.0]


def test_other_errors_wake_whoever_waits() -> None:
    """Those who wait look for themselves, and meet the error in their own name."""

    def states(_asked: int) -> Mapping[str, str]:
        raise refusal(doing="list", code="AuthorizationFailed", message="no", status=403)

    azure = Deployments(states)
    for thread in waiting(Watcher(azure, ManualClock()), "one", "two"):
        thread.join()
    assert azure.lists >= 1


def test_looking_oneself_gets_rarer_the_more_there_are() -> None:
    """One who waits alone looks after 2 s himself; with 64 others they would ask two times a second, and not more."""
    watcher = Watcher(FakeControlPlane(), ManualClock())
    assert watcher.trust(0) == 2.0
    assert watcher.trust(20) == 5.0
    assert watcher.trust(600) == 10.0
    assert Watcher(FakeControlPlane(), ManualClock(), watchers=8).trust(0) == 4.0


def test_what_is_seen_is_told() -> None:
    """Each list is handed on to whoever tells the story of the run."""
    told: list[Any] = []
    watcher = Watcher(Deployments(lambda _: {"one": "Succeeded"}), ManualClock(), saw=told.append)
    for thread in waiting(watcher, "one"):
        thread.join()
    assert told == [{"one": "Succeeded"}]


def test_nothing_is_asked_when_nobody_waits_any_more() -> None:
    """The thread that asks ends with the last one who waits."""
    azure = Deployments(lambda _: {"one": "Succeeded"})
    watcher = Watcher(azure, ManualClock())
    for _ in range(3):
        for thread in waiting(watcher, "one"):
            thread.join()
    assert azure.lists == 3


def test_an_error_class_of_arm_carries_what_it_asked_for() -> None:
    """The watcher relies on the seconds that an error of ARM names."""
    error = refusal(doing="list", code="429", message="", status=429, headers={"Retry-After": "3"})
    assert isinstance(error, ControlPlaneError)
    assert error.retry_after == 3.0

from __future__ import annotations

import os
import signal
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from pytest_aci.cleanup.exits import CLEANING, LEFT, Exits
from pytest_aci.errors import DeafWarning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class LeavingError(Exception):
    """What a run raises to leave."""


class Story:
    """What exits have called, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.exits = Exits(leave=self.leave, at_end=lambda: self.told.append("end"), say=self.told.append)

    def leave(self, number: int) -> None:
        """Leave by an exception, as pytest does."""
        self.told.append(signal.Signals(number).name)
        raise LeavingError


@pytest.fixture
def story() -> Iterator[Story]:
    """Exits that are armed, and disarmed when the test ends; nohup, under which these tests may run, ignores SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    story = Story()
    story.exits.arm()
    yield story
    story.exits.disarm()
    signal.signal(signal.SIGHUP, before)


def hit(number: signal.Signals) -> None:
    """Send this process a signal, and let Python notice."""
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_makes_the_run_leave(story: Story, number: signal.Signals) -> None:
    """SIGTERM and SIGHUP raise what the run wants to be left by."""
    with pytest.raises(LeavingError):
        hit(number)
    assert story.told == [number.name]


def test_disarming_gives_everything_back() -> None:
    """Afterwards the handlers are those that were there before."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    story = Story()
    story.exits.arm()
    with story.exits.cleaning():
        pass
    story.exits.disarm()
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_handler_of_the_users_is_called_first() -> None:
    """A handler that was there before is called, and then the run leaves."""
    told: list[str] = []

    def mine(_number: int, _frame: FrameType | None) -> None:
        told.append("mine")

    before = signal.signal(signal.SIGTERM, mine)
    try:
        story = Story()
        story.exits.arm()
        with pytest.raises(LeavingError):
            hit(signal.SIGTERM)
        story.exits.disarm()
        assert told == ["mine"]
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_who_ignores_a_signal_means_it() -> None:
    """Under nohup, SIGHUP stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        story = Story()
        story.exits.arm()
        hit(signal.SIGHUP)
        story.exits.disarm()
        assert story.told == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_handler_that_somebody_sets_later_stays(story: Story) -> None:
    """Disarming leaves alone what is not ours any more."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    story.exits.disarm()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_interrupts_do_not_cut_cleaning_short(story: Story) -> None:
    """Inside, the first interrupt shows what goes on, the second asks to be quick; neither raises."""
    with story.exits.cleaning() as is_hurried:
        hit(signal.SIGINT)
        assert not is_hurried()
        hit(signal.SIGINT)
        assert is_hurried()
        hit(signal.SIGINT)
    assert story.told == [CLEANING, LEFT]


def test_sigterm_while_cleaning_asks_to_be_quick(story: Story) -> None:
    """A machine that shuts down does not wait: SIGTERM asks to be quick at once."""
    with story.exits.cleaning() as is_hurried:
        hit(signal.SIGTERM)
        assert is_hurried()
    assert story.told == [LEFT]


def test_outside_of_cleaning_an_interrupt_interrupts(story: Story) -> None:
    """Between two blocks of cleaning an interrupt is what it always is."""
    with story.exits.cleaning():
        pass
    with pytest.raises(KeyboardInterrupt):
        hit(signal.SIGINT)
    assert story.told == []


def test_after_an_interrupt_further_ones_count(story: Story) -> None:
    """Once the run is interrupted, one between two blocks counts as well, and still interrupts."""
    story.exits.note_interrupt()
    with pytest.raises(KeyboardInterrupt):
        hit(signal.SIGINT)
    with story.exits.cleaning() as is_hurried:
        hit(signal.SIGINT)
        assert is_hurried()
    assert story.told == [CLEANING, LEFT]


def test_outside_of_the_main_thread_there_is_a_warning() -> None:
    """In another thread Python sets no handlers: a warning says so, and the rest works."""
    story = Story()

    def arm() -> None:
        with pytest.warns(DeafWarning, match="can not act on SIGTERM and SIGHUP outside of the main thread"):
            story.exits.arm()
        with story.exits.cleaning() as is_hurried:
            assert not is_hurried()
        story.told.append("armed")

    thread = Thread(target=arm)
    thread.start()
    thread.join()
    story.exits.disarm()
    assert story.told == ["armed"]


def test_a_forked_child_is_left_alone(story: Story) -> None:
    """A child dies of SIGTERM as if there were no handler, and runs nothing at its end."""
    child = os.fork()
    if child == 0:
        try:
            hit(signal.SIGTERM)
        finally:
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    assert story.told == []

from __future__ import annotations

import atexit
import os
import signal
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_aci.cleanup.process import Process
from pytest_aci.errors import DeafWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], Any] | int | None

ENDING_SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")
CLEANING = "pytest-aci: deleting what the run has created; one more interrupt leaves it to the watchdog"
LEFT = "pytest-aci: not waiting any more: what is not gone yet is left to the watchdog"
PATIENT_INTERRUPTS = 1


class Exits:
    """Every way out of this process leads past the deletion of what it has created, if Python runs at all.

    SIGTERM and SIGHUP call *leave* (after a handler that somebody has set before), which has to raise; *at_end* is
    called when the interpreter ends. A forked child is left alone. *say* shows a line to the user.
    """

    def __init__(
        self, *, leave: Callable[[int], None], at_end: Callable[[], object], say: Callable[[str], None]
    ) -> None:
        self._leave = leave
        self._at_end = at_end
        self._say = say
        self._process = Process.current()
        self._previous: dict[int, Handler] = {}
        self._is_cleaning = False
        self._is_interrupted = False
        self._interrupts = 0
        self._hurried = False

    def arm(self) -> None:
        """Set the handlers, in the main thread; warn in another one, where Python can not."""
        atexit.register(self._finish)
        if not _in_main_thread():
            warnings.warn(DeafWarning(), stacklevel=2)
            return
        for name in ENDING_SIGNALS:
            number = getattr(signal, name, None)
            # Who ignores a signal, as nohup does, means it.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._on_signal)

    def disarm(self) -> None:
        """Put everything back, except what somebody else has set meanwhile."""
        atexit.unregister(self._finish)
        for number in list(self._previous):
            self._give_back(number, self._on_interrupt if number == signal.SIGINT else self._on_signal)

    def note_interrupt(self) -> None:
        """The run has been interrupted: from now on, each further interrupt counts, also between two deletions."""
        self._is_interrupted = True
        self._count_interrupts()

    @contextmanager
    def cleaning(self) -> Iterator[Callable[[], bool]]:
        """A block that signals do not cut short; what it yields says whether it has to be quick.

        The first interrupt shows what is going on, the second one asks to be quick; so does SIGTERM at once.
        """
        was_cleaning, self._is_cleaning = self._is_cleaning, True
        self._count_interrupts()
        try:
            yield lambda: self._hurried
        finally:
            self._is_cleaning = was_cleaning
            if not (was_cleaning or self._is_interrupted):
                self._give_back(signal.SIGINT, self._on_interrupt)

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._interrupts > PATIENT_INTERRUPTS:
            self._hurry()
        else:
            self._say(CLEANING)
        previous = self._previous.get(number)
        if not self._is_cleaning and callable(previous):
            previous(number, frame)

    def _count_interrupts(self) -> None:
        if _in_main_thread() and signal.SIGINT not in self._previous:
            self._previous[signal.SIGINT] = signal.signal(signal.SIGINT, self._on_interrupt)

    def _give_back(self, number: int, ours: Handler) -> None:
        """Put back the handler that was there before, unless somebody else has set another one meanwhile."""
        if number in self._previous:
            previous = self._previous.pop(number)
            if signal.getsignal(number) == ours:
                signal.signal(number, previous)

    def _hurry(self) -> None:
        if not self._hurried:
            self._say(LEFT)
        self._hurried = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        previous = self._previous.get(number)
        if not self._process.is_current:
            signal.signal(number, previous if previous is not None else signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif self._is_cleaning:
            self._hurry()
        else:
            try:
                if callable(previous):
                    previous(number, frame)
            finally:
                self._leave(number)

    def _finish(self) -> None:
        if self._process.is_current:
            self._at_end()


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()

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
CLEANING = "pytest-aci: deleting what the run has created; a third interrupt leaves it to the watchdog"
LEFT = "pytest-aci: not waiting any more; what is not gone yet is left to the watchdog"


class Exits:
    """Every way out of this process leads past the deletion of what it has created, if Python runs at all.

    SIGTERM and SIGHUP call *leave* (after a handler that somebody has set before), which has to raise; *at_end* is
    called when the interpreter ends. A forked child is left alone. *say* shows a line to the user.
    """

    def __init__(self, *, leave: Callable[[int], None], at_end: Callable[[], None], say: Callable[[str], None]) -> None:
        self._leave = leave
        self._at_end = at_end
        self._say = say
        self._process = Process.current()
        self._previous: dict[int, Handler] = {}
        self._is_cleaning = False
        self._interrupts = 0
        self._hurried = False

    def arm(self) -> None:
        """Set the handlers, in the main thread; warn in another one, where Python can not."""
        atexit.register(self._finish)
        if threading.current_thread() is not threading.main_thread():
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
        for number, handler in self._previous.items():
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, handler)
        self._previous.clear()

    @contextmanager
    def cleaning(self) -> Iterator[Callable[[], bool]]:
        """A block that signals do not cut short; what it yields says whether it has to be quick.

        The first interrupt inside shows what is going on, the second one asks to be quick; so does SIGTERM at once.
        """
        if self._is_cleaning or threading.current_thread() is not threading.main_thread():
            yield self._is_hurried
            return
        self._is_cleaning = True
        previous = signal.signal(signal.SIGINT, self._on_interrupt)
        try:
            yield self._is_hurried
        finally:
            signal.signal(signal.SIGINT, previous)
            self._is_cleaning = False

    @property
    def is_hurried(self) -> bool:
        """Whether the user, or the machine, could not wait for the end."""
        return self._hurried

    def _is_hurried(self) -> bool:
        return self._hurried

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._interrupts == 1:
            self._say(CLEANING)
        else:
            self._hurry()

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

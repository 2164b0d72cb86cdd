from __future__ import annotations

import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import TYPE_CHECKING, Any

from pytest_aci.errors import CassetteBodyWarning, CassetteIncomplete, CassetteUnmatched
from pytest_aci.frames import LIBRARIES, PACKAGE, level_outside
from pytest_aci.recording.difference import body_difference, title
from pytest_aci.recording.exchange import Interaction, Request, Response, Via, header
from pytest_aci.recording.placeholders import Numbers
from pytest_aci.recording.playback import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pytest_aci.recording.conversation import Conversation
    from pytest_aci.recording.format import Header
    from pytest_aci.recording.redact import Redactor

OPERATION_HEADERS = ("Azure-AsyncOperation", "Location")
"""Headers by which ARM hands out the URL of a long-running operation."""


_polling: ContextVar[bool] = ContextVar("pytest_aci_polling", default=False)


@contextmanager
def polling() -> Iterator[None]:
    """What is read in this context is asked until the answer is liked: a tape keeps the last answer only."""
    token = _polling.set(True)
    try:
        yield
    finally:
        _polling.reset(token)


class Tape:
    """Plays or writes the cassette of one owner. Safe to use from several threads.

    The file is read when the first answer is asked for, and written by `save`.
    """

    def __init__(
        self,
        owner: str,
        path: Path,
        *,
        writing: bool,
        redactor: Redactor,
        open_conversation: Callable[[Tape], Conversation],
        hand_out: Callable[[str, Tape], None],
        command: str,
        scrub: Callable[[Interaction], Interaction] = lambda interaction: interaction,
    ) -> None:
        """`hand_out` is told every operation URL; `command` is what records this cassette.

        `scrub` changes what is written, and what is looked for.
        """
        self.owner = owner
        self.path = path
        self.writing = writing
        self.command = command
        self.spoiled = ""
        """Why what is written would be a lie, if it would be."""
        self.specs: dict[str, Any] = {}
        """The fingerprints of the groups that its owner has for itself, numbered in the order of asking."""
        self.numbers = Numbers(owner)
        self._redactor = redactor
        self._scrub = scrub
        self._open = open_conversation
        self._hand_out = hand_out
        self._held: Conversation | None = None
        self._cleaned_of = 0
        self._lock = RLock()

    @property
    def conversation(self) -> Conversation:
        """The vcrpy cassette that holds the interactions.

        Raises:
            CassetteError: In replay, its file is missing or can not be used.
        """
        with self._lock:
            if self._held is None:
                self._held = self._open(self)
            return self._held

    @property
    def header(self) -> Header:
        """What the cassette says about itself; in replay, its file is read for it."""
        return self.conversation.header

    def play(self, request: Request, via: Via) -> Response:
        """The recorded answer that comes next.

        Raises:
            CassetteUnmatched: There is none.
            CassetteError: The cassette is missing or can not be used.
        """
        conversation = self.conversation
        with self._lock:
            is_redacted = via == "arm" and conversation.playback.knows(request)
            asked = request if is_redacted else self._redactor.request(request, via, self.numbers)
            asked = asked if is_redacted else self._scrub(Interaction(asked, Response(0))).request
            try:
                recorded = conversation.answer(asked)
            except NoAnswer as error:
                raise CassetteUnmatched(
                    path=self.path,
                    asked=title(asked),
                    reason=error.reason,
                    recorded=error.recorded,
                    command=self.header.again(self.command),
                ) from None
            self._notice(recorded.response)
        if not asked.is_read and (differences := body_difference(recorded.request.body, asked.body)):
            warning = CassetteBodyWarning(
                path=self.path,
                asked=title(asked),
                differences=differences,
                command=self.header.again(self.command),
            )
            warnings.warn(warning, stacklevel=level_outside((PACKAGE, *LIBRARIES)))
        return _with_length(asked, recorded.response)

    def write(self, request: Request, response: Response, via: Via, turn: int | None = None) -> None:
        """Add an interaction, or fold it into the one that it repeats.

        `turn` is what `take_turn` gave when it was asked; without one, nothing else was asked until it was answered.
        """
        conversation = self.conversation
        with self._lock:
            for url in _operations(response):
                self._hand_out(url, self)
            asked = self._redactor.request(request, via, self.numbers)
            answered = self._redactor.response(request, response, via, self.numbers)
            if encoding := header(answered.headers, "Content-Encoding"):
                self.spoiled = (
                    f"The answer to {title(asked)} is encoded as {encoding}, so it can not be searched for secrets. "
                    "Install what undoes it here, or ask without it in Accept-Encoding."
                )
            conversation.add(self._scrub(Interaction(asked, answered)), polling=_polling.get(), turn=turn)

    def rewind(self) -> None:
        """Begin anew, for a test that is run again."""
        with self._lock:
            self._held = None
            self.specs.clear()
            self.numbers = Numbers(self.owner)
            self.spoiled = ""

    def mentioned(self, texts: Iterable[str]) -> set[str]:
        """Which of these texts appear in what was written so far."""
        with self._lock:
            return set() if self._held is None else self._held.mentioned(texts)

    def save(self, header: Header) -> Path | None:
        """Write the cassette under this header if it holds anything; the path of what is written.

        Raises:
            CassetteError: It must not be written: it would hold a secret, or not all that happened.
        """
        with self._lock:
            if self.spoiled:
                raise CassetteIncomplete(path=self.path, reason=self.spoiled)
            if self._held is None or not self.writing or not len(self._held):
                return None
            known = len(self._redactor.secrets)
            if known > self._cleaned_of:  # a token is often answered first, and sent along, which gives it away, later
                self._cleaned_of = known
                self._held.change_answers(self._redactor.cleaned)
            self._held.save(header)
            return self.path

    @property
    def is_used(self) -> bool:
        """Whether anything was asked of it, or written to it."""
        with self._lock:
            return self._held is not None

    def unplayed(self) -> list[str]:
        """The requests that were recorded and not asked for in this replay."""
        with self._lock:
            return [] if self._held is None else [title(request) for request in self._held.playback.unplayed()]

    def _notice(self, response: Response) -> None:
        for _, value in response.headers:
            self.numbers.notice(value)
        self.numbers.notice(response.body.decode("utf-8", "replace"))
        for url in _operations(response):
            self._hand_out(url, self)


def _operations(response: Response) -> list[str]:
    return [url for name in OPERATION_HEADERS if (url := header(response.headers, name))]


def _with_length(request: Request, response: Response) -> Response:
    """The response with the length of its body as it is played; the recorded one may have been encoded."""
    if request.method == "HEAD" or response.status in (204, 304):
        return response
    headers = (*response.headers, ("content-length", str(len(response.body))))
    return Response(response.status, response.reason, headers, response.body)

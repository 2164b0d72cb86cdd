from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_aci.recording.difference import nearest, title
from pytest_aci.recording.relations import Key, Scope, changed_scopes, exact_key_of, is_arm, key_of, seen_scopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_aci.recording.exchange import Request


class NoAnswer(LookupError):  # noqa: N818 # named like the errors that are made from it
    """A conversation has no answer to a request (now). The cassette's error is made from it."""

    def __init__(self, reason: str, recorded: list[str]) -> None:
        self.reason = reason
        self.recorded = recorded
        super().__init__(reason)


class _Changes:
    """The changes of one scope, in recorded order: which is the first that has not happened yet, which the last."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self._next = 0
        self.last_played = -1

    def first_unplayed(self, played: list[int]) -> int | None:
        while self._next < len(self.places) and played[self.places[self._next]]:
            self._next += 1
        return self.places[self._next] if self._next < len(self.places) else None


class Playback:
    """Which recorded answer comes next: a read never shows a future that the test has not caused.

    A change is answered once for each time that it was recorded. A read goes through the recorded answers in
    their order and repeats the last one, but never past a change that was recorded in between and is yet to be
    asked for, and never with an answer from before a change that was. Only changes that can alter the answer
    forbid; any other one merely holds the next answer back while an earlier one can be repeated. Reads of other
    servers than ARM go through the answers to reads with the same body and headers, if there are any.

    Looking up costs the same however long the conversation is. Not safe to use from several threads.
    """

    def __init__(self, requests: Sequence[Request]) -> None:
        """`requests` are the recorded ones, as redacted."""
        self._requests = requests
        self.played = [0] * len(requests)
        self._by_key: dict[Key, list[int]] = defaultdict(list)
        self._next: dict[Key, int] = defaultdict(int)
        self._changes: dict[Scope, _Changes] = defaultdict(_Changes)
        self._all = _Changes()
        self._bare = {(request.method, request.url) for request in requests if is_arm(request) and not request.body}
        for place, request in enumerate(requests):
            for key in filter(None, (key_of(request), exact_key_of(request))):
                self._by_key[key].append(place)
            if not request.is_read:
                self._all.places.append(place)
                for scope in changed_scopes(request):
                    self._changes[scope].places.append(place)

    def knows(self, request: Request) -> bool:
        """Whether a request of ARM without a body was recorded exactly so, and is therefore redacted already."""
        return not request.body and (request.method, request.url) in self._bare

    def next(self, request: Request) -> int:
        """The place of the answer to a (redacted) request, which counts as played from now on.

        Raises:
            NoAnswer: There is none, or none yet, or none any more.
        """
        exact = exact_key_of(request)
        key = exact if exact in self._by_key else key_of(request)
        places = self._by_key.get(key)
        if not places:
            raise NoAnswer("it was never asked while recording", nearest(request, self._requests))
        place = self._read(request, key, places) if request.is_read else self._change(request, places)
        self.played[place] += 1
        return place

    def unplayed(self) -> list[Request]:
        """What was recorded and never asked for."""
        return [request for request, times in zip(self._requests, self.played, strict=True) if not times]

    def _change(self, request: Request, places: list[int]) -> int:
        left = [place for place in places if not self.played[place]]
        if not left:
            times = "once" if len(places) == 1 else f"{len(places)} times"
            raise NoAnswer(f"it was asked {times} while recording, and now once more", [title(request)])
        same_body = (place for place in left if self._requests[place].body == request.body)
        place = next(same_body, left[0])
        self._all.last_played = max(self._all.last_played, place)
        for scope in changed_scopes(request):
            self._changes[scope].last_played = max(self._changes[scope].last_played, place)
        return place

    def _read(self, request: Request, key: Key, places: list[int]) -> int:
        seen = [self._changes[scope] for scope in seen_scopes(request) if scope in self._changes]
        outdated = max((changes.last_played for changes in seen), default=-1)
        step = self._next[key]
        last = places[step - 1] if step and places[step - 1] > outdated else None
        while step < len(places) and places[step] < outdated:
            step += 1
        if step < len(places):
            place = places[step]
            missing = self._missing(seen, place)
            if missing is None and (last is None or not self._is_held_back(place)):
                self._next[key] = step + 1
                return place
            if missing is not None and last is None:
                cause = title(self._requests[missing])
                raise NoAnswer(f"its answer was recorded after {cause}, which was not asked yet", [cause])
        if last is None:
            cause = title(self._requests[outdated])
            raise NoAnswer(f"its last answer was recorded before {cause}, which has been asked since", [cause])
        return last

    def _missing(self, seen: list[_Changes], place: int) -> int | None:
        """The first change before a place that can alter the answer and has not been asked for."""
        first = [change for changes in seen if (change := changes.first_unplayed(self.played)) is not None]
        return min((change for change in first if change < place), default=None)

    def _is_held_back(self, place: int) -> bool:
        change = self._all.first_unplayed(self.played)
        return change is not None and change < place

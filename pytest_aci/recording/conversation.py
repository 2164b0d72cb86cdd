"""The conversation of one tape, held in a vcrpy cassette. Importing this imports vcrpy.

Where vcrpy looks at every interaction twice for each request, this has an index; where it has no lock, this has one.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request as VcrRequest
from vcr.serialize import deserialize, serialize

from pytest_aci.recording import files
from pytest_aci.recording.exchange import Interaction, Request, Response, take_turn
from pytest_aci.recording.folding import Folding
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.playback import Playback
from pytest_aci.recording.reading import decode, read, read_text
from pytest_aci.recording.relations import is_status
from pytest_aci.recording.vcr_shapes import (
    body_bytes,
    from_vcr_request,
    from_vcr_response,
    to_vcr_fields,
    to_vcr_request,
    to_vcr_response,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


class Serializer:
    """Our file format as vcrpy's serializer extension point wants it."""

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self.header = header

    def serialize(self, data: dict[str, Any]) -> str:
        """The text of vcrpy's `{"interactions": [{"request": …, "response": …}]}`."""
        return to_text(
            self.header,
            [
                Interaction(from_vcr_request(VcrRequest(**item["request"])), from_vcr_response(item["response"]))
                for item in data["interactions"]
            ],
        )

    def deserialize(self, text: str) -> dict[str, Any]:
        """What `serialize` was given, from the text; the header is kept on the way."""
        self.header, interactions = decode(text, self.path)
        return {
            "version": 1,
            "interactions": [
                {"request": to_vcr_fields(item.request), "response": to_vcr_response(item.response)}
                for item in interactions
            ],
        }


class Persister:
    """Our safe reading and atomic writing as vcrpy's persister extension point wants it."""

    def __init__(self, root: Path, prove: Callable[[str], None]) -> None:
        """`prove` objects to a text by raising."""
        self._root = root
        self._prove = prove

    def load_cassette(self, path: Path, serializer: Serializer) -> Any:
        """The requests and responses of a file, as vcrpy holds them."""
        return deserialize(read_text(path), serializer)

    def save_cassette(self, path: Path, data: dict[str, Any], serializer: Serializer) -> None:
        """Prove that the text of the file gives nothing away, then write it."""
        text = serialize(data, serializer)
        self._prove(text)
        files.write(path, text, root=self._root)


class Conversation(Cassette):  # type: ignore[misc] # vcrpy ships no types
    """A vcrpy cassette with an index, a lock, and the rule of play of `Playback`.

    It expects requests and responses that are redacted already.
    """

    def __init__(self, path: Path, serializer: Serializer, persister: Persister, *, writing: bool) -> None:
        self._recorded: list[Interaction] = []
        self._told: list[tuple[Any, dict[str, Any]]] = []
        super().__init__(
            path,
            serializer=serializer,
            persister=persister,
            record_mode=RecordMode.ONCE if writing else RecordMode.NONE,
        )
        self.writing = writing
        self._guard = RLock()
        self._folding = Folding()
        self._polled: set[int] = set()
        self._turns: list[int] = []
        self._playback = Playback(())

    def load(self) -> None:
        """Read the file.

        Raises:
            CassetteError: It is missing or can not be used.
        """
        self._serializer.header, self._recorded = read(self._path)
        self._playback = Playback([item.request for item in self._recorded])

    def change_answers(self, change: Callable[[Response], Response]) -> None:
        """Change every answer before it is written, and have it proven and written, even if it was before."""
        with self._guard:
            self.data = [
                (request, to_vcr_response(change(from_vcr_response(response)))) for request, response in self.data
            ]
            self.dirty = True

    def save(self, header: Header) -> None:
        """Write the file under this header."""
        self._serializer.header = header
        self._save()

    def answer(self, request: Request) -> Interaction:
        """The recorded interaction that comes next.

        Raises:
            NoAnswer: There is none.
        """
        with self._guard:
            return self._recorded[self._playback.next(request)]

    def add(self, interaction: Interaction, *, polling: bool = False, turn: int | None = None) -> None:
        """Add an interaction, or fold it into the one that it repeats. Without a `turn` it was asked just now."""
        asked, answered = to_vcr_request(interaction.request), to_vcr_response(interaction.response)
        self.append(asked, answered, polling=polling, turn=turn)

    @property
    def data(self) -> list[tuple[Any, dict[str, Any]]]:
        """The interactions in vcrpy's shapes. Those of a file are made when somebody asks for them: replay does not."""
        if len(self._told) < len(self._recorded):
            self._told = [(to_vcr_request(item.request), to_vcr_response(item.response)) for item in self._recorded]
        return self._told

    @data.setter
    def data(self, told: list[tuple[Any, dict[str, Any]]]) -> None:
        self._told = told

    @property
    def header(self) -> Header:
        """What the cassette says about itself."""
        found: Header = self._serializer.header
        return found

    @property
    def playback(self) -> Playback:
        """Which interactions have been played."""
        return self._playback

    def append(self, request: Any, response: dict[str, Any], *, polling: bool = False, turn: int | None = None) -> None:
        """As `add`, in vcrpy's shapes."""
        with self._guard:
            asked = from_vcr_request(request)
            place = self._folding.repeated(asked, polling=polling) if self.writing else None
            is_poll = polling or is_status(asked)
            if is_poll and place is not None and place in self._polled:
                self.data[place] = (request, response)
            elif place is None or self.data[place][1] != response:
                if is_poll:
                    self._polled.add(len(self.data))
                self.data.append((request, response))
                self._turns.append(take_turn() if turn is None else turn)
                self._folding.add(asked)
            self.dirty = True

    def can_play_response_for(self, request: Any) -> bool:  # noqa: ARG002 # vcrpy names it
        """Whether this is a replay: an answer that is not there is an error, never a request to the network."""
        return not self.writing

    def play_response(self, request: Any) -> dict[str, Any]:
        """As `answer`, in vcrpy's shapes."""
        return to_vcr_response(self.answer(from_vcr_request(request)).response)

    def _as_dict(self) -> dict[str, Any]:
        """What is saved, in the order of asking: replay gives no answer before what was asked earlier has been asked.

        vcrpy turns the bodies of what it saves into text, so they are not the ones held here.
        """
        told = [one for _, one in sorted(zip(self._turns, self.data, strict=True), key=lambda pair: pair[0])]
        responses = [{**response, "body": dict(response["body"])} for _, response in told]
        return {"requests": [request for request, _ in told], "responses": responses}

    def mentioned(self, texts: Iterable[str]) -> set[str]:
        """Which of these texts appear in a URL or in an answer."""
        with self._guard:
            spoken = b"\0".join(
                request.uri.encode() + b"\0" + body_bytes(response["body"]["string"]) for request, response in self.data
            )
        return {text for text in texts if text.encode() in spoken}

    def __contains__(self, request: Any) -> bool:
        """Whether the request was ever asked while recording."""
        with self._guard:
            asked = from_vcr_request(request)
            return any(from_vcr_request(recorded) == asked for recorded in self.requests)

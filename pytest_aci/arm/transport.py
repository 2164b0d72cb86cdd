from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, Self

import requests
import urllib3
from azure.core.pipeline.transport import HttpRequest as LegacyRequest
from azure.core.pipeline.transport import HttpTransport, RequestsTransport, RequestsTransportResponse
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from pytest_aci.arm.pools import pinned_session
from pytest_aci.errors import NoTape
from pytest_aci.recording.exchange import Request, Response, take_turn

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_aci.recording.exchange import Via


class PlayingTape(Protocol):
    """What a transport needs of a tape."""

    @property
    def writing(self) -> bool:
        """Whether answers are written rather than played."""

    def play(self, request: Request, via: Via) -> Response:
        """What was recorded for *request*."""

    def write(self, request: Request, response: Response, via: Via, turn: int | None = None) -> None:
        """Keep what was answered to what was asked when it was its *turn*."""


class Tapes(Protocol):
    """What a transport needs of a deck."""

    def tape_for(self, request: Request) -> PlayingTape | None:
        """The tape on which *request* belongs, or None when nothing is to be recorded."""


class NoTapes:
    """A deck without a tape, so that nothing can be asked."""

    def tape_for(self, _request: Request) -> None:
        """None: nothing is recorded."""


class TapeTransport(HttpTransport[Any, Any]):
    """An SDK client's way to the network that plays or writes the tape to which each request belongs.

    Without a *real* transport everything has to come from a tape, and nothing sleeps: azure-core waits through its
    transport, and obeys `Retry-After` even in a conversation of long ago.
    """

    def __init__(self, deck: Tapes, real: HttpTransport[Any, Any] | None) -> None:
        self._deck = deck
        self._real = real

    def send(self, request: Any, **options: Any) -> Any:
        """Answer *request* in its own kind: there is a legacy one and one of `azure.core.rest`."""
        asked = asked_of(request)
        tape = self._deck.tape_for(asked)
        if tape is not None and not tape.writing:
            return answer_in_kind(request, tape.play(asked, "arm"), **options)
        if self._real is None:
            raise NoTape(asked=str(asked))
        turn = take_turn()
        response = self._real.send(request, **options)
        if tape is None:
            return response
        answer = answer_of(response)
        tape.write(asked, answer, "arm", turn)
        return answer_in_kind(request, answer, **options)

    def sleep(self, duration: float) -> None:
        """Wait *duration* seconds, unless all that happens is being replayed."""
        if self._real is not None:
            self._real.sleep(duration)

    def open(self) -> None:
        """Open the real transport, if there is one."""
        if self._real is not None:
            self._real.open()

    def close(self) -> None:
        """Close the real transport, if there is one."""
        if self._real is not None:
            self._real.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()


def pinned_transport(*, verify: bool | str = True) -> RequestsTransport:
    """The real way to the network: *verify* is a path to a CA bundle, or whether to check certificates at all."""
    return RequestsTransport(session=pinned_session(), connection_verify=verify)


def asked_of(request: Any) -> Request:
    """A request of either kind as a plain value."""
    body = request.body
    if hasattr(body, "read"):
        start = body.tell()
        content = body.read()
        body.seek(start)
        body = content
    if isinstance(body, str):
        body = body.encode()
    return Request(request.method, request.url, tuple(request.headers.items()), body or b"")


def answer_of(response: Any) -> Response:
    """A response of either kind, read to its end, as a plain value."""
    return Response(response.status_code, response.reason or "", tuple(response.headers.items()), response.body())


def answer_in_kind(request: Any, answer: Response, **options: Any) -> Any:
    """A response of the kind that belongs to *request*, as if `requests` had fetched it."""
    session = AnsweredSession(answer)
    if isinstance(request, LegacyRequest) and not options.get("stream"):  # most are: a shorter way to the same
        return RequestsTransportResponse(request, session.request(request.method, request.url))
    return RequestsTransport(session=session).send(request, **options)


@lru_cache(maxsize=64)
def _encoding(content_type: str) -> str | None:
    """The encoding that `requests` reads out of a Content-Type."""
    return get_encoding_from_headers(CaseInsensitiveDict({"Content-Type": content_type} if content_type else {}))


class _Consumed(io.BytesIO):
    """What is left of a connection whose answer was read to its end."""


class AnsweredSession:
    """Stands in for a `requests` session whose next answer is known."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer

    def request(self, _method: str, url: str, **options: Any) -> requests.Response:
        """Give the known answer."""
        response = requests.Response()
        response.status_code = self._answer.status
        response.reason = self._answer.reason
        response.url = url
        response.headers = CaseInsensitiveDict(self._answer.headers)
        response.encoding = _encoding(response.headers.get("Content-Type", ""))
        if options.get("stream"):
            # The body is decoded already: the raw response must not know any Content-Encoding.
            response.raw = urllib3.HTTPResponse(io.BytesIO(self._answer.body), preload_content=False)
        else:
            response.raw = _Consumed()
            response._content = self._answer.body  # noqa: SLF001 # requests has no public way to say that it was read
            response._content_consumed = True  # type: ignore[attr-defined] # noqa: SLF001 # see above
        return response

    def close(self) -> None:
        """Close nothing."""

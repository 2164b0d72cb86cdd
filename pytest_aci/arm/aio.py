from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from azure.core.pipeline.transport import AsyncHttpTransport, AsyncioRequestsTransport

from pytest_aci.arm.pools import pinned_session
from pytest_aci.arm.transport import AnsweredSession, NoTapes, answer_of, asked_of
from pytest_aci.errors import NoTape
from pytest_aci.recording.exchange import take_turn

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_aci.arm.connection import Connection
    from pytest_aci.arm.transport import Tapes
    from pytest_aci.recording.exchange import Response


class AsyncTapeTransport(AsyncHttpTransport[Any, Any]):
    """`TapeTransport` for the asynchronous clients.

    Real traffic goes through `requests` in threads rather than through aiohttp, whose calls a recording of the
    test's own HTTP would take as well. Such a transport opens and closes without being awaited.
    """

    def __init__(self, deck: Tapes, real: AsyncioRequestsTransport | None) -> None:
        self._deck = deck
        self._real = real

    async def send(self, request: Any, **options: Any) -> Any:
        """Answer *request* in its own kind: there is a legacy one and one of `azure.core.rest`."""
        asked = asked_of(request)
        tape = self._deck.tape_for(asked)
        if tape is not None and not tape.writing:
            return await _answer_in_kind(request, tape.play(asked, "arm"), **options)
        if self._real is None:
            raise NoTape(asked=str(asked))
        turn = take_turn()
        response = await self._real.send(request, **options)
        if tape is None:
            return response
        answer = answer_of(response)
        tape.write(asked, answer, "arm", turn)
        return await _answer_in_kind(request, answer, **options)

    async def sleep(self, duration: float) -> None:
        """Wait *duration* seconds, unless all that happens is being replayed."""
        if self._real is not None:
            await asyncio.sleep(duration)

    async def open(self) -> None:
        """Open the real transport, if there is one."""
        if self._real is not None:
            self._real.open()

    async def close(self) -> None:
        """Close the real transport, if there is one."""
        if self._real is not None:
            self._real.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


def async_transport(connection: Connection) -> AsyncHttpTransport[Any, Any]:
    """A new way to the network for one asynchronous client: through the tapes, if there are any."""
    if connection.is_replay:
        return AsyncTapeTransport(connection.deck or NoTapes(), None)
    real = AsyncioRequestsTransport(session=pinned_session(), connection_verify=connection.verify)
    return AsyncTapeTransport(connection.deck, real) if connection.deck is not None else real


async def _answer_in_kind(request: Any, answer: Response, **options: Any) -> Any:
    return await AsyncioRequestsTransport(session=AnsweredSession(answer)).send(request, **options)

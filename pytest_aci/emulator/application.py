"""The emulator as an ASGI application: from bytes to a handler and back, with no traceback on any way out."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.websockets import WebSocket

from . import api, consoles, facts
from .answers import NO_CONTENT, NOTHING, Answer, Stamp, error_answer
from .calls import CONTAINERS, OPEN, OWN, Call, Route
from .errors import ArmError
from .faults import Rule, refusal
from .host import ClosedError
from .operations.own import check_token
from .timestamps import now
from .wordings import GATEWAY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from .cloud import Cloud
    from .faults import Effects

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

SHOWN = 100
"""Characters of a foreign name that an answer repeats."""
TRANSPORT = "pytest_aci.transport"
"""Where the server leaves a connection's transport in the scope, for faults that cut the connection."""


class DroppedError(Exception):
    """A fault rule wants the connection to be cut without an answer."""


class Application:
    """Answers HTTP requests and serves exec and attach on web sockets."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one web socket until it ends."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        kind, _, session = scope["path"].strip("/").partition("/sessionId/")
        try:
            self._check_sender(socket.headers)
        except ArmError:
            await socket.close()
            return
        console = self._cloud.consoles.take(session)
        if console is None or kind != ("attachstream" if console.command is None else "execstream"):
            await socket.close()
            return
        await consoles.serve(socket, console, self._cloud.host)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        raw_path = scope.get("raw_path", b"").decode("latin-1") or scope["path"]
        correlation = str(uuid.uuid4())
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        call = Call(
            cloud=self._cloud,
            method=scope["method"],
            path=raw_path,
            base=f"{scope['scheme']}://{headers.get('host', '')}",
            query={name.lower(): value for name, value in reversed(query)},
            headers=headers,
            body=b"",
            moment=now(),
            correlation=correlation,
            request=correlation,
        )
        status = 0
        try:
            answer = await self._answer(call, receive)
            status = answer.status
            await _reply(answer, self._headers(call, answer), call.method, send)
        except DroppedError:
            await _cut(scope, receive)
        finally:
            self._cloud.audit.add(
                time=call.moment,
                method=call.method,
                path=raw_path,
                api_version=call.query.get("api-version", ""),
                operation=call.operation,
                status=status,
                seconds=round(time.perf_counter() - begun, 6),
                client_request_id=headers.get("x-ms-client-request-id", ""),
            )

    async def _answer(self, call: Call, receive: Receive) -> Answer:
        try:
            self._check_sender(call.headers)
            call.body = await self._body(call, receive)
            route, call.parameters = api.find(call.method, call.path)
            call.operation, call.provider = route.operation, route.provider
            if route.provider == CONTAINERS:
                call.request = str(uuid.uuid4())
            if route.provider == OWN:
                check_token(call)
                return await route.handler(call)
            return await self._through_faults(route, call)
        except ArmError as error:
            return _refused(error, call)
        except ClosedError:
            return _refused(refusal(Rule("error", code="ServerTimeout"), facts.of(call)), call)
        except DroppedError:
            raise
        except Exception:
            logger.exception("%s %s broke down", call.method, call.path)
            broken = ArmError("InternalServerError", request=call.request, correlation=call.correlation)
            return _refused(broken, call)

    async def _through_faults(self, route: Route, call: Call) -> Answer:
        effects = self._consult(call)
        if effects.delay:
            await asyncio.sleep(effects.delay)
        if effects.drop == "before":
            raise DroppedError
        if effects.rule is not None:
            return _scripted(effects.rule, call)
        call.script, call.hidden, call.token_seconds = effects.script, effects.hidden, effects.token_seconds
        if route.provider != OPEN:
            call.check_subscription()
        call.version = api.check_version(route, call)
        if "subscription" in call.parameters:
            api.check_registration(route, call)
        answer = await route.handler(call)
        if effects.drop == "after":
            raise DroppedError
        return answer

    def _consult(self, call: Call) -> Effects:
        return self._cloud.faults.consult(call.operation, call.method, call.path, self._group_of(call))

    def _group_of(self, call: Call) -> str:
        """The name of the group that a request is about: in its path, or behind the poll of an operation."""
        parameters, store = call.parameters, self._cloud.store
        if "resource_group" in parameters:
            return parameters.get("group") or parameters["resource_group"]
        if operation := store.operation(parameters.get("operation", "")):
            return operation.group.name
        deletion = store.deletion(parameters.get("subscription", ""), parameters.get("token", ""))
        return deletion.group if deletion else ""

    def _headers(self, call: Call, answer: Answer) -> list[tuple[str, str]]:
        subscription = call.parameters.get("subscription", "").lower()
        stamp = Stamp(
            method=call.method,
            moment=call.moment,
            correlation=call.correlation,
            request=call.request,
            front_door=self._cloud.configuration.region,
            tenant=self._cloud.configuration.tenant,
            subscription=subscription if subscription in self._cloud.configuration.subscriptions else None,
            changes_group=call.operation in ("ContainerGroups_CreateOrUpdate", "ContainerGroups_Delete"),
        )
        return stamp.headers(answer, self._cloud.counters)

    async def _body(self, call: Call, receive: Receive) -> bytes:
        """The body, bounded in size and time."""
        if "content-length" not in call.headers and "transfer-encoding" not in call.headers:
            return b""
        limit, seconds = self._cloud.configuration.body_limit, self._cloud.configuration.body_seconds
        announced = call.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > limit:
            raise ArmError("RequestContentTooLarge", limit=limit, headers={"Connection": "close"})
        chunks, size = [], 0
        try:
            async with asyncio.timeout(seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise DroppedError
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > limit:
                        raise ArmError("RequestContentTooLarge", limit=limit, headers={"Connection": "close"})
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        return b"".join(chunks)
        except TimeoutError:
            raise ArmError("RequestTimeout", seconds=f"{seconds:g}", headers={"Connection": "close"}) from None

    def _check_sender(self, headers: Mapping[str, str]) -> None:
        """Refuse web pages: by a name that was rebound to us, or from a page that is not ours, as all pages are."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_allowed(host):
            raise ArmError("MisdirectedRequest", host=host[:SHOWN])
        is_foreign = origin is not None and not self._is_allowed(origin.rpartition("//")[2])
        if is_foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            raise ArmError("ForeignOrigin", origin=(origin or "another site")[:SHOWN])

    def _is_allowed(self, host: str) -> bool:
        """Whether the Host header names this machine's loopback, or a name that was allowed on purpose."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        name = name.strip("[]").lower()
        return name in self._cloud.configuration.allowed_hosts or _is_loopback(name)


@lru_cache(maxsize=64)
def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _refused(error: ArmError, call: Call) -> Answer:
    region = facts.region(call) if call.provider == CONTAINERS and error.cause != GATEWAY else None
    answer = error_answer(error.status, error.body(), error.cause, error.headers, region)
    if call.method == "HEAD":
        return Answer(answer.status, NOTHING, answer.headers, length=len(answer.content()))
    return answer


def _scripted(rule: Rule, call: Call) -> Answer:
    if rule.kind == "answer":
        return Answer(rule.status or 500, NOTHING if rule.body is None else rule.content(), dict(rule.headers))
    return _refused(refusal(rule, facts.of(call)), call)


async def _reply(answer: Answer, headers: list[tuple[str, str]], method: str, send: Send) -> None:
    body = answer.content()
    length = answer.length if answer.length is not None else len(body)
    encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
    if answer.status != NO_CONTENT:
        encoded.append((b"Content-Length", str(length).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


async def _cut(scope: Scope, receive: Receive) -> None:
    """End the connection with a reset, and wait until the server has seen it."""
    transport = scope.get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass

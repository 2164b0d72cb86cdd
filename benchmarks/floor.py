"""The floor under every replay: the SDK over a transport that has all answers ready in memory."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core.pipeline.transport import HttpTransport, RequestsTransportResponse
from azure.core.rest import HttpRequest
from azure.core.rest._requests_basic import RestRequestsTransportResponse
from requests.structures import CaseInsensitiveDict

from benchmarks.cloud import Cloud, message_of
from benchmarks.lifecycle import NAMES, PLACE, wanted

ORIGIN = "https://management.azure.com"
Answers = dict[tuple[str, str], deque[requests.Response]]


class Prebuilt(HttpTransport[Any, Any]):
    """Answers from memory."""

    answers: Answers

    def send(self, request: Any, **_options: Any) -> Any:
        """The next answer for a method and a path."""
        waiting = self.answers[request.method, urlsplit(request.url).path.lower()]
        answer = waiting.popleft()
        if isinstance(request, HttpRequest):
            response = RestRequestsTransportResponse(  # type: ignore[no-untyped-call] # the SDK left it untyped
                request=request, internal_response=answer
            )
            response.read()
            return response
        return RequestsTransportResponse(request, answer)

    def open(self) -> None:
        """Open nothing."""

    def close(self) -> None:
        """Close nothing."""

    def __exit__(self, *_: object) -> None:
        self.close()


class _Prepared(requests.Response):
    """An answer that is known to its last byte."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes, method: str, url: str) -> None:
        super().__init__()
        self.status_code = status
        self.headers = CaseInsensitiveDict(headers)
        self._content = body
        self._content_consumed = True
        self.encoding = "utf-8"
        self.url = url
        self.request = requests.Request(method, url).prepare()


def answers(polls: int) -> Answers:
    """All answers that one lifecycle needs, each poll answered as often as the lifecycle asks."""
    cloud = Cloud(polls=polls)
    made: Answers = defaultdict(deque)
    subscription = "/subscriptions/11111111-2222-4333-8444-555555555555"
    place = f"{subscription}/resourcegroups/{PLACE}"
    groups = f"{place}/providers/microsoft.containerinstance/containergroups"
    operation = f"{subscription}/providers/microsoft.containerinstance/locations/x/operations"
    body = json.dumps(wanted().serialize()).encode()

    def ask(method: str, path: str, content: bytes = b"", as_asked: str = "") -> None:
        status, document, headers = cloud.answer(method, path, content)
        message = message_of(status, document, headers, ORIGIN)
        head, _, text = message.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
        url = ORIGIN + path
        made[method, (as_asked or path).lower()].append(_Prepared(status, dict(lines), text, method, url))

    ask("PUT", place, b'{"location": "westeurope"}')
    ask("GET", place)
    for name in NAMES:
        ask("PUT", f"{groups}/{name}", body)
        for _ in range(polls + 1):
            ask("GET", f"{operation}/{name}")
        ask("GET", f"{groups}/{name}")
        ask("GET", f"{groups}/{name}")
        ask("GET", f"{groups}/{name}/containers/main/logs")
    ask("GET", groups)
    for name in NAMES:
        ask("DELETE", f"{groups}/{name}")
    ask("DELETE", place)
    for _ in range(2):
        ask("GET", f"{subscription}/operationresults/{PLACE}")
    return made

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says next; *cut* breaks the connection after that many bytes of the body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def content(self) -> bytes:
        """The body's bytes: text as it is, anything else as JSON."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedArm:
    """A loopback server with prepared answers, for what no Azure and no emulator says on demand.

    `say` queues answers for a method and a path; the last one is repeated. *asked* remembers every request.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[tuple[str, str], deque[Answer]] = defaultdict(deque)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def say(self, method: str, path: str, *answers: Answer) -> None:
        """Answer the next requests of *method* on *path* (without its query) so."""
        self._answers[method, path.lower()].extend(answers)

    def methods(self, path: str = "") -> list[str]:
        """The methods of all requests whose path contains *path*."""
        return [asked.method for asked in self.asked if path.lower() in asked.path.lower()]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _next(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        answers = self._answers.get((asked.method, urlsplit(asked.path).path.lower()))
        if not answers:
            return Answer(404, {"error": {"code": "ResourceNotFound", "message": f"nothing scripted at {asked.path}"}})
        return answers.popleft() if len(answers) > 1 else answers[0]

    def _handler(arm) -> type[BaseHTTPRequestHandler]:  # noqa: N805 # two selves in one method
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.give(arm._next(Asked(self.command, self.path, dict(self.headers), body)))

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_any  # noqa: N815 # the server's names

            def give(self, answer: Answer) -> None:
                if answer.cut is not None and not answer.content:
                    self.close_connection = True
                    return
                headers = {"Content-Type": "application/json; charset=utf-8"} if answer.content else {}
                headers |= {"Content-Length": str(len(answer.content)), "Date": self.date_time_string()}
                headers |= answer.headers
                self.send_response_only(answer.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "HEAD":
                    return
                self.wfile.write(answer.content[: answer.cut])
                if answer.cut is not None:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the server's name
                return

        return Handler

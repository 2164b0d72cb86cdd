from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = b"<p>alpha beta beta gamma gamma gamma it's</p>"


class _Text(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/text" else 404)
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        self.wfile.write(TEXT)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def page() -> Iterator[str]:
    """URL of a text that this process serves on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Text) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/text"
        server.shutdown()
        thread.join()

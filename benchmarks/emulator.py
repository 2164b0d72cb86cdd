"""How many GETs of a container group the emulator answers in a second, over one connection and over eight."""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.measure import asked, interleaved, table

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = 2000
SECONDS = 2.0
NAMESPACE = "providers/Microsoft.ContainerInstance/containerGroups"


@contextmanager
def emulator(*arguments: str) -> Iterator[dict[str, Any]]:
    """An emulator in a process of its own; its ready line."""
    command = [sys.executable, "-m", "pytest_aci.emulator", "--exit-with-parent", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.communicate()


def group(ready: dict[str, Any]) -> str:
    """Make a container group that seems to run, and return its path and query."""
    place = f"/subscriptions/{ready['subscription_id']}/resourcegroups/measured"
    path = f"{place}/{NAMESPACE}/web?api-version=2023-05-01"
    resources = {"requests": {"cpu": 1, "memoryInGB": 1.5}}
    container = {"name": "main", "properties": {"image": "fault/run", "ports": [{"port": 80}], "resources": resources}}
    properties = {
        "osType": "Linux",
        "containers": [container],
        "ipAddress": {"type": "Public", "ports": [{"port": 80}]},
    }
    connection = HTTPConnection(urlsplit(ready["url"]).netloc)
    for where, body in ((f"{place}?api-version=2025-04-01", {}), (path, {"properties": properties})):
        connection.request("PUT", where, json.dumps({"location": "westeurope", **body}))
        answer = connection.getresponse()
        assert answer.status == 201, answer.read()
        answer.read()
    while True:
        connection.request("GET", path)
        if json.loads(connection.getresponse().read())["properties"]["provisioningState"] == "Succeeded":
            return path


def rate(address: str, path: str, connections: int) -> float:
    """Requests in a second: each connection asks again when it has its answer.

    The client reads no more of an answer than where it ends, since it runs on the same machine.
    """
    host = urlsplit(address)
    wanted = f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\nAuthorization: Bearer any\r\n\r\n".encode()
    answered = 0
    with selectors.DefaultSelector() as ready:
        for _ in range(connections):
            connection = socket.create_connection((host.hostname, host.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(wanted)
            ready.register(connection, selectors.EVENT_READ, bytearray())
        begun = time.perf_counter()
        while time.perf_counter() < begun + SECONDS:
            for key, _ in ready.select():
                assert isinstance(key.fileobj, socket.socket)
                key.data.extend(key.fileobj.recv(65536))
                if _is_whole(key.data):
                    assert key.data.startswith(b"HTTP/1.1 200")
                    key.data.clear()
                    answered += 1
                    key.fileobj.sendall(wanted)
        took = time.perf_counter() - begun
        for key in list(ready.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
    return answered / took


def _is_whole(received: bytearray) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    return bool(end) and len(body) >= int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])


def report(rounds: int) -> None:
    """Print a row for each number of connections."""
    with emulator("--runtime", "process") as ready:
        path = group(ready)
        contestants = {str(each): partial(rate, ready["url"], path, each) for each in (1, 8)}
        contestants["8"]()  # warm
        found = interleaved(contestants, rounds)
    rows: list[list[object]] = [["connections", "GETs in a second", "target"]]
    rows += [[name, f"{series.median:.0f} {series.noise}", TARGET] for name, series in found.items()]
    table(*rows)


if __name__ == "__main__":
    report(asked(__doc__, 7)[0])

"""A resource manager that takes exactly as long as it is told, and counts what it is asked.

The emulator runs real processes; here a group is a name and a moment, so that 64 of them fit on a small machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
Answer = tuple[int, Any, dict[str, str]]
TENANT = "99999999-2222-4333-8444-555555555555"
ROUTE = re.compile(
    r"/subscriptions(?:/(?P<subscription>[^/]+))?"
    r"(?:/resourcegroups/(?P<place>[^/]+))?"
    r"(?:/operationresults/(?P<deletion>[^/]+))?"
    r"(?:/providers/microsoft\.containerinstance"
    r"(?:/locations/[^/]+/operations/(?P<operation>[^/]+)|/(?P<groups>containergroups)(?:/(?P<name>[^/]+))?)?)?"
    r"(?:/containers/(?P<container>[^/]+)/logs)?(?P<resources>/resources)?",
    re.IGNORECASE,
)
HEADERS = {  # what every answer of ARM carries; their values differ from answer to answer there, their lengths do not
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Date": "Mon, 05 Jan 2026 10:00:00 GMT",
    "Vary": "Accept-Encoding",
    "X-Cache": "CONFIG_NOCACHE",
    "X-MSEdge-Ref": "Ref A: 0123456789ABCDEF0123456789ABCDEF Ref B: AMS231020512345 Ref C: 2026-01-05T10:00:00Z",
    "x-ms-ratelimit-remaining-subscription-reads": "249",
    "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
    "x-ms-request-id": "westeurope:01234567-89ab-4cde-8f01-23456789abcd",
    "x-ms-correlation-request-id": "01234567-89ab-4cde-8f01-23456789abcd",
    "x-ms-routing-request-id": "WESTEUROPE:20260105T100000Z:01234567-89ab-4cde-8f01-23456789abcd",
}
EVENTS = [
    {
        "count": 1,
        "firstTimestamp": f"2026-01-05T10:00:{second:02}Z",
        "lastTimestamp": f"2026-01-05T10:00:{second:02}Z",
        "name": name,
        "message": message,
        "type": "Normal",
    }
    for second, name, message in (
        (1, "Pulling", 'pulling image "mcr.microsoft.com/azuredocs/aci-helloworld@sha256:565dba8ce20c"'),
        (9, "Pulled", 'Successfully pulled image "mcr.microsoft.com/azuredocs/aci-helloworld@sha256:565dba8ce20c"'),
        (14, "Started", "Started container"),
    )
]


@dataclass
class Group:
    """A container group: what was asked for, when, and how often its operation has been looked at."""

    document: dict[str, Any]
    created: float
    looks: int = 0
    is_noticed: bool = False


@dataclass
class Cloud:
    """All that exists. Times are in seconds; with *polls*, a group is ready after so many looks at its operation."""

    ready: float = 0.0
    polls: int = 0
    latency: float = 0.0
    put_latency: float = 0.0
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    deletions: dict[str, int] = field(default_factory=dict)
    deletes: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    noticed: list[tuple[float, float]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Status, document and headers for one request."""
        found = ROUTE.fullmatch(path)
        if not found:
            return 404, _error("NotFound", path), {}
        if method in ("GET", "HEAD"):
            self.reads.append(time.monotonic())
        part = found.groupdict()
        place, name = part["place"] or "", part["name"] or ""
        answers: dict[str, Callable[[], Answer]] = {  # the first part that a path has decides
            "operation": lambda: self._operation(part["operation"]),
            "deletion": lambda: self._deletion(part["deletion"]),
            "container": lambda: (200, {"content": "listening on port 80\n" * 20}, {}),
            "resources": lambda: self._list(place.lower()),
            "name": lambda: self._group(method, place.lower(), name, body),
            "groups": lambda: self._list(place.lower()),
            "place": lambda: self._place(method, place.lower(), place, body),
            "subscription": lambda: (200, {"registrationState": "Registered"}, {}),
        }
        kind = next((kind for kind in answers if part[kind]), "subscriptions")
        self.counts[f"{method} {kind}"] += 1
        if kind == "subscriptions":
            shown = {"subscriptionId": SUBSCRIPTION, "displayName": "benchmarks", "tenantId": TENANT}
            return 200, {"value": [shown]}, {}
        return answers[kind]()

    def facts(self) -> dict[str, Any]:
        """What was asked: counts by kind, and the moments of reads, of deletions, and of what was seen ready."""
        return {"counts": self.counts, "deletes": self.deletes, "reads": self.reads, "noticed": self.noticed}

    def _place(self, method: str, place: str, name: str, body: bytes) -> Answer:
        if method == "PUT":
            created = place not in self.places
            path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"
            kind = {"type": "Microsoft.Resources/resourceGroups", "properties": {"provisioningState": "Succeeded"}}
            self.places[place] = {"id": path, "name": name, **kind, **json.loads(body)}
            return (201 if created else 200), self.places[place], {}
        if place not in self.places:
            return 404, _error("ResourceGroupNotFound", f"Resource group '{name}' could not be found."), {}
        if method == "DELETE":
            del self.places[place]
            self.groups = {key: group for key, group in self.groups.items() if key[0] != place}
            self.deletions[place] = 0
            url = f"/subscriptions/{SUBSCRIPTION}/operationresults/{place}?api-version=2025-04-01"
            return 202, None, {"Location": url}
        return 200, self.places[place], {}

    def _group(self, method: str, place: str, name: str, body: bytes) -> Answer:
        key = (place, name)
        if method == "PUT":
            created = key not in self.groups
            self.groups[key] = Group(json.loads(body), time.monotonic())
            url = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/x/operations/{name}"
            return (
                (201 if created else 200),
                self._shown(*key),
                {"Azure-AsyncOperation": f"{url}?api-version=2018-06-01"},
            )
        if key not in self.groups:
            status = 204 if method == "DELETE" else 404
            return status, None if method == "DELETE" else _error("ResourceNotFound", f"'{name}' was not found."), {}
        if method == "DELETE":
            self.deletes.append(time.monotonic())
            shown = self._shown(*key)
            del self.groups[key]
            return 200, shown, {}
        group = self.groups[key]
        self._note(group)
        return 200, self._shown(*key), {}

    def _list(self, place: str) -> Answer:
        return 200, {"value": [self._shown(at, name, brief=True) for at, name in self.groups if at == place]}, {}

    def _operation(self, name: str) -> Answer:
        group = next((group for (_, other), group in self.groups.items() if other == name), None)
        if group is None:
            return 404, _error("NotFound", name), {}
        group.looks += 1
        status = "Succeeded" if self._is_ready(group) else "InProgress"
        self._note(group)
        shown = {"id": name, "status": status, "startTime": "2026-01-05T10:00:00Z", "properties": {"events": EVENTS}}
        return 200, shown, {}

    def _deletion(self, place: str) -> Answer:
        self.deletions[place] = self.deletions.get(place, 0) + 1
        if self.deletions[place] < 2:
            url = f"/subscriptions/{SUBSCRIPTION}/operationresults/{place}?api-version=2025-04-01"
            return 202, None, {"Location": url}
        return 200, None, {}

    def _note(self, group: Group) -> None:
        if not group.is_noticed and self._is_ready(group):
            group.is_noticed = True
            self.noticed.append((group.created, time.monotonic()))

    def _is_ready(self, group: Group) -> bool:
        return group.looks > self.polls if self.polls else time.monotonic() - group.created >= self.ready

    def _shown(self, place: str, name: str, *, brief: bool = False) -> dict[str, Any]:
        group = self.groups[place, name]
        ready = self._is_ready(group)
        properties = {**group.document.get("properties", {})}
        properties["provisioningState"] = "Succeeded" if ready else "Pending"
        if not brief:
            properties["instanceView"] = {"events": [], "state": "Running" if ready else "Pending"}
            view = {"restartCount": 0, "currentState": {"state": "Running", "detailStatus": ""}, "events": EVENTS}
            properties["containers"] = [
                {**one, "properties": {**one["properties"], **({"instanceView": view} if ready else {})}}
                for one in properties.get("containers", [])
            ]
        where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{place}/providers"
        return {
            "id": f"{where}/Microsoft.ContainerInstance/containerGroups/{name}",
            "name": name,
            "type": "Microsoft.ContainerInstance/containerGroups",
            "location": group.document.get("location", "westeurope"),
            "tags": group.document.get("tags", {}),
            "properties": properties,
        }


class Connection(asyncio.Protocol):
    """One client: requests one after the other, each answered when its time has come."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request once all of it is there."""
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            return
        self._buffer = rest[size:]
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        path = target.partition("?")[0]
        host = re.search(rb"(?i)\r\nhost: *([^\r]+)", head)
        origin = f"http://{host[1].decode()}" if host else ""
        if path.startswith("/_"):
            self._transport.write(message_of(200, self._manage(path), {}, origin))
            return
        status, document, headers = self._cloud.answer(method, path, rest[:size])
        delay = self._cloud.put_latency if method == "PUT" else self._cloud.latency
        message = message_of(status, None if method == "HEAD" else document, headers, origin)
        asyncio.get_running_loop().call_later(delay, self._write, message)

    def _write(self, message: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(message)

    def _manage(self, path: str) -> Any:
        facts = self._cloud.facts()
        if path == "/_reset":
            kept = (self._cloud.ready, self._cloud.polls, self._cloud.latency, self._cloud.put_latency)
            self._cloud.__init__(*kept)  # type: ignore[misc] # all else begins anew
        return facts


def message_of(status: int, document: Any, headers: dict[str, str], origin: str) -> bytes:
    """An answer as it travels."""
    body = b"" if document is None else json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    lines += ["Content-Type: application/json; charset=utf-8"] if body else []
    lines += [f"{name}: {origin}{value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


@dataclass(frozen=True, slots=True)
class Served:
    """A cloud in a process of its own."""

    url: str

    def facts(self) -> dict[str, Any]:
        """What was asked of it so far."""
        return self._ask("/_facts")

    def reset(self) -> dict[str, Any]:
        """What was asked of it so far; from now on it has forgotten everything."""
        return self._ask("/_reset")

    def _ask(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@contextmanager
def serving(**settings: float) -> Iterator[Served]:
    """Serve a cloud with these settings of `Cloud` while the block runs."""
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    command = [sys.executable, "-m", "benchmarks.cloud", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Served(process.stdout.readline().strip())
        finally:
            process.terminate()


async def _serve(cloud: Cloud) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(cloud), "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until killed; the first line on standard output is the URL."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ready", "latency", "put-latency"):
        parser.add_argument(f"--{name}", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--polls", type=int, default=0)
    found = parser.parse_args()
    asyncio.run(_serve(Cloud(found.ready, found.polls, found.latency, found.put_latency)))


if __name__ == "__main__":
    main()

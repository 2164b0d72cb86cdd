from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from pytest_aci.emulator.cloud import Cloud
from pytest_aci.emulator.configuration import SUBSCRIPTION, Configuration
from pytest_aci.emulator.server import Server
from tests.emulator.fake_runtime import FakeRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_aci.emulator.runtimes.base import Runtime

API = {"resourcegroups": "2022-09-01", "containerGroups": "2023-05-01"}
DECOY = "pytest-aci-0123456789abcdee"
GONE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in the emulator's audit log. *moment* is when it came, in seconds since the epoch."""

    method: str
    path: str
    status: int
    moment: float

    @property
    def is_group(self) -> bool:
        """Whether it was about one container group."""
        return "/containergroups/" in self.path.lower() and "/containers/" not in self.path.lower()


class Azure:
    """An emulated Azure that runs in a thread of the test, with two decoys: somebody else's things of similar names."""

    def __init__(self, server: Server, token: str) -> None:
        self.url = server.url
        self.https_url = server.https_url
        self.ca_bundle = str(server.ca_bundle)
        self._token = token
        self._decoys: dict[str, str] = {}
        self._paths = [self._path(DECOY), self._path(DECOY, "web-0123456789abcdef")]

    def fault(self, kind: str, **rule: Any) -> str:
        """Put a fault rule in force (see docs/emulator.md); its id."""
        return str(self._own("POST", "faults", {"kind": kind, **rule})["id"])

    def seen(self, fault: str) -> int:
        """How many requests a rule has met, those included that are still being answered."""
        return next(int(one["seen"]) for one in self._own("GET", "faults")["value"] if one["id"] == fault)

    def heal(self) -> None:
        """Take every fault rule out of force."""
        self._own("DELETE", "faults")

    def requests(self, method: str = "", part: str = "") -> list[Asked]:
        """What was asked of it, by method and a part of the path, oldest first."""
        entries = self._own("GET", "requests")["value"]
        return [
            Asked(one["method"], one["path"], one["status"], _seconds(one["time"]))
            for one in entries
            if one["method"].startswith(method)
            and part.lower() in one["path"].lower()
            and "/_emulator" not in one["path"]
        ]

    def left(self) -> list[str]:
        """The names of everything that exists and is no decoy."""
        found = self._own("GET", "groups")
        names = [one["name"] for one in (*found["resourceGroups"], *found["containerGroups"])]
        return [name for name in names if not any(path.endswith("/" + name) for path in self._paths)]

    def wait(self, met: Callable[[], object], seconds: float = GONE_SECONDS, *, pause: float = 0.05) -> bool:
        """Whether something comes true within *seconds*, looked at every *pause* seconds."""
        deadline = time.monotonic() + seconds
        while not met():
            if time.monotonic() > deadline:
                return False
            time.sleep(pause)
        return True

    def put(self, resource_group: str, group: str | None = None, tags: dict[str, str] | None = None) -> None:
        """Create something on somebody else's behalf."""
        body: dict[str, Any] = {"location": "westeurope", "tags": tags or {}}
        if group:
            container = {"image": "nginx:1", "resources": {"requests": {"cpu": 1, "memoryInGB": 1}}}
            body["properties"] = {"osType": "Linux", "containers": [{"name": "main", "properties": container}]}
        self._ask("PUT", self._path(resource_group, group), body)

    def tags(self, resource_group: str) -> dict[str, str]:
        """The tags of a resource group."""
        return dict(json.loads(self._ask("GET", self._path(resource_group)))["tags"])

    def remove(self, resource_group: str, group: str | None = None) -> None:
        """Delete something on somebody else's behalf, and wait until it is gone."""
        self._ask("DELETE", self._path(resource_group, group))
        self.wait(lambda: (group or resource_group) not in self.left())

    def plant_decoys(self) -> None:
        """Create the decoys, and remember them byte for byte."""
        self.put(DECOY, tags={"team": "somebody else"})
        self.put(DECOY, "web-0123456789abcdef")
        self.wait(lambda: b'"Running"' in self._ask("GET", self._paths[1]))
        self._decoys = {path: self._ask("GET", path).decode() for path in self._paths}

    def decoys_are_untouched(self) -> bool:
        """Whether the decoys are what they were, byte for byte."""
        return self._decoys == {path: self._ask("GET", path).decode() for path in self._paths}

    def _path(self, resource_group: str, group: str | None = None) -> str:
        path = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{resource_group}"
        return f"{path}/providers/Microsoft.ContainerInstance/containerGroups/{group}" if group else path

    def _ask(self, method: str, path: str, body: object = None) -> bytes:
        version = API["containerGroups" if "containerGroups" in path else "resourcegroups"]
        return self._send(method, f"{path}?api-version={version}", body)

    def _own(self, method: str, door: str, body: object = None) -> Any:
        answer = self._send(method, f"/_emulator/{door}", body)
        return json.loads(answer) if answer else {}

    def _send(self, method: str, path: str, body: object) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "x-emulator-token": self._token}
        with urlopen(Request(self.url + path, data, headers, method=method), timeout=30) as answer:
            return bytes(answer.read())


@contextmanager
def emulated_azure(configuration: Configuration | None = None, runtime: Runtime | None = None) -> Iterator[Azure]:
    """Serve an emulated Azure from a thread; its containers live in memory unless *runtime* is another one."""
    started: list[Azure] = []
    ready, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        cloud = Cloud(configuration or Configuration(), runtime or FakeRuntime())
        async with Server(cloud) as server:
            started.append(Azure(server, cloud.token))
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    try:
        assert ready.wait(30), "the emulator did not start"
        yield started[0]
    finally:
        ended.set()
        thread.join(30)


def _seconds(text: str) -> float:
    from datetime import datetime  # noqa: PLC0415 # the one place that needs it

    return datetime.fromisoformat(text).timestamp()

"""An emulator in a thread of the test process, and a client that speaks raw HTTP with it."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from pytest_aci.emulator.cloud import Cloud
from pytest_aci.emulator.configuration import Configuration
from pytest_aci.emulator.faults import Rule
from pytest_aci.emulator.server import Server

from .fake_runtime import FakeRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from types import TracebackType

    from pytest_aci.emulator.store import Journal

CONTAINER_VERSION = "2023-05-01"
RESOURCE_VERSION = "2025-04-01"
SECONDS = 20.0
T = TypeVar("T")


class Running:
    """Starts an emulator on a fake runtime when entered, and ends it when left."""

    def __init__(self, configuration: Configuration | None = None, journal: Journal | None = None) -> None:
        self.configuration = configuration or Configuration()
        self.runtime = FakeRuntime()
        self.cloud = Cloud(self.configuration, self.runtime, journal, token="open sesame")
        self.server = Server(self.cloud)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._clients: list[Client] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.http.close()
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()

    def call(self, job: Callable[[], T]) -> T:
        """Run a function on the emulator's loop, where its state may be touched."""

        async def run() -> T:
            return job()

        return self.run(run())

    def run(self, job: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the emulator's loop."""
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(SECONDS)

    @contextmanager
    def injected(self, kind: str, **fields: Any) -> Iterator[None]:
        """Have a fault in force inside a `with` block."""
        added = self.cloud.faults.add(Rule(kind, **fields))
        try:
            yield
        finally:
            self.cloud.faults.remove(added)

    def client(self) -> Client:
        """A client of this emulator's http address."""
        client = Client(self.server.url, self.configuration.subscriptions[0])
        self._clients.append(client)
        return client

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with self.server:
            self._ready.set()
            await self._end.wait()


class Client:
    """Raw requests with ARM's paths; nothing is retried, nothing is hidden."""

    def __init__(self, url: str, subscription: str) -> None:
        self.url = url
        self.subscription = subscription
        self.http = httpx.Client(base_url=url, timeout=SECONDS, trust_env=False)

    def rg(self, name: str, rest: str = "") -> str:
        """The path of a resource group."""
        return f"/subscriptions/{self.subscription}/resourcegroups/{name}{rest}"

    def cg(self, rg: str, name: str, rest: str = "") -> str:
        """The path of a container group."""
        return self.rg(rg, f"/providers/Microsoft.ContainerInstance/containerGroups/{name}{rest}")

    def location(self, rest: str, region: str = "westeurope") -> str:
        """A path below a location of the container provider."""
        provider = "providers/Microsoft.ContainerInstance"
        return f"/subscriptions/{self.subscription}/{provider}/locations/{region}{rest}"

    def ask(
        self, method: str, path: str, body: Any = None, *, version: str | None = None, **more: Any
    ) -> httpx.Response:
        """One request. The api-version is the provider's unless given; an empty one is left out."""
        if version is None:
            version = CONTAINER_VERSION if "Microsoft.ContainerInstance" in path else RESOURCE_VERSION
        parameters = {"api-version": version} if version else {}
        parameters |= more.pop("params", {})
        return self.http.request(method, path, json=body, params=parameters or None, **more)

    def make_rg(self, name: str, location: str = "westeurope", tags: dict[str, str] | None = None) -> httpx.Response:
        """PUT a resource group."""
        body: dict[str, Any] = {"location": location}
        if tags is not None:
            body["tags"] = tags
        return self.ask("PUT", self.rg(name), body)

    def make_group(self, rg: str, name: str, document: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """PUT a container group."""
        return self.ask("PUT", self.cg(rg, name), document or group_document(), **more)

    def get_group(self, rg: str, name: str, **more: Any) -> dict[str, Any]:
        """GET a container group."""
        answer = self.ask("GET", self.cg(rg, name), **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def poll(self, answer: httpx.Response) -> dict[str, Any]:
        """Follow `Azure-AsyncOperation` to its end."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            status = self.http.get(answer.headers["Azure-AsyncOperation"]).json()
            if status["status"] in ("Succeeded", "Failed", "Canceled"):
                return dict(status)
            time.sleep(0.005)
        raise AssertionError("The operation did not end.")

    def until(self, rg: str, name: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """GET a container group until something holds for it."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            group = self.get_group(rg, name)
            if holds(group):
                return group
            time.sleep(0.005)
        raise AssertionError(f"It never held; the last state is {group}")

    def wait_deleted(self, answer: httpx.Response) -> httpx.Response:
        """Follow `Location` of a resource group's deletion to its end."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            result = self.http.get(answer.headers["Location"])
            if result.status_code != 202:
                return result
            time.sleep(0.005)
        raise AssertionError("The deletion did not end.")


def container(name: str = "main", image: str = "app", **properties: Any) -> dict[str, Any]:
    """One container of a document."""
    resources = {"requests": {"cpu": 1, "memoryInGB": 1.5}}
    return {"name": name, "properties": {"image": image, "resources": resources} | properties}


def group_document(*containers: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A group's document. *location*, *tags*, *zones* and *identity* go to the top, the rest to the properties."""
    top: dict[str, Any] = {key: properties.pop(key) for key in ("tags", "zones", "identity") if key in properties}
    location = properties.pop("location", "westeurope")
    defaults = {"containers": list(containers) or [container()], "osType": "Linux"}
    return {"location": location, **top, "properties": defaults | properties}

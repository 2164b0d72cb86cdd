"""Liveness and readiness probes of one running container, asked by the emulator itself."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, Any, Self

from .timestamps import now

if TYPE_CHECKING:
    from types import TracebackType

    from .history import History
    from .runtimes.base import Sandbox

# The defaults of the two probes' timings, in seconds and times; the service names none of its own.
TIMINGS = {"initialDelaySeconds": 0, "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 1}
HEALTHY = range(200, 400)
SHOWN = 256


class Probes:
    """Asks a container's probes while the context is open; a liveness probe that keeps failing ends the container."""

    def __init__(self, sandbox: Sandbox, container: dict[str, Any], history: History) -> None:
        self._sandbox = sandbox
        self._container = str(container["name"])
        self._history = history
        self._asked = [
            (which, container["properties"][name])
            for which, name in (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"))
            if container["properties"].get(name)
        ]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._ask_on(which, probe)) for which, probe in self._asked]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _ask_on(self, which: str, probe: dict[str, Any]) -> None:
        timings = {name: float(probe.get(name, default)) for name, default in TIMINGS.items()}
        await asyncio.sleep(timings["initialDelaySeconds"])
        failures = 0
        while True:
            complaint = await self._ask(probe, max(timings["timeoutSeconds"], 0.1))
            failures = failures + 1 if complaint is not None else 0
            if complaint is not None:
                self._history.probe_failed(which, complaint, now())
            if which == "Liveness" and failures >= timings["failureThreshold"]:
                await self._sandbox.stop(self._container)
                return
            await asyncio.sleep(max(timings["periodSeconds"], 0.1))

    async def _ask(self, probe: dict[str, Any], seconds: float) -> str | None:
        """What is wrong, or `None` if all is well."""
        try:
            if "exec" in probe:
                command = probe["exec"].get("command", [])
                code, output = await self._sandbox.probe(self._container, command, seconds=seconds)
                return None if code == 0 else output.decode(errors="replace")[:SHOWN]
            async with asyncio.timeout(seconds):
                status = await self._http_status(probe["httpGet"])
        except TimeoutError:
            return f"no answer within {seconds:g} s"
        except Exception as error:  # noqa: BLE001 # whatever keeps a probe from its answer, the next one is asked
            return str(error)
        return None if status in HEALTHY else f"HTTP probe failed with statuscode: {status}"

    async def _http_status(self, asked: dict[str, Any]) -> int:
        port = int(asked["port"])
        port = self._sandbox.host_ports.get(port, port)
        context = None
        if str(asked.get("scheme", "http")).lower() == "https":
            context = ssl.create_default_context()
            # A probe does not care who signed the certificate, as Kubernetes documents for its own.
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(self._sandbox.address, port, ssl=context)
        try:
            lines = [f"GET {asked.get('path') or '/'} HTTP/1.1", f"Host: {self._sandbox.address}", "Connection: close"]
            lines += [f"{each['name']}: {each.get('value', '')}" for each in asked.get("httpHeaders", ())]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            words = (await reader.readline()).split()
            return int(words[1]) if len(words) > 1 else 0
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

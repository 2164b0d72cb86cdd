"""Container groups by the hundred, each through a full life at the same time as all others (row E06).

`python -m tests.emulator.lives` does it with 1,000 groups, several times over, and says how long each round took and
how much memory the emulator holds after it. It fails if an update is lost, or if memory grows from round to round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from typing import Any

import aiohttp
from yarl import URL

from .running import group_document
from .serving import Serving

CONNECTIONS = 100
VERSION = "api-version=2023-05-01"
WARM_ROUNDS = 3
"""Rounds after which every log of limited length is full."""
GROWTH = 1.05


class Crowd:
    """Groups of one resource group that live at once, and what was wrong with them."""

    def __init__(self, http: aiohttp.ClientSession, place: str, count: int) -> None:
        self._http = http
        self._groups = f"{place}/providers/Microsoft.ContainerInstance/containerGroups"
        self._place = place
        self._count = count
        self.wrong: list[str] = []

    async def live(self) -> None:
        """Create, tag, list, stop, start, restart, read and delete all of them, each step of all at once."""
        await self._expect("PUT", f"{self._place}?api-version=2025-04-01", 201, {"location": "westeurope"})
        for step in (self._create, self._tag):
            await asyncio.gather(*(step(number) for number in range(self._count)))
        listed = await self._expect("GET", f"{self._groups}?{VERSION}", 200)
        tags = {each["name"]: each["tags"] for each in listed["value"]}
        if tags != {f"g-{number}": {"number": str(number), "tagged": "yes"} for number in range(self._count)}:
            self.wrong.append("the list lacks an update")
        for step in (self._run_again, self._delete):
            await asyncio.gather(*(step(number) for number in range(self._count)))
        if (await self._expect("GET", f"{self._groups}?{VERSION}", 200))["value"]:
            self.wrong.append("something is left")
        await self._expect("DELETE", f"{self._place}?api-version=2025-04-01", 202)

    async def _create(self, number: int) -> None:
        document = group_document(tags={"number": str(number)})
        await self._expect("PUT", self._url(number), 201, document)

    async def _tag(self, number: int) -> None:
        await self._expect("PATCH", self._url(number), 200, {"tags": {"number": str(number), "tagged": "yes"}})

    async def _run_again(self, number: int) -> None:
        await self._expect("POST", self._url(number, "/stop"), 204)
        await self._see(number, "Stopped")
        await self._expect("POST", self._url(number, "/start"), 204)
        await self._expect("POST", self._url(number, "/restart"), 204)
        await self._see(number, "Running")
        await self._expect("GET", self._url(number, "/containers/main/logs"), 200)

    async def _delete(self, number: int) -> None:
        await self._expect("DELETE", self._url(number), 200)
        await self._expect("DELETE", self._url(number), 204)
        await self._expect("GET", self._url(number), 404)

    async def _see(self, number: int, state: str) -> None:
        shown = await self._expect("GET", self._url(number), 200)
        if shown["properties"]["instanceView"]["state"] != state or shown["tags"]["number"] != str(number):
            self.wrong.append(f"g-{number} is {shown['properties']['instanceView']['state']}, not {state}")

    async def _expect(self, method: str, url: str, status: int, body: Any = None) -> Any:
        answer, headers, content = await self._ask(method, url, body)
        if answer != status:
            self.wrong.append(f"{method} {url}: {answer}, not {status}: {content!r}")
        operation = headers.get("Azure-AsyncOperation")
        while operation is not None:
            told = json.loads((await self._ask("GET", operation, None))[2])["status"]
            if told == "Succeeded":
                break
            if told in ("Failed", "Canceled"):
                self.wrong.append(f"{method} {url} ended as {told}")
                break
        return json.loads(content) if content else None

    async def _ask(self, method: str, url: str, body: Any) -> tuple[int, Any, bytes]:
        # Encoded: the signature of an operation's address must come back as it was sent.
        async with self._http.request(method, URL(url, encoded=True), json=body) as answer:
            return answer.status, answer.headers, await answer.read()

    def _url(self, number: int, rest: str = "") -> str:
        return f"{self._groups}/g-{number}{rest}?{VERSION}"


async def live(emulator: Serving, count: int, name: str) -> list[str]:
    """Let *count* groups live in the resource group *name*; what was wrong, nothing if all is well."""
    place = f"{emulator.url}/subscriptions/{emulator.subscription}/resourcegroups/{name}"
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS), timeout=timeout) as http:
        crowd = Crowd(http, place, count)
        await crowd.live()
        return crowd.wrong


def main() -> None:
    """Run the soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=6)
    arguments = parser.parse_args()
    held = []
    with Serving() as emulator:
        print(f"at rest: {emulator.resident():.1f} MB", flush=True)
        for number in range(arguments.rounds):
            begun = time.monotonic()
            wrong = asyncio.run(live(emulator, arguments.groups, f"round-{number}"))
            held.append(emulator.resident())
            took = time.monotonic() - begun
            print(f"round {number + 1}: {took:.1f} s, {held[-1]:.1f} MB, {len(wrong)} wrong {wrong[:3]}", flush=True)
            if wrong:
                sys.exit(1)
    if held[-1] > held[min(WARM_ROUNDS, len(held)) - 1] * GROWTH:
        sys.exit("the emulator's memory grows")


if __name__ == "__main__":
    main()

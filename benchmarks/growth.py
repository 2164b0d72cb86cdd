"""Load and replay of one cassette of 100, 1,000 and 5,000 interactions: what one interaction costs in each."""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import asked, interleaved, ratio, seconds, table
from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.redact import Redactor

COUNTS = (100, 1000, 5000)
TARGET = 1.2
PER_GROUP = 4
PLACE = "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/place"
JSON = (("content-type", "application/json; charset=utf-8"),)


def conversation(count: int) -> list[tuple[Request, Response]]:
    """The lives of as many groups as it takes: PUT, two looks, DELETE."""
    made = []
    for number in range(count // PER_GROUP):
        url = f"{PLACE}/providers/Microsoft.ContainerInstance/containerGroups/group-{number}?api-version=2023-05-01"
        name = f"group-{number}"

        def shown(state: str, name: str = name) -> bytes:
            image = "mcr.microsoft.com/azuredocs/aci-helloworld"
            container = {"name": "main", "properties": {"image": image, "resources": {"requests": {"cpu": 1.0}}}}
            properties = {"provisioningState": state, "containers": [container], "osType": "Linux"}
            return json.dumps({"name": name, "location": "westeurope", "properties": properties}).encode()

        asked = Request("PUT", url, JSON, shown("Pending"))
        made.append((asked, Response(201, "Created", JSON, shown("Pending"))))
        made.append((Request("GET", url), Response(200, "OK", JSON, shown("Creating"))))
        made.append((Request("GET", url), Response(200, "OK", JSON, shown("Succeeded"))))
        made.append((Request("DELETE", url), Response(200, "OK", JSON, shown("Succeeded"))))
    return made


def deck(folder: Path, *, writing: bool) -> Deck:
    """The tapes of a run."""
    return Deck(folder, writing=writing, redactor=Redactor(), facts={})


def recorded(folder: Path, spoken: list[tuple[Request, Response]]) -> None:
    """Write a cassette."""
    tapes = deck(folder, writing=True)
    tape = tapes.tape("tests/growth")
    for request, response in spoken:
        tape.write(request, response, "arm")
    tapes.close()


def replayed(folder: Path, spoken: list[tuple[Request, Response]]) -> float:
    """The microseconds that one interaction takes, loading included."""

    def play() -> None:
        tape = deck(folder, writing=False).tape("tests/growth")
        for request, _ in spoken:
            tape.play(request, "arm")

    return seconds(play) / len(spoken) * 1e6


def report(counts: tuple[int, ...], rounds: int) -> None:
    """Print a row for each size."""
    with tempfile.TemporaryDirectory() as place:
        contestants = {}
        for count in counts:
            folder, spoken = Path(place, str(count)), conversation(count)
            recorded(folder, spoken)
            contestants[str(count)] = partial(replayed, folder, spoken)
        for measure in contestants.values():
            measure()  # loads vcrpy
        found = interleaved(contestants, rounds)
    first = found[str(counts[0])]
    rows: list[list[object]] = [["interactions", "microseconds each", "times the first", "target"]]
    for name, series in found.items():
        rows.append([name, f"{series.median:.0f} {series.noise}", f"{ratio(series, first):.2f}", TARGET])
    table(*rows)


if __name__ == "__main__":
    report(COUNTS, asked(__doc__, 9)[0])

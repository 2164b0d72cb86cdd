"""Conversations with ARM as they happen: every identity, time and secret of one differs from those of the next."""

from __future__ import annotations

import base64
import json
import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pytest_aci.recording.deck import Deck
from pytest_aci.recording.exchange import Request, Response
from pytest_aci.recording.placeholders import ARM, ZERO_GUID, ZERO_NONCE
from pytest_aci.recording.redact import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aci.recording.tape import Tape

ACI = "providers/Microsoft.ContainerInstance"


@dataclass
class Life:
    """One life of a resource group with one container group in it, as seed and all."""

    seed: int
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.subscription = self.guid()
        self.tenant = self.guid()
        self.principal = self.guid()
        self.nonce = f"{self.chance.getrandbits(64):016x}"
        self.base = f"http://127.0.0.1:{self.chance.randint(20000, 60000)}"
        self.ip = f"127.{self.chance.randint(1, 250)}.{self.chance.randint(1, 250)}.{self.chance.randint(2, 250)}"
        self.begin = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(seconds=self.chance.randint(0, 10**7))
        self.password = "pw-" + self.guid()
        self.storage_key = base64.b64encode(self.chance.randbytes(64)).decode()
        self.rg = f"/subscriptions/{self.subscription}/resourcegroups/pytest-aci-{self.nonce}"
        self.name = f"single-web-1a2b3c-{self.nonce}"
        self.group = f"{self.rg.replace('resourcegroups', 'resourceGroups')}/{ACI}/containerGroups/{self.name}"
        self.job = base64.urlsafe_b64encode(
            f'{{"jobId":"RESOURCEGROUPDELETIONJOB-PYTEST:2DACI:2D{self.nonce.upper()}"}}'.encode()
        ).decode()
        self.operation = (
            f"{self.base}/subscriptions/{self.subscription}/{ACI}/locations/westus/operations/{self.guid()}"
            f"?api-version=2018-06-01&t={self.chance.randint(1, 9**9)}&c=MII{self.guid()}&s=sig{self.guid()}&h=hash"
        )

    def guid(self) -> str:
        """A random guid."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def time(self, seconds: int) -> str:
        """A moment so many seconds into the life, give or take three."""
        moment = self.begin + timedelta(seconds=seconds + self.chance.randint(0, 3))
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{self.chance.randint(1, 999)}Z"

    def tags(self) -> dict[str, str]:
        """What the plugin writes on everything, and a tag of the user."""
        return {
            "DeleteAfter": self.time(7200),
            "pytest-aci-run": self.nonce,
            "pytest-aci-owner": "a1b2c3",
            "pytest-aci-created": self.time(0),
            "team": "blue",
        }

    def resource_group(self) -> dict[str, Any]:
        """The resource group as ARM shows it."""
        return {
            "id": self.rg.replace("resourcegroups", "resourceGroups"),
            "name": f"pytest-aci-{self.nonce}",
            "type": "Microsoft.Resources/resourceGroups",
            "location": "westus",
            "tags": self.tags(),
            "properties": {"provisioningState": "Succeeded"},
        }

    def ask(self) -> dict[str, Any]:
        """The document that is PUT."""
        return {
            "location": "westus",
            "tags": self.tags(),
            "properties": {
                "containers": [
                    {
                        "name": "main",
                        "properties": {
                            "image": "nginx:1.27",
                            "environmentVariables": [
                                {"name": "MODE", "value": "test"},
                                {"name": "PASSWORD", "secureValue": self.password},
                            ],
                            "ports": [{"port": 80}],
                            "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}},
                        },
                    }
                ],
                "imageRegistryCredentials": [
                    {"server": "r.example.io", "username": "bob", "password": f"reg-{self.guid()}"}
                ],
                "volumes": [
                    {
                        "name": "share",
                        "azureFile": {
                            "shareName": "s",
                            "storageAccountName": "acct",
                            "storageAccountKey": self.storage_key,
                        },
                    },
                    {"name": "hidden", "secret": {"key": base64.b64encode(self.password.encode()).decode()}},
                ],
                "osType": "Linux",
                "restartPolicy": "Never",
                "ipAddress": {"ports": [{"port": 80, "protocol": "TCP"}], "type": "Public"},
            },
        }

    def answer(self, state: str, *, started: bool) -> dict[str, Any]:
        """The document that is answered: secrets stripped, states and events filled in."""
        properties = json.loads(json.dumps(self.ask()["properties"]))
        container = properties["containers"][0]["properties"]
        container["environmentVariables"][1] = {"name": "PASSWORD"}
        del properties["imageRegistryCredentials"][0]["password"]
        del properties["volumes"][0]["azureFile"]["storageAccountKey"]
        properties["volumes"][1]["secret"] = {}
        properties["provisioningState"] = state
        properties["instanceView"] = {"events": [], "state": "Running" if started else "Pending"}
        if started:
            properties["ipAddress"]["ip"] = self.ip
            container["instanceView"] = {
                "restartCount": 0,
                "currentState": {"state": "Running", "startTime": self.time(5), "detailStatus": ""},
                "events": self.events(),
            }
        return {
            "properties": properties,
            "identity": {"principalId": self.principal, "tenantId": self.tenant, "type": "SystemAssigned"},
            "id": self.group,
            "name": self.name,
            "type": "Microsoft.ContainerInstance/containerGroups",
            "location": "westus",
            "tags": self.tags(),
        }

    def events(self) -> list[dict[str, Any]]:
        """What happened to the container."""
        return [
            self.event(0, "Pulling", 'pulling image "nginx:1.27"'),
            self.event(10, "Pulled", 'Successfully pulled image "nginx@sha256:' + "ab" * 32 + '"'),
            self.event(20, "Started", "Started container"),
            self.event(30, "Killing", f"Killing container with id {self.chance.randbytes(32).hex()}."),
        ]

    def event(self, seconds: int, name: str, message: str) -> dict[str, Any]:
        """One thing that happened."""
        time = self.time(seconds)
        return {
            "count": 1,
            "firstTimestamp": time,
            "lastTimestamp": time,
            "name": name,
            "message": message,
            "type": "Normal",
        }

    def exchanges(self, *, polls: int = 3) -> list[tuple[Request, Response]]:
        """The whole life, with so many polls of each thing that is waited for."""
        version = "?api-version=2023-05-01"
        rg, group = self.base + self.rg + "?api-version=2025-04-01", self.base + self.group + version
        results = f"{self.base}/subscriptions/{self.subscription}/operationresults/{self.job}?api-version=2025-04-01"
        status = {"id": self.group, "startTime": self.time(0), "properties": {"events": self.events()}}
        pending = self.answer("Pending", started=False)
        ready = self.answer("Succeeded", started=True)
        return [
            (self.put(rg, {"location": "westus", "tags": self.tags()}), self.said(201, self.resource_group())),
            (self.put(group, self.ask()), self.said(201, pending, **{"Azure-AsyncOperation": self.operation})),
            *[(self.get(self.operation), self.said(200, {**status, "status": "Pending"}))] * polls,
            (self.get(self.operation), self.said(200, {**status, "status": "Succeeded"})),
            *[(self.get(group), self.said(200, pending))] * polls,
            (self.get(group), self.said(200, ready)),
            (
                self.get(self.base + self.group + "/containers/main/logs" + version),
                self.said(200, {"content": f"{self.time(3)} up, tenant {self.tenant}, key {self.password}\n"}),
            ),
            (Request("DELETE", group, self.headers()), self.said(200, ready)),
            (Request("DELETE", rg, self.headers()), self.said(202, None, **{"Location": results, "Retry-After": "15"})),
            *[(self.get(results), self.said(202, None, Location=results))] * polls,
            (self.get(results), self.said(200, None)),
        ]

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the SDK sends along."""
        return (
            ("Authorization", f"Bearer eyJ{self.chance.randbytes(40).hex()}"),
            ("User-Agent", f"azsdk VSTS_{self.guid()}_build"),
            ("x-ms-client-request-id", self.guid()),
        )

    def get(self, url: str) -> Request:
        """A read."""
        return Request("GET", url, self.headers())

    def put(self, url: str, document: Any) -> Request:
        """A change."""
        return Request(
            "PUT", url, (*self.headers(), ("Content-Type", "application/json")), json.dumps(document).encode()
        )

    def said(self, status: int, document: Any, **headers: str) -> Response:
        """An answer with all that Azure adds to it."""
        kept = {
            "Content-Type": "application/json; charset=utf-8",
            "Date": self.time(0),
            "x-ms-request-id": self.guid(),
            "x-ms-correlation-request-id": self.guid(),
            "x-ms-operation-identifier": f"tenantId={self.tenant},objectId={self.guid()}/westus/{self.guid()}",
            "x-ms-ratelimit-remaining-subscription-reads": str(self.chance.randint(0, 12000)),
        }
        body = b"" if document is None else json.dumps(document).encode()
        return Response(status, "", tuple((kept | headers).items()), body)

    def redactor(self, *declared: str) -> Redactor:
        """A redactor that knows what a run knows, and what somebody declared a secret."""
        redactor = Redactor(declared=lambda: declared)
        redactor.learn(self.base, ARM)
        redactor.learn(self.subscription, ZERO_GUID)
        redactor.learn(self.nonce, ZERO_NONCE)
        return redactor

    def deck(self, directory: Path, *, against: str = "emulator") -> Deck:
        """A deck that writes this life."""
        return Deck(
            directory,
            writing=True,
            redactor=self.redactor(),
            facts={"recorded_against": against, "pytest-aci": "0.1.0"},
        )

    def record(self, directory: Path, owner: str = "tests/test_life", *, polls: int = 3) -> Path:
        """The cassette of this life."""
        deck = self.deck(directory)
        write_all(deck.tape(owner), self.exchanges(polls=polls))
        return deck.close()[0]


def write_all(tape: Tape, exchanges: list[tuple[Request, Response]]) -> None:
    """Write all of it to a tape."""
    for request, response in exchanges:
        tape.write(request, response, "arm")


def replaying(directory: Path) -> Deck:
    """A deck that plays what stands in a directory, and knows nothing else."""
    return Deck(directory, writing=False, redactor=Redactor(), facts={})

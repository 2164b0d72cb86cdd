from __future__ import annotations

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.errors import (
    AciError,
    FailedElsewhere,
    NoAddress,
    NoRoom,
    NoSuchContainer,
    NotOurs,
    NotReady,
    ProvisioningFailed,
    RunEnded,
    Vanished,
)

TRACKED = refusal(
    doing="create", code="InsufficientCapacity", message="no room", headers={"x-ms-correlation-request-id": "12-34"}
)
FULL = refusal(doing="create", code="InsufficientCapacity", message="no room", status=409)

SENTENCES: list[tuple[AciError, str]] = [
    (
        NotOurs(kind="container group", name="web", resource_group="home"),
        (
            "The container group 'web' in resource group 'home' exists already and was not created by this run. "
            "Nothing of it is used or deleted. Run again: the next run takes another name."
        ),
    ),
    (
        ProvisioningFailed(group="web", state="Pending", reason=FULL, evidence=["event: x"]),
        (
            "The container group 'web' could not be provisioned: Pending.\n"
            "  ARM said InsufficientCapacity: no room\n"
            f"  Likely cause: {FULL.cause}\n"
            f"  What to do: {FULL.action}\n"
            "  event: x"
        ),
    ),
    (
        ProvisioningFailed(group="web", state="Pending", reason=TRACKED, evidence=["event: x"]),
        (
            "The container group 'web' could not be provisioned: Pending.\n"
            "  ARM said InsufficientCapacity: no room\n"
            f"  Likely cause: {FULL.cause}\n"
            f"  What to do: {FULL.action}\n"
            "  Correlation id: 12-34\n"
            "  event: x"
        ),
    ),
    (
        ProvisioningFailed(group="web", state="Pending"),
        "The container group 'web' could not be provisioned: Pending.",
    ),
    (
        NotReady(group="web", awaited="port 80 open", seconds=89.6, last="Running", hint="a wrong port"),
        (
            "The container group 'web' was not ready after 90 s. Awaited: port 80 open. Last state: Running.\n"
            "  Likely cause: a wrong port"
        ),
    ),
    (
        NotReady(group="web", awaited="exit code 0", seconds=3, last="Failed", never="main exited with 3", hint="no"),
        "The container group 'web' will not be ready: main exited with 3. Awaited: exit code 0. Last state: Failed.",
    ),
    (
        NoSuchContainer(group="web", container="app", known=["main", "sidecar"]),
        "The container group 'web' has no container 'app'. It has: main, sidecar.",
    ),
    (
        NoAddress(group="web", port=81, ports=[80]),
        (
            "Port 81 of the container group 'web' can not be reached from outside. It opens 80. "
            "ACI has no port mapping: give ports=[81] to the container that listens on it."
        ),
    ),
    (
        NoAddress(group="web", port=80, ports=[80], state="Stopped"),
        (
            "Port 80 of the container group 'web' can not be reached: the group had no IP address when it was looked "
            "at last, and its state was Stopped. start() gives it a new one."
        ),
    ),
    (
        NoAddress(group="web", port=80, ports=[80]),
        (
            "Port 80 of the container group 'web' can not be reached: the group had no IP address when it was looked "
            "at last, and its state was not known. refresh() looks again."
        ),
    ),
    (
        NoRoom(group="web", tried={"westeurope": FULL, "uksouth": FULL}, held=3),
        (
            "No region has room for the container group 'web':\n"
            "  westeurope: InsufficientCapacity: no room\n"
            "  uksouth: InsufficientCapacity: no room\n"
            f"  Likely cause: {FULL.cause}\n"
            f"  What to do: {FULL.action}\n"
            "  Container groups that this process of the run holds itself: 3\n"
            "  Other regions are tried with --aci-fallback-locations, and --aci-on-capacity=skip skips the tests."
        ),
    ),
    (
        NoRoom(group="web", tried={"westeurope": TRACKED, "uksouth": FULL}),
        (
            "No region has room for the container group 'web':\n"
            "  westeurope: InsufficientCapacity: no room\n"
            "  uksouth: InsufficientCapacity: no room\n"
            f"  Likely cause: {FULL.cause}\n"
            f"  What to do: {FULL.action}\n"
            "  Correlation id: 12-34 (westeurope)\n"
            "  Other regions are tried with --aci-fallback-locations, and --aci-on-capacity=skip skips the tests."
        ),
    ),
    (
        Vanished(group="web", resource_group="home"),
        (
            "The container group 'web' is not in resource group 'home' any more. "
            "Somebody deleted it, perhaps a test; a group that a test deletes needs fresh=True."
        ),
    ),
    (
        Vanished(group="web", resource_group="home", by_run=True),
        (
            "The container group 'web' is not in resource group 'home' any more. "
            "This run has deleted it, since no test that is left asks for its fixture: "
            "ask for the fixture where the group is used, or set --aci-delete-early=no."
        ),
    ),
    (
        FailedElsewhere(failure="No room."),
        "No room.\n(Told by the xdist worker that tried; it is not tried again in this run.)",
    ),
    (
        RunEnded(),
        "Nothing was created: the run is ending, and everything that it created is being deleted.",
    ),
]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES, ids=lambda value: type(value).__name__)
def test_sentences(error: AciError, sentence: str) -> None:
    """Each error says what happened, what is known, and what to do next."""
    assert str(error) == sentence


def test_facts_stay_facts() -> None:
    """What an error was made from can be read off it."""
    error = NotReady(group="web", awaited="x", seconds=1, last="y", evidence=["z"])
    assert (error.group, error.awaited, error.seconds, error.last, error.evidence) == ("web", "x", 1, "y", ("z",))

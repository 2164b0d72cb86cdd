from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from azure.mgmt.containerinstance.models import ContainerGroup

from pytest_aci.arm.control_plane import GroupState, OperationStatus
from pytest_aci.arm.states import group_state, operation_status, subscription


def seen(properties: dict[str, Any], **top: Any) -> GroupState:
    """A group's document as the plain value that is made of it."""
    return group_state(ContainerGroup.deserialize({"name": "web", "location": "x", "properties": properties, **top}))


def event(name: str, last: str | None, **more: Any) -> dict[str, Any]:
    """An event as ARM shows it."""
    return {"name": name, "message": "m", "type": "Normal", "count": 1, "lastTimestamp": last, **more}


def test_put_answer_without_containers_views_or_address() -> None:
    """The first answer of ACI lacks instance views, address and tags; that is no error."""
    state = seen({"provisioningState": "Pending", "containers": [{"name": "a", "properties": {"image": "i"}}]})
    assert (state.provisioning_state, state.state, state.ip, state.ports, state.tags) == ("Pending", None, None, (), {})
    assert (state.containers[0].state, state.containers[0].restart_count, state.containers[0].events) == (None, 0, ())


def test_crash_loop_keeps_the_previous_state() -> None:
    """The state before the last restart carries the exit code; the current one does not."""
    view = {
        "restartCount": 2,
        "currentState": {"state": "Waiting", "detailStatus": "CrashLoopBackOff: Back-off 10s restarting failed"},
        "previousState": {"state": "Terminated", "exitCode": 3, "detailStatus": "Error"},
    }
    state = seen({"containers": [{"name": "a", "properties": {"image": "i", "instanceView": view}}]})
    [container] = state.containers
    assert (container.state, container.restart_count, container.exit_code) == ("Waiting", 2, None)
    assert container.previous is not None
    assert (container.previous.exit_code, container.previous.detail) == (3, "Error")


def test_events_are_sorted_and_equal_moments_stay() -> None:
    """Events come oldest first; ACI's order is kept where the moments are equal, and those without one lead."""
    late, early = "2026-01-01T00:00:09Z", "2026-01-01T00:00:01Z"
    view = {"events": [event("Started", late), event("Pulled", early), event("Pulling", early), event("Odd", None)]}
    state = seen({"containers": [{"name": "a", "properties": {"image": "i", "instanceView": view}}]})
    assert [one.name for one in state.containers[0].events] == ["Odd", "Pulled", "Pulling", "Started"]


def test_view_with_events_and_no_state_yet() -> None:
    """A container that is still being pulled has events and no state."""
    view = {"restartCount": 0, "events": [event("Pulling", "2026-01-01T00:00:09Z")]}
    state = seen({"containers": [{"name": "a", "properties": {"image": "i", "instanceView": view}}]})
    assert (state.containers[0].state, len(state.containers[0].events)) == (None, 1)


def test_ports_have_a_protocol() -> None:
    """A port without a protocol is TCP."""
    state = seen(
        {"containers": [], "ipAddress": {"type": "Public", "ports": [{"port": 1}, {"port": 2, "protocol": "UDP"}]}}
    )
    assert [(port.port, port.protocol) for port in state.ports] == [(1, "TCP"), (2, "UDP")]


def test_init_containers_are_apart() -> None:
    """Init containers are not among the containers."""
    state = seen({"containers": [], "initContainers": [{"name": "first", "properties": {"image": "i"}}]})
    assert [one.name for one in state.init_containers] == ["first"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-05-01T16:52:17.6964869Z", datetime(2023, 5, 1, 16, 52, 17, 696486, UTC)),
        ("2023-05-01T16:52:17.7Z", datetime(2023, 5, 1, 16, 52, 17, 700000, UTC)),
        ("2023-05-01T16:52:17Z", datetime(2023, 5, 1, 16, 52, 17, 0, UTC)),
        (None, None),
    ],
)
def test_operation_times_have_any_number_of_digits(text: str | None, moment: datetime | None) -> None:
    """ARM prints none to seven digits of a second."""
    status = operation_status({"status": "Pending", "properties": {"events": [event("Pulled", text)]}})
    assert status.events[0].last == moment


def test_operation_without_properties() -> None:
    """A standby pool's operation is done at once and tells nothing else."""
    assert operation_status({"status": "Succeeded"}) == OperationStatus("Succeeded")
    assert operation_status({}) == OperationStatus("Unknown")


def test_subscription_without_a_name_has_its_id() -> None:
    """A subscription that shows no name is called by its id."""
    assert subscription({"subscriptionId": "s"}).name == "s"

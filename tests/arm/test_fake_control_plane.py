from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.errors import ControlPlaneError
from tests.arm.fake_control_plane import Call, FakeControlPlane, creating, failed, pending, running, terminated

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import ControlPlane

DOCUMENT = {
    "location": "westeurope",
    "tags": {"a": "b"},
    "properties": {
        "containers": [{"name": "main", "properties": {"image": "nginx:1.27", "ports": [{"port": 80}]}}],
        "osType": "Linux",
        "ipAddress": {"type": "Public", "ports": [{"port": 80, "protocol": "TCP"}], "dnsNameLabel": "web"},
    },
}


def plane_with_group() -> FakeControlPlane:
    """A fake in which `rg/web` has been put."""
    plane = FakeControlPlane()
    plane.put_resource_group("rg", "westeurope", {"DeleteAfter": "2026-01-01T00:00:00Z"})
    plane.put_group("rg", "web", DOCUMENT)
    return plane


def test_is_a_control_plane() -> None:
    """The fake can stand wherever the protocol is asked for."""
    plane: ControlPlane = FakeControlPlane()
    assert plane.server_time() is None


def test_first_put_creates_and_second_does_not() -> None:
    """A PUT on an existing name answers created=False, as ARM's 200 does."""
    plane = plane_with_group()
    assert plane.put_resource_group("rg", "westeurope", {}).created is False
    assert plane.put_group("rg", "other", DOCUMENT).created is True
    assert plane.put_group("rg", "other", DOCUMENT).created is False


def test_group_runs_at_the_second_look() -> None:
    """Without a script, the PUT shows a pending group and the next look a running one with address and views."""
    plane = plane_with_group()
    state = plane.get_group("rg", "web")
    assert state is not None
    assert (state.provisioning_state, state.state, state.ip) == ("Succeeded", "Running", "192.0.2.1")
    assert state.fqdn == "web.westeurope.azurecontainer.io"
    assert [port.port for port in state.ports] == [80]
    assert state.containers[0].state == "Running"
    assert state.model.containers[0].instance_view.current_state.state == "Running"


def test_list_shows_no_instance_view() -> None:
    """A listed group has no state of its own or of its containers, as in Azure."""
    [state] = plane_with_group().list_groups("rg")
    assert state.state is None
    assert state.containers[0].state is None
    assert state.model.instance_view is None


def test_script_plays_in_order_and_stays_at_its_end() -> None:
    """Each look shows the next step, and the last one for ever."""
    plane = FakeControlPlane()
    plane.script(pending, creating, failed("InsufficientCapacity.", "no room"), group="we")
    plane.put_resource_group("rg", "westeurope", {})
    plane.put_group("rg", "web", DOCUMENT)
    states = [state.provisioning_state for _ in range(3) if (state := plane.get_group("rg", "web"))]
    assert states == ["Creating", "Failed", "Failed"]


def test_terminated_tells_the_exit_code() -> None:
    """A task's containers show the exit code that the script names."""
    plane = FakeControlPlane()
    plane.script(terminated(3))
    plane.put_resource_group("rg", "westeurope", {})
    assert plane.put_group("rg", "web", DOCUMENT).resource.containers[0].exit_code == 3


def test_failure_comes_as_often_as_scripted() -> None:
    """A scripted failure is raised the given number of times, then the call works."""
    plane = plane_with_group()
    plane.fail("delete_group", refusal(doing="x", code="ContainerGroupTransitioning", message=""), times=2)
    for _ in range(2):
        with pytest.raises(ControlPlaneError, match="ContainerGroupTransitioning"):
            plane.delete_group("rg", "web")
    assert plane.delete_group("rg", "web") is True
    assert plane.delete_group("rg", "web") is False


def test_lost_reply_leaves_the_change_behind() -> None:
    """With after=True the call takes effect and raises all the same."""
    plane = plane_with_group()
    plane.fail("put_group", ConnectionError("lost"), after=True, target="late")
    with pytest.raises(ConnectionError):
        plane.put_group("rg", "late", DOCUMENT)
    assert plane.get_group("rg", "late") is not None


def test_deleting_a_resource_group_takes_its_groups_along() -> None:
    """After the deletion neither the resource group nor its container groups are there."""
    plane = plane_with_group()
    assert plane.delete_resource_group("rg") is True
    assert plane.get_resource_group("rg") is None
    assert plane.get_group("rg", "web") is None
    assert plane.delete_resource_group("rg") is False


def test_groups_need_a_resource_group() -> None:
    """A container group in a resource group that does not exist is refused with ARM's words."""
    with pytest.raises(ControlPlaneError, match="Resource group 'nowhere' could not be found"):
        FakeControlPlane().put_group("nowhere", "web", DOCUMENT)


def test_stop_and_start_change_what_is_shown() -> None:
    """A stopped group has no address; started again it runs."""
    plane = plane_with_group()
    plane.stop_group("rg", "web")
    stopped = plane.get_group("rg", "web")
    assert stopped is not None
    assert (stopped.state, stopped.ip) == ("Stopped", None)
    plane.start_group("rg", "web")
    started = plane.get_group("rg", "web")
    assert started is not None
    assert started.state == "Running"


def test_calls_are_remembered_in_order() -> None:
    """Every call is in *calls*, with verb and target."""
    plane = plane_with_group()
    plane.logs("rg", "web", "main")
    assert plane.calls[-1] == Call("logs", "rg/web/main")
    assert plane.verbs("web") == ["put_group", "logs"]


def test_running_is_a_step_too() -> None:
    """A script may begin with a running group, as a standby pool's does."""
    plane = FakeControlPlane()
    plane.script(running)
    plane.put_resource_group("rg", "westeurope", {})
    assert plane.put_group("rg", "web", DOCUMENT).resource.state == "Running"

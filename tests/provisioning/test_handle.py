from __future__ import annotations

from typing import Any

import pytest

from pytest_aci.errors import NoAddress, NoSuchContainer, SpecError, Vanished
from pytest_aci.provisioning.conditions import log
from pytest_aci.provisioning.handle import ContainerGroup
from tests.arm.fake_control_plane import pending, running, terminated
from tests.provisioning.builders import Workshop


@pytest.fixture
def workshop() -> Workshop:
    """A fake Azure."""
    return Workshop()


@pytest.fixture
def web(workshop: Workshop) -> ContainerGroup:
    """A running group of one container."""
    return workshop.provisioner.up(workshop.wish(), workshop.provisioner.create_resource_group())


def test_a_handle_shows_the_facts(web: ContainerGroup) -> None:
    """Everything that ARM said is there, in plain values and in the SDK's own model."""
    assert web.state == web.instance_view.state == "Running"
    assert (web.ip, web.ports, web.location) == ("192.0.2.1", (80,), "westeurope")
    assert [one.name for one in web.containers] == ["main"]
    assert web["main"].instance_view.current_state
    assert web["main"].instance_view.current_state.state == "Running"
    assert web.exit_code is None
    assert repr(web) == f"<ContainerGroup {web.name}: Running>"


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("http://192.0.2.1/", (80,)),
        ("http://192.0.2.1/health", (80, "health")),
        ("https://192.0.2.1:80/", (80, "/", "https")),
    ],
)
def test_url(web: ContainerGroup, url: str, arguments: tuple[object, ...]) -> None:
    """A URL leaves out the port that is the scheme's own, and joins the path."""
    assert web.url(*arguments) == url  # type: ignore[arg-type] # the table's


def test_a_port_that_is_not_open(web: ContainerGroup) -> None:
    """A port that the group does not open is told, with those that it opens."""
    with pytest.raises(
        NoAddress, match=r"Port 81 of the container group .* can not be reached from outside\. It opens 80"
    ):
        web.address(81)


def test_a_group_has_containers_by_name(web: ContainerGroup) -> None:
    """What can be got by its name is in it."""
    assert "main" in web
    assert "sidecar" not in web


@pytest.mark.parametrize("until", [None, "ready"])
def test_waiting_for_no_condition(web: ContainerGroup, until: object) -> None:
    """What is no condition is refused with an example of one."""
    with pytest.raises(SpecError, match=r"until = .*: a condition such as running, port\(80\)"):
        web.wait(until)  # type: ignore[arg-type] # the mistake


def test_a_container_that_is_not_there(web: ContainerGroup) -> None:
    """A container's name is checked against the group's."""
    with pytest.raises(NoSuchContainer, match=r"has no container 'sidecar'\. It has: main"):
        web["sidecar"]
    with pytest.raises(NoSuchContainer, match=r"has no container 'sidecar'\. It has: main"):
        web.wait(log("ready", container="sidecar"))


@pytest.mark.parametrize("command", ["ls -l", ["ls", "-l"], ["ls"], "", "ls\n"])
def test_exec_takes_one_program(web: ContainerGroup, command: Any) -> None:
    """ACI splits no arguments, so a line or a list is refused before it is sent, with what to do instead."""
    with pytest.raises(SpecError, match=r"exec = .*: one program without arguments.*: put the rest into a script"):
        web.exec(command)


def test_logs(workshop: Workshop, web: ContainerGroup) -> None:
    """A container's log is read when it is asked for, whole or its end."""
    workshop.azure.printed[web.name, "main"] = "one\ntwo\n"
    assert web.logs() == "one\ntwo\n"
    assert web["main"].logs(tail=1) == "two\n"


def test_refresh_looks_again(workshop: Workshop, web: ContainerGroup) -> None:
    """The facts stay those of the last look until the handle looks again."""
    workshop.azure.script(terminated(3), group=web.name)
    assert web.exit_code is None
    assert web.refresh().exit_code == 3


def test_stopping_and_starting(workshop: Workshop, web: ContainerGroup) -> None:
    """A stopped group has no address, a started one perhaps another; starting waits for what was awaited at first."""
    assert web.url(80) == "http://192.0.2.1/"
    assert web.stop().ip is None
    with pytest.raises(NoAddress, match=r"had no IP address .* its state was Stopped\. start\(\) gives it a new one"):
        web.url(80)
    assert web.start().state == "Running"
    assert web.url(80) == "http://192.0.2.2/"
    assert workshop.azure.verbs(web.name).count("start_group") == 1


def test_a_group_that_is_gone(workshop: Workshop, web: ContainerGroup) -> None:
    """A group that somebody deleted is told to be gone."""
    workshop.azure.delete_group(web.resource_group, web.name)
    with pytest.raises(Vanished):
        web.refresh()


def test_a_handle_can_neither_create_nor_delete() -> None:
    """What a test holds in its hands has no way to make or remove anything."""
    public = {name for name in vars(ContainerGroup) if not name.startswith("_")}
    assert not {name for name in public if name.startswith(("delete", "create", "put", "remove"))}


def test_exit_codes_of_several(workshop: Workshop) -> None:
    """The exit code of a group is the first that is not zero, when all have ended."""
    workshop.azure.script(pending, running, terminated(0))
    home = workshop.provisioner.create_resource_group()
    group = workshop.provisioner.up(workshop.wish("job", ports=()), home)
    assert group.exit_code is None
    assert group.refresh().exit_code == 0

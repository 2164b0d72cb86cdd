"""What a test can wait for, before it gets a group and later."""

from __future__ import annotations

import pytest

from pytest_aci import (
    ContainerGroup,
    NotReady,
    Probe,
    container_group,
    exit_code,
    healthy,
    http,
    log,
    port,
    running,
    single,
    task,
    terminated,
)

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"
SHELL = "mcr.microsoft.com/azuredocs/aci-wordcount"

web = container_group(
    single(HELLO, ports=[80], liveness=Probe(exec=["/bin/true"])), until=healthy & http(80, "/"), timeout=120
)
steps = container_group(task(SHELL, ["/bin/sh", "-c", "echo step one; echo step two"]), until=exit_code(0))
broken = container_group(task(SHELL, ["/bin/sh", "-c", "echo no such table; exit 7"]), until=terminated)


def test_conditions_are_joined(web: ContainerGroup) -> None:
    """`&` waits for all, `|` for the first; a handle can wait again at any time."""
    web.wait(running & port(80))
    web.wait(log("listening", container="main") | http(80, "/", status=200))


def test_a_task_is_awaited_to_its_end(steps: ContainerGroup) -> None:
    """A task is ready when it has ended: by default with any exit code, here only with 0."""
    assert steps.logs() == "step one\nstep two\n"


def test_what_can_never_come_is_told_at_once(broken: ContainerGroup) -> None:
    """Waiting ends as soon as it is hopeless, with the reason and the last lines of the log."""
    with pytest.raises(NotReady, match="main exited with 7") as failure:
        broken.wait(exit_code(0))
    assert "no such table" in str(failure.value)

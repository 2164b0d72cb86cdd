"""The SDK against an emulator process that runs Docker containers: what each runtime test shows in part, in one."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import docker
import pytest
import requests
from azure.mgmt.containerinstance import models
from docker.errors import DockerException
from websockets.sync.client import connect

from .in_docker import PLACE, SECONDS, InDocker, container, public, web
from .runtimes.images import build_busybox, busybox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """A client of the engine, if there is one."""
    if busybox() is None:
        pytest.skip("no static busybox is installed to make an image of")
    try:
        client = docker.APIClient()
        client.ping()
    except DockerException as reason:
        pytest.skip(f"no Docker engine answers: {reason}")
    yield client
    client.close()


@pytest.fixture(scope="module")
def image(engine: Any) -> Iterator[str]:
    """An image that holds busybox, and a page."""
    name = build_busybox(engine, f"e{os.getpid()}")
    yield name
    engine.remove_image(name)


@pytest.fixture(scope="module")
def emulator(image: str, engine: Any) -> Iterator[InDocker]:
    """The emulator; when it has ended nothing of it is left."""
    with InDocker() as emulator:
        yield emulator
    assert emulator.left(engine) == []


def test_task_with_an_exit_code(emulator: InDocker, image: str) -> None:
    """A task that exits with 3 is provisioned, has failed, and tells its code."""
    made = emulator.create("task", container(image, ("sh", "-c", "echo done; exit 3")))
    assert made.provisioning_state == "Succeeded"
    view = emulator.until("task", "Failed")
    assert (view.current_state.exit_code, view.current_state.detail_status) == (3, "Error")
    assert emulator.log("task") == "done\n"


def test_crash_loop(emulator: InDocker, image: str) -> None:
    """A container that ends again and again is restarted, and its restarts are counted."""
    emulator.create("loop", container(image, ("false",)), restart_policy="Always")
    counts = [0]
    while counts[-1] < 2:
        view: Any = emulator.groups.get(PLACE, "loop").containers[0].instance_view
        counts.append(view.restart_count)
    assert counts == sorted(counts)
    assert view.previous_state.exit_code == 1
    emulator.groups.begin_delete(PLACE, "loop").result()


def test_out_of_memory(emulator: InDocker, image: str) -> None:
    """A container that takes more memory than it asked for is killed: 137."""
    emulator.create("greedy", container(image, ("sh", "-c", "tail /dev/zero"), memory=0.1))
    assert emulator.until("greedy", "Failed").current_state.exit_code == 137


def test_exec_on_a_terminal(emulator: InDocker, image: str) -> None:
    """A command runs inside, on a terminal of the size that was asked for."""
    emulator.create("shell", container(image, ("sleep", "3600")))
    size = models.ContainerExecRequestTerminalSize(rows=33, cols=111)
    asked = models.ContainerExecRequest(command="sh", terminal_size=size)
    session = emulator.client.containers.execute_command(PLACE, "shell", "main", asked)
    shown = b""
    with connect(str(session.web_socket_uri)) as terminal:
        terminal.send(str(session.password))
        terminal.send(b"stty size; exit\n")
        for piece in terminal:
            shown += piece if isinstance(piece, bytes) else piece.encode()
    assert b"33 111" in shown


def test_stop_start_restart(emulator: InDocker, image: str) -> None:
    """A stopped group answers no more; a started one does, elsewhere; a restarted one does, at the same address."""
    first = emulator.create("web", web(image), ip_address=public()).ip_address.ip
    assert "busybox" in emulator.page(first)
    emulator.groups.stop(PLACE, "web")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{first}/", timeout=SECONDS)
    emulator.groups.begin_start(PLACE, "web").result()
    started: Any = emulator.groups.get(PLACE, "web").ip_address
    assert started.ip != first
    assert "busybox" in emulator.page(started.ip)
    emulator.groups.begin_restart(PLACE, "web").result()
    restarted: Any = emulator.groups.get(PLACE, "web").ip_address
    assert restarted.ip == started.ip
    assert "busybox" in emulator.page(restarted.ip)


def test_volumes(emulator: InDocker, image: str) -> None:
    """Containers share an empty directory, and see the files of a secret."""
    volumes = [models.Volume(name="shared", empty_dir={}), models.Volume(name="secret", secret={"key": "c2VzYW1l"})]
    mounts = [models.VolumeMount(name=each.name, mount_path=f"/{each.name}") for each in volumes]
    writer = container(image, ("sh", "-c", "cp /secret/key /shared/copy"), name="writer", volume_mounts=mounts)
    wait = "until [ -s /shared/copy ]; do sleep 0.1; done; cat /shared/copy"
    emulator.create("volumes", container(image, ("sh", "-c", wait), volume_mounts=mounts), writer, volumes=volumes)
    emulator.until("volumes", "Succeeded")
    assert emulator.log("volumes") == "sesame"


def test_killed_emulator(image: str, engine: Any) -> None:
    """Groups of two all serve port 80, a sidecar fetches from localhost; the next emulator removes what is left."""
    with InDocker() as killed:
        assert killed.serve_all(image, 3) == ["<h1>hello from busybox</h1>\n"] * 6
        killed.process.send_signal(signal.SIGKILL)
        killed.process.wait(SECONDS)
    assert len(killed.left(engine)) == 9, "a pause container and two others for each group"
    with InDocker():
        assert killed.left(engine) == []

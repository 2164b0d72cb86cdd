from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from pytest_aci.emulator.runtimes import choice
from pytest_aci.emulator.runtimes.base import ContainerPlan, GroupPlan, InaccessibleImage, RuntimeUnavailable
from pytest_aci.emulator.runtimes.docker import DockerRuntime
from pytest_aci.emulator.runtimes.docker_sandbox import DockerSandbox
from pytest_aci.emulator.runtimes.process import ProcessRuntime
from pytest_aci.emulator.runtimes.process_sandbox import ProcessSandbox

from .images import build_busybox, busybox
from .waiting import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from pytest_aci.emulator.runtimes.base import Credential

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"
SIDECAR = "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar"
NOWHERE = "unix:///nonexistent/docker.sock"
UNKNOWN = "127.0.0.1:1/no/thing:1"


class NoRegistry(DockerRuntime):
    """The Docker runtime on a machine whose registries can not be reached; counts how often they were asked."""

    asked = 0

    async def pull(self, image: str, credentials: Sequence[Credential], *, seconds: float | None = None) -> str:
        """Refuse what is not present."""
        if (found := await self.present(image)) is not None:
            return found
        self.asked += 1
        raise InaccessibleImage(image, f"no such registry within {seconds} seconds.")


@pytest_asyncio.fixture
async def auto() -> AsyncIterator[choice.AutoRuntime]:
    """The automatic choice, where an engine answers but no registry."""
    runtime = choice.AutoRuntime(ProcessRuntime(), NoRegistry)
    docker = await runtime._engine()
    if docker is None:
        await runtime.close()
        pytest.skip(f"no Docker engine: {runtime._without}")
    yield runtime
    await runtime.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "kind"), [("process", ProcessRuntime), ("docker", DockerRuntime)])
async def test_by_name(name: choice.RuntimeName, kind: type) -> None:
    """A runtime is built by its name."""
    runtime = choice.build(name)
    assert isinstance(runtime, kind)
    assert runtime.name == name
    await runtime.close()


def test_unknown_name() -> None:
    """A name that is none is refused with those that are."""
    with pytest.raises(ValueError, match=r"There is no runtime 'podman'; there are auto, process, docker\."):
        choice.build("podman")  # type: ignore[arg-type] # the point of the test


def test_without_docker_py(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without docker-py the Docker runtime says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "pytest_aci.emulator.runtimes.docker", None)
    with pytest.raises(RuntimeUnavailable, match=r"is not installed; install pytest-aci\[emulator\]\."):
        choice.build("docker")


@pytest.mark.asyncio
async def test_stand_ins_without_engine(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Without an engine sample images run as stand-ins, which one warning says; other images are inaccessible."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    runtime = choice.build("auto")
    assert await runtime.reconcile([]) == []
    for name in ("one", "two"):
        sandbox = await runtime.open(GroupPlan(name, ports=((80, "TCP"),), images=(HELLO, SIDECAR)))
        assert isinstance(sandbox, ProcessSandbox)
        await sandbox.start(ContainerPlan("web", HELLO))
        assert "Welcome" in await served(sandbox)
    wanted = r"'nginx' is not accessible: no Docker engine answers at .*nonexistent.* the emulator has stand-ins for"
    with pytest.raises(InaccessibleImage, match=wanted):
        await runtime.pull("nginx", ())
    with pytest.raises(InaccessibleImage, match=wanted):
        await runtime.open(GroupPlan("three", images=(HELLO, "nginx")))
    assert isinstance(runtime, choice.AutoRuntime)
    warned = [notice for notice in runtime.notices if "run as stand-in processes, not in Docker: no Docker" in notice]
    assert warned == [record.getMessage() for record in caplog.records if "stand-in" in record.getMessage()]
    assert len(warned) == 1
    await runtime.close()


@pytest.mark.asyncio
async def test_host_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """With permission for host commands an unknown image runs as a process where there is no engine."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    runtime = choice.build("auto", allow_host_commands=True)
    assert (await runtime.pull("nginx", ())).startswith("nginx@sha256:")
    await runtime.close()


@pytest.mark.asyncio
async def test_docker_for_present_images(auto: choice.AutoRuntime) -> None:
    """A group whose images the engine has runs in Docker, and no registry is asked."""
    if busybox() is None:
        pytest.skip("no static busybox is installed to make an image of")
    docker: Any = await auto._engine()
    client = (await docker.engine()).client
    image = build_busybox(client, f"choice{os.getpid()}")
    try:
        assert await auto.pull(image, ()) == await docker.present(image)
        sandbox = await auto.open(GroupPlan("g", images=(image,)))
        assert isinstance(sandbox, DockerSandbox)
        await sandbox.start(ContainerPlan("main", image, ("echo", "in docker")))
        await sandbox.wait("main")
        assert await sandbox.logs("main") == b"in docker\n"
        await sandbox.close()
        with pytest.raises(InaccessibleImage, match="stand-ins for"):
            await auto.open(GroupPlan("mixed", images=(image, HELLO)))
    finally:
        client.remove_image(image)
    assert docker.asked == 1
    assert auto.notices == []


@pytest.mark.asyncio
async def test_stand_ins_without_registry(auto: choice.AutoRuntime) -> None:
    """Where an engine does not get a sample image in ten seconds its stand-in runs; the registry is asked once."""
    assert (await auto.pull(HELLO, ())).startswith(f"{HELLO}@sha256:")
    for name in ("one", "two"):
        assert isinstance(await auto.open(GroupPlan(name, images=(HELLO,))), ProcessSandbox)
    docker: Any = await auto._engine()
    assert docker.asked == 1
    why = "no such registry within 10.0 seconds."
    assert auto.notices == [f"Container groups of sample images run as stand-in processes, not in Docker: {why}"]


@pytest.mark.asyncio
async def test_inaccessible_everywhere(auto: choice.AutoRuntime) -> None:
    """An image that neither an engine gets nor a stand-in replaces is inaccessible; the reason tells of both."""
    with pytest.raises(
        InaccessibleImage, match=r"no such registry within None seconds\. And without Docker, the emulator has"
    ):
        await auto.open(GroupPlan("g", images=(UNKNOWN,)))

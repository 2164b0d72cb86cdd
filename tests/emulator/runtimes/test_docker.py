from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import docker
import pytest
import pytest_asyncio
from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import ConnectionError  # noqa: A004 # what requests calls it

from pytest_aci.emulator.runtimes import addresses, docker_engine
from pytest_aci.emulator.runtimes.base import (
    CannotMount,
    CannotStart,
    ContainerPlan,
    Credential,
    GroupPlan,
    InaccessibleImage,
    MountPlan,
    NotRunning,
    RuntimeUnavailable,
    VolumePlan,
)
from pytest_aci.emulator.runtimes.docker import DockerRuntime
from pytest_aci.emulator.runtimes.docker_container import DockerContainer
from pytest_aci.emulator.runtimes.docker_engine import EMULATOR, GROUP, OWNER
from pytest_aci.emulator.runtimes.docker_streams import frames
from pytest_aci.emulator.runtimes.logs import LIMIT
from pytest_aci.emulator.runtimes.owner import Owner

from .images import REPOSITORY, build_busybox, busybox
from .waiting import DEADLINE, get, logged, served, shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from pytest_aci.emulator.runtimes.base import Sandbox

WEB = ((80, "TCP"),)
SERVE = ("httpd", "-f", "-p", "80", "-h", "/www")
LONG = f"4321.{os.getpid()}"  # seconds that no other process sleeps, so that a sleeping one can be told apart

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of the engine, if there is one, and a busybox to make images of."""
    if busybox() is None:
        pytest.skip("no static busybox is installed to make an image of")
    try:
        client = docker.APIClient(version="auto", **docker.utils.kwargs_from_env())
    except DockerException as reason:
        pytest.skip(f"no Docker engine answers: {reason}")
    yield client
    client.close()


@pytest.fixture(scope="module")
def image(client: Any) -> Iterator[str]:
    """An image that holds busybox, and a page."""
    name = build_busybox(client, f"w{os.getpid()}", entrypoint=("echo", "entrypoint"), command=("and", "command"))
    yield name
    client.remove_image(name)


@pytest_asyncio.fixture
async def runtime(image: str) -> AsyncIterator[DockerRuntime]:
    """A Docker runtime."""
    runtime = DockerRuntime()
    yield runtime
    await runtime.close()


@asynccontextmanager
async def group(runtime: DockerRuntime, name: str = "g", **properties: object) -> AsyncIterator[Sandbox]:
    """Open a group for a while."""
    sandbox = await runtime.open(GroupPlan(name, **properties))  # type: ignore[arg-type] # a test names real fields
    try:
        yield sandbox
    finally:
        await sandbox.close()


async def output_of(sandbox: Sandbox, plan: ContainerPlan) -> bytes:
    """Run a container to its end; what it wrote."""
    await sandbox.start(plan)
    await sandbox.wait(plan.name)
    return await sandbox.logs(plan.name)


def shell(image: str, script: str, name: str = "main", **properties: object) -> ContainerPlan:
    """Return a container that runs a script."""
    return ContainerPlan(name, image, ("sh", "-c", script), **properties)  # type: ignore[arg-type] # as above


def left(client: Any, emulator: str) -> list[str]:
    """Return everything that bears the label of one emulator."""
    wanted = {"label": f"{EMULATOR}={emulator}"}
    containers = client.containers(all=True, filters=wanted)
    volumes = client.volumes(filters=wanted)["Volumes"] or []
    networks = client.networks(filters=wanted)
    return [each.get("Id") or each["Name"] for each in (*containers, *volumes, *networks)]


async def test_two_groups_serve_port_80(runtime: DockerRuntime, image: str) -> None:
    """Two groups serve port 80 at the same time, each on its own address, and a sidecar's localhost is its group."""
    fetch = "until wget -qO- http://localhost:80/; do sleep 0.05; done 2>/dev/null"
    async with group(runtime, "one", ports=WEB) as one, group(runtime, "two", ports=WEB) as two:
        for sandbox in (one, two):
            await sandbox.start(ContainerPlan("web", image, SERVE))
            assert await served(sandbox) == "<h1>hello from busybox</h1>\n"
            assert await output_of(sandbox, shell(image, fetch, "sidecar")) == b"<h1>hello from busybox</h1>\n"
        assert one.address != two.address
        assert dict(one.host_ports) == dict(two.host_ports) == {}


async def test_restarted_container_keeps_the_network(runtime: DockerRuntime, image: str) -> None:
    """After a container of a group was killed and started again, the group answers as before."""
    async with group(runtime, ports=WEB) as sandbox:
        plan = ContainerPlan("web", image, SERVE)
        for _ in range(2):
            await sandbox.start(plan)
            await served(sandbox)
            await sandbox.stop("web")


async def test_udp_port(runtime: DockerRuntime, client: Any) -> None:
    """A UDP port of a group is published as one, beside a TCP port of the same number."""
    async with group(runtime, ports=((5353, "UDP"), (5353, "TCP"))) as sandbox:
        engine = await runtime.engine()
        published = client.containers(filters={"label": f"{EMULATOR}={engine.id}"})[0]["Ports"]
        assert {(port["IP"], port["PublicPort"], port["Type"]) for port in published} == {
            (sandbox.address, 5353, "udp"),
            (sandbox.address, 5353, "tcp"),
        }


async def test_command_replaces_entrypoint(runtime: DockerRuntime, image: str) -> None:
    """A command takes the place of the image's entrypoint and command together; without one both are used."""
    async with group(runtime) as sandbox:
        assert await output_of(sandbox, ContainerPlan("own", image)) == b"entrypoint and command\n"
        assert await output_of(sandbox, ContainerPlan("other", image, ("echo", "FOO", "BAR"))) == b"FOO BAR\n"


async def test_exit(runtime: DockerRuntime, image: str) -> None:
    """An ended container tells its exit code, its times, and the id that the engine knows it by."""
    async with group(runtime) as sandbox:
        started = await sandbox.start(shell(image, "echo FOO BAR && exit 3"))
        ended = await sandbox.wait("main")
        assert (ended.code, ended.out_of_memory) == (3, False)
        assert started == ended.started <= ended.finished
        assert re.fullmatch("[0-9a-f]{64}", ended.container_id)


async def test_environment(runtime: DockerRuntime, image: str) -> None:
    """A container has its variables, whatever is in them."""
    async with group(runtime) as sandbox:
        log = await output_of(sandbox, shell(image, 'echo "$GREETING"', env={"GREETING": "hé llo\n2 $x"}))
        assert log.decode() == "hé llo\n2 $x\n"


async def test_out_of_memory(runtime: DockerRuntime, image: str) -> None:
    """A container that takes more memory than it has is killed, and its exit says that this was the reason."""
    async with group(runtime) as sandbox:
        plan = shell(image, "x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#x}", memory_gb=0.05)
        await sandbox.start(plan)
        ended = await sandbox.wait("main")
        assert (ended.code, ended.out_of_memory) == (137, True)


async def test_limits(runtime: DockerRuntime, image: str, client: Any) -> None:
    """CPU and memory are limits of the container: cores, no more than there are, and GB of 10^9 bytes without swap."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell(image, "sleep 600", "half", cpu=0.5, memory_gb=0.3))
        await sandbox.start(shell(image, "sleep 600", "huge", cpu=1000, memory_gb=1.5))
        engine = await runtime.engine()
        found = client.containers(filters={"label": [f"{EMULATOR}={engine.id}", "pytest-aci.emulator.container=half"]})
        limits = client.inspect_container(found[0]["Id"])["HostConfig"]
        assert limits["NanoCpus"] == 500_000_000
        assert limits["Memory"] == limits["MemorySwap"] == 300_000_000


async def test_command_that_does_not_exist(runtime: DockerRuntime, image: str) -> None:
    """A program that the image lacks can not start, and the reason names it in short."""
    async with group(runtime) as sandbox:
        with pytest.raises(
            CannotStart, match=r"'main' could not be started: exec: \"nope\": executable file not found in"
        ):
            await sandbox.start(ContainerPlan("main", image, ("nope",)))
        with pytest.raises(NotRunning, match=r"The container 'main' is not running\."):
            await sandbox.wait("main")


async def test_logs_survive_restarts(runtime: DockerRuntime, image: str) -> None:
    """A container that is started again keeps its earlier lines; `tail` and `timestamps` work on all of them."""
    async with group(runtime) as sandbox:
        for _ in range(3):
            await output_of(sandbox, shell(image, "echo one; echo two"))
        assert await sandbox.logs("main") == b"one\ntwo\n" * 3
        assert await sandbox.logs("main", tail=3) == b"two\none\ntwo\n"
        stamped = await sandbox.logs("main", tail=1, timestamps=True)
        assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z two\n", stamped)
        assert await sandbox.logs("never started") == b""


async def test_logs_are_bounded(runtime: DockerRuntime, image: str, client: Any) -> None:
    """Of a container that writes more the last 4 MB are kept, in whole lines, and the engine keeps little more."""
    line = "x" * 200
    async with group(runtime) as sandbox:
        log = await output_of(sandbox, shell(image, f"yes {line} | head -n 60000; echo end"))
        lines = log.splitlines()
        assert LIMIT - 2 * len(line) < len(log) <= LIMIT
        assert (lines[-1], set(lines[:-1])) == (b"end", {line.encode()})
        assert await sandbox.logs("main", tail=2) == f"{line}\nend\n".encode()
        ended = await sandbox.wait("main")
        kept = client.inspect_container(ended.container_id)["HostConfig"]["LogConfig"]
        assert kept == {"Type": "json-file", "Config": {"max-size": "8m", "max-file": "2"}}


async def test_frames_that_come_in_bits() -> None:
    """Output is taken out of its frames wherever these are cut, and one that never becomes whole is left out."""
    whole = b"".join(bytes([1, 0, 0, 0]) + len(each).to_bytes(4, "big") + each for each in (b"one\n", b"", b"two\n"))
    reader = asyncio.StreamReader()

    async def feed() -> None:
        for byte in whole + b"\1\0\0\0\0\0\0\x09cut":
            reader.feed_data(bytes([byte]))
            await asyncio.sleep(0)
        reader.feed_eof()

    feeding = asyncio.create_task(feed())
    assert [each async for each in frames(reader)] == [b"one\n", b"", b"two\n"]
    await feeding


async def test_nothing_starts_in_a_group_that_is_removed(runtime: DockerRuntime, image: str, client: Any) -> None:
    """A container that is to start while its group is removed is refused, and nothing is left of it."""
    async with group(runtime) as sandbox:
        await output_of(sandbox, shell(image, "true"))
        closing = asyncio.create_task(sandbox.close())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(CannotStart, match=r"'main' could not be started: its container group is being removed\."):
            await sandbox.start(shell(image, "true"))
        await closing
    assert left(client, (await runtime.engine()).id) == []


async def test_changed_plan_replaces_the_container(runtime: DockerRuntime, image: str) -> None:
    """A container that is started with another plan is made anew."""
    async with group(runtime) as sandbox:
        assert await output_of(sandbox, shell(image, "echo one")) == b"one\n"
        assert await output_of(sandbox, shell(image, "echo two")) == b"two\n"


@pytest.mark.parametrize("event", [b"{}\n", b"{\n", b"x" * 70_000])
async def test_event_that_nobody_understands(
    event: bytes, runtime: DockerRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an event that can not be read those that follow are still heard."""

    async def events(*_: object) -> tuple[asyncio.StreamReader, Any]:
        reader = asyncio.StreamReader()
        reader.feed_data(told.pop(0) if told else b"")
        reader.feed_eof()
        return reader, Mock()

    told = [event, b'{"time": 1, "Actor": {"ID": "c"}}\n']
    engine = await runtime.engine()
    ended = asyncio.Event()
    engine.watch("c", ended.set)
    engine._listener.cancel()
    monkeypatch.setattr(docker_engine, "request", events)
    engine._listener = asyncio.create_task(engine._listen())
    async with asyncio.timeout(DEADLINE):
        await ended.wait()


async def test_stop(runtime: DockerRuntime, image: str) -> None:
    """Without grace a container is killed (137); with grace it may end as it likes; a second stop does nothing."""
    script = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    async with group(runtime) as sandbox:
        for grace, code in ((0.0, 137), (30.0, 5)):
            await sandbox.start(shell(image, script))
            await logged(sandbox, "main", b"ready\n" * (2 if grace else 1))
            await sandbox.stop("main", grace=grace)
            assert (await sandbox.wait("main")).code == code
            await sandbox.stop("main")
        await sandbox.stop("never started")


async def test_container_removed_by_hand(runtime: DockerRuntime, image: str, client: Any) -> None:
    """Somebody else's `docker rm -f` is the end of a container, not of who waits for it, and it can start again."""
    async with group(runtime) as sandbox:
        plan = shell(image, "echo up; exec sleep 600")
        await sandbox.start(plan)
        waiting = asyncio.create_task(sandbox.wait("main"))
        engine = await runtime.engine()
        found = client.containers(filters={"label": [f"{EMULATOR}={engine.id}", "pytest-aci.emulator.container=main"]})
        client.remove_container(found[0]["Id"], force=True)
        assert (await asyncio.wait_for(waiting, 30)).code == 137
        await sandbox.start(plan)
        await logged(sandbox, "main", b"up\n")
    assert left(client, engine.id) == []


async def test_exec_has_a_terminal(runtime: DockerRuntime, image: str) -> None:
    """A command runs inside the container on a terminal of the asked size, in the container's environment."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell(image, "sleep 600", env={"WHO": "container"}))
        terminal = await sandbox.exec("main", ["sh"], rows=33, columns=101)
        await terminal.write(b"stty size; echo $WHO; tty; exit\n")
        seen = await shown(terminal)
        assert b"33 101\r\n" in seen
        assert b"container\r\n" in seen
        assert b"/dev/pts/0\r\n" in seen
        await terminal.close()
        await terminal.write(b"nobody reads this")
        await terminal.close()


async def test_exec_end_kills(runtime: DockerRuntime, image: str) -> None:
    """Closing a terminal ends its command and leaves the container alone."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell(image, "sleep 600"))
        terminal = await sandbox.exec("main", ["sh", "-c", f"echo up; sleep {LONG}; true"], rows=24, columns=80)
        await shown(terminal, b"up")
        await terminal.close()
        async with asyncio.timeout(30):
            while (await sandbox.probe("main", ["sh", "-c", f"ps | grep -q '[s]leep {LONG}'"], seconds=20))[0] == 0:
                pass


async def test_exec_refusals(runtime: DockerRuntime, image: str) -> None:
    """Entering a container that does not run is refused by name; a missing program says so on the terminal."""
    async with group(runtime) as sandbox:
        with pytest.raises(NotRunning, match=r"The container 'main' is not running\."):
            await sandbox.exec("main", ["sh"], rows=24, columns=80)
        await output_of(sandbox, shell(image, "true"))
        with pytest.raises(NotRunning, match=r"The container 'main' is not running\."):
            await sandbox.exec("main", ["sh"], rows=24, columns=80)
        await sandbox.start(shell(image, "sleep 600", "other"))
        terminal = await sandbox.exec("other", ["nope"], rows=24, columns=80)
        assert b'exec: "nope": executable file not found' in await shown(terminal)


async def test_attach_follows(runtime: DockerRuntime, image: str) -> None:
    """Attaching shows what is written from then on, of both streams, and ends with the container."""
    script = "echo early; trap 'echo late; echo worse >&2; exit' TERM; echo ready; while :; do sleep 0.05; done"
    async with group(runtime) as sandbox:
        await sandbox.start(shell(image, script))
        await logged(sandbox, "main", b"ready")
        terminal = await sandbox.attach("main")
        await terminal.write(b"ignored")
        await sandbox.stop("main", grace=30)
        assert sorted((await shown(terminal)).splitlines()) == [b"late", b"worse"]
        await terminal.close()
        assert await shown(await sandbox.attach("main")) == b""


async def test_probe(runtime: DockerRuntime, image: str) -> None:
    """A probe answers its command's exit code and output; 124 if it takes too long, 127 if there is no such program."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell(image, "sleep 600"))
        assert await sandbox.probe("main", ["sh", "-c", "echo out; exit 4"], seconds=30) == (4, b"out\n")
        assert await sandbox.probe("main", ["sh", "-c", "echo slow; sleep 60"], seconds=1) == (124, b"slow\n")
        code, output = await sandbox.probe("main", ["nope"], seconds=30)
        assert (code, output) == (127, b'exec: "nope": executable file not found in $PATH')


async def test_volumes(runtime: DockerRuntime, image: str) -> None:
    """A secret's files and a shared scratch directory are seen where they are mounted, also twice and read-only."""
    secret = VolumePlan("keys", "secret", {"token": b"s3cret", "other": b"\x00\xff"})
    scratch = VolumePlan("scratch", "emptyDir")
    reader = (MountPlan("keys", "/mnt/secrets", read_only=True), MountPlan("scratch", "/data"))
    writer = (MountPlan("scratch", "/mnt/shared/deep"), MountPlan("scratch", "/again"))
    async with group(runtime, volumes=(secret, scratch)) as sandbox:
        await output_of(
            sandbox, shell(image, "echo written > /mnt/shared/deep/file; ls /again", "writer", mounts=writer)
        )
        assert await sandbox.logs("writer") == b"file\n"
        script = "cat /mnt/secrets/token /data/file; touch /mnt/secrets/x 2>&1; ls /mnt/secrets"
        log = await output_of(sandbox, shell(image, script, "reader", mounts=reader))
        assert log == b"s3cretwritten\ntouch: /mnt/secrets/x: Read-only file system\nother\ntoken\n"


async def test_git_repository(runtime: DockerRuntime, image: str, tmp_path: Path) -> None:
    """A repository's clone is a volume's content, in the given directory at the given revision."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("first\n")
    for arguments in (["init", "-q"], ["add", "file"], ["commit", "-q", "-m", "first"], ["tag", "v1"]):
        subprocess.run(  # noqa: ASYNC221 # the test has nothing else to do
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments], cwd=source, check=True
        )
    (source / "file").write_text("second\n")
    subprocess.run(  # noqa: ASYNC221 # see above
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qam", "second"],
        cwd=source,
        check=True,
    )
    settings = {"repository": f"file://{source}", "directory": "code", "revision": "v1"}
    volume = VolumePlan("code", "gitRepo", settings=settings)
    async with group(runtime, volumes=(volume,)) as sandbox:
        plan = shell(image, "cat /mnt/code/file", mounts=(MountPlan("code", "/mnt"),))
        assert await output_of(sandbox, plan) == b"first\n"


async def test_unclonable_repository(runtime: DockerRuntime, client: Any) -> None:
    """A repository that can not be cloned makes the group impossible, says why, and leaves nothing behind."""
    volume = VolumePlan("code", "gitRepo", settings={"repository": "file:///nonexistent/repository"})
    with pytest.raises(CannotMount, match=r"The volume 'code' could not be made: .*nonexistent"):
        await runtime.open(GroupPlan("g", volumes=(volume,)))
    assert left(client, (await runtime.engine()).id) == []


async def test_azure_file_is_shared_between_groups(runtime: DockerRuntime, image: str, client: Any) -> None:
    """An Azure file share is the same in every group that names it, until the runtime is closed."""
    settings = {"shareName": "share", "storageAccountName": "account"}
    share = VolumePlan("files", "azureFile", settings=settings)
    mounts = (MountPlan("files", "/mnt/azfile"),)
    async with group(runtime, "one", volumes=(share,)) as one:
        await output_of(one, shell(image, "echo kept > /mnt/azfile/file", mounts=mounts))
    async with group(runtime, "two", volumes=(share,)) as two:
        assert await output_of(two, shell(image, "cat /mnt/azfile/file", mounts=mounts)) == b"kept\n"
    emulator = (await runtime.engine()).id
    assert len(left(client, emulator)) == 1
    await runtime.close()
    assert left(client, emulator) == []


async def test_pull_of_a_present_image(runtime: DockerRuntime, image: str) -> None:
    """An image that the engine has is not pulled; one that was built here has its id for a digest."""
    assert re.fullmatch(rf"{REPOSITORY}@sha256:[0-9a-f]{{64}}", await runtime.pull(image, ()))


async def test_pull_refused(runtime: DockerRuntime) -> None:
    """An image whose registry does not answer is inaccessible, with the engine's reason."""
    with pytest.raises(InaccessibleImage, match=r"'127\.0\.0\.1:1/no/thing:1' is not accessible: .*connection refused"):
        await runtime.pull("127.0.0.1:1/no/thing:1", ())


@pytest.mark.parametrize(
    "name", ["Nginx", "nginx:", "a b", "https://foo/bar", "../containers/json?", "a/../b", "", "a@sha256:1"]
)
async def test_pull_of_what_is_no_name(name: str, runtime: DockerRuntime) -> None:
    """What can not be an image's name is inaccessible, and the engine is not asked for it."""
    with pytest.raises(InaccessibleImage, match=r"is not accessible: it is not the name of an image\."):
        await runtime.pull(name, ())


@pytest.mark.parametrize(
    "name", ["a", "a:1.2", "h:1/a/b_c__d-e:V1", "docker.io/library/a", f"a/b:c@sha256:{'0' * 64}", f"a:{'t' * 128}"]
)
async def test_pull_of_a_name(name: str, runtime: DockerRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to name an image is asked for."""
    monkeypatch.setattr((await runtime.engine()).client, "inspect_image", lambda image: {"Id": image})
    assert name in await runtime.pull(name, ())


@pytest.mark.parametrize("refusal", [ConnectionError("gone"), APIError("server error")])
async def test_engine_that_dies(refusal: Exception, runtime: DockerRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that answers no more makes the runtime unavailable, which is no fault of the image."""

    def broken(image: str) -> None:
        raise refusal

    monkeypatch.setattr((await runtime.engine()).client, "inspect_image", broken)
    with pytest.raises(RuntimeUnavailable, match=r"the engine does not answer any more \(.*\)\."):
        await runtime.pull("a", ())


async def test_pull_uses_credentials_and_time(runtime: DockerRuntime) -> None:
    """A registry is asked with the group's credentials for it, and given up on when it takes too long."""
    asked: asyncio.Queue[bytes] = asyncio.Queue()
    given_up = asyncio.Event()

    async def registry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(1)
        if head == b"\x16":  # the engine tries TLS first
            writer.close()
            return
        head += await reader.readuntil(b"\r\n\r\n")
        if b"/v2/ " in head.splitlines()[0] and b"Authorization" not in head:
            writer.write(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="r"\r\nContent-Length: 0\r\n\r\n')
            writer.close()
            return
        await asked.put(head)
        await given_up.wait()  # without an answer
        writer.close()

    server = await asyncio.start_server(registry, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    credentials = (Credential("example.com", "wrong", "one"), Credential(f"http://{host}/", "user", "pass"))
    with pytest.raises(InaccessibleImage, match=r"it was not pulled within 2 seconds\."):
        await runtime.pull(f"{host}/no/thing:1", credentials, seconds=2)
    given_up.set()
    server.close()
    await server.wait_closed()
    assert b"Authorization: Basic dXNlcjpwYXNz\r\n" in await asked.get()


async def test_start_of_a_missing_image(runtime: DockerRuntime) -> None:
    """A container whose image is not there (any more) does not start, and the image is to blame."""
    async with group(runtime) as sandbox:
        with pytest.raises(InaccessibleImage, match="'pytest-aci-tests/missing:1' is not accessible: No such image"):
            await sandbox.start(ContainerPlan("main", "pytest-aci-tests/missing:1"))


async def test_taken_port_is_published_elsewhere(
    runtime: DockerRuntime, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that is taken is published under another number, which `host_ports` and one notice tell."""
    reserved = addresses.reserve()
    monkeypatch.setattr(addresses, "reserve", lambda: reserved)
    with addresses.listen(reserved.ip, 80):
        async with group(runtime, ports=WEB) as sandbox:
            await sandbox.start(ContainerPlan("web", image, SERVE))
            assert list(sandbox.host_ports) == [80]
            assert await served(sandbox) == "<h1>hello from busybox</h1>\n"
    assert len(runtime.notices) == 1
    assert "published under other numbers" in runtime.notices[0]


async def test_only_one_loopback_address(runtime: DockerRuntime, image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has 127.0.0.1 alone, groups share it, and every port gets a number of its own."""
    monkeypatch.setattr(addresses, "_answers", lambda ip: False)
    async with group(runtime, "one", ports=WEB) as one, group(runtime, "two", ports=WEB) as two:
        assert one.address == two.address == "127.0.0.1"
        assert one.host_ports[80] != two.host_ports[80]
        await two.start(ContainerPlan("web", image, SERVE))
        assert await served(two) == "<h1>hello from busybox</h1>\n"


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("unix:///nonexistent/docker.sock", r"no Docker engine answers at .*nonexistent"),
        ("tcp://192.0.2.1:2375", r"the engine at tcp://192\.0\.2\.1:2375 is not on this machine"),
        ("tcp://127.0.0.1:http", r"no Docker engine answers at .*127\.0\.0\.1:http \(.*http"),
        ("tcp://[::1", r"no Docker engine answers at tcp://\[::1 \("),
    ],
)
async def test_no_engine(host: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an engine, or with one elsewhere, the runtime is unavailable and says where it looked."""
    monkeypatch.setenv("DOCKER_HOST", host)
    runtime = DockerRuntime()
    for _ in range(2):
        with pytest.raises(RuntimeUnavailable, match=reason):
            await runtime.open(GroupPlan("g"))
    await runtime.close()


async def test_engine_behind_a_missing_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Certificates that DOCKER_CERT_PATH promises and that are not there make the runtime unavailable."""
    for name, value in (("HOST", "tcp://127.0.0.1:1"), ("TLS_VERIFY", "1"), ("CERT_PATH", str(tmp_path))):
        monkeypatch.setenv(f"DOCKER_{name}", value)
    runtime = DockerRuntime()
    with pytest.raises(RuntimeUnavailable, match=r"no Docker engine answers at tcp://127\.0\.0\.1:1 \("):
        await runtime.open(GroupPlan("g"))
    await runtime.close()


async def test_many_groups_at_once(runtime: DockerRuntime, image: str, client: Any) -> None:
    """Six groups of two containers, all on port 80, come up at once and leave nothing."""
    fetch = "until wget -qO- http://localhost:80/; do sleep 0.1; done 2>/dev/null; exec sleep 600"

    async def life(number: int) -> None:
        async with group(runtime, f"g{number}", ports=WEB, volumes=(VolumePlan("v", "emptyDir"),)) as sandbox:
            await asyncio.gather(
                sandbox.start(ContainerPlan("web", image, SERVE)), sandbox.start(shell(image, fetch, "sidecar"))
            )
            await served(sandbox)
            await logged(sandbox, "sidecar", b"hello from busybox")

    await asyncio.gather(*(life(number) for number in range(6)))
    assert left(client, (await runtime.engine()).id) == []


async def test_close_leaves_nothing(runtime: DockerRuntime, image: str, client: Any) -> None:
    """Closing the runtime ends all containers, wakes who waits for them, and removes the volumes."""
    volume = VolumePlan("scratch", "emptyDir")
    sandbox = await runtime.open(GroupPlan("g", ports=WEB, volumes=(volume,)))
    await sandbox.start(shell(image, "sleep 600", mounts=(MountPlan("scratch", "/data"),)))
    waiting = asyncio.create_task(sandbox.wait("main"))
    emulator = (await runtime.engine()).id
    assert len(left(client, emulator)) == 3
    await asyncio.gather(runtime.close(), sandbox.close())
    assert (await waiting).code == 137
    assert left(client, emulator) == []
    with pytest.raises((ConnectionRefusedError, http.client.RemoteDisconnected)):
        await asyncio.to_thread(get, sandbox.address)
    await sandbox.close()
    await runtime.close()


async def test_close_that_fails_can_be_repeated(
    runtime: DockerRuntime, image: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that can not be removed does not keep the rest of its group, and goes when it is closed again."""
    sandbox = await runtime.open(GroupPlan("g", volumes=(VolumePlan("scratch", "emptyDir"),)))
    await sandbox.start(shell(image, "sleep 600"))
    engine = await runtime.engine()

    async def broken(self: DockerContainer) -> None:
        raise APIError("not now")

    with monkeypatch.context() as patch:
        patch.setattr(DockerContainer, "remove", broken)
        with pytest.raises(APIError, match="not now"):
            await sandbox.close()
    await sandbox.close()
    assert left(client, engine.id) == []
    assert not runtime._sandboxes


async def test_cancelled_opening_leaves_nothing(runtime: DockerRuntime, client: Any) -> None:
    """A group that is given up while it is being made is removed, whatever was under way."""
    engine = await runtime.engine()
    for pause in (0.0, 0.02, 0.1):
        opening = asyncio.create_task(runtime.open(GroupPlan("g", volumes=(VolumePlan("v", "emptyDir"),))))
        await asyncio.sleep(pause)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert left(client, engine.id) == []


async def test_killed_emulator_is_reconciled(runtime: DockerRuntime, image: str, client: Any) -> None:
    """What a killed emulator leaves is removed by the next one, except what that one is told to keep."""
    program = f"""
    import asyncio
    from pytest_aci.emulator.runtimes.base import *
    from pytest_aci.emulator.runtimes.docker import DockerRuntime

    async def main():
        runtime = DockerRuntime()
        for name in ("lost", "kept"):
            sandbox = await runtime.open(GroupPlan(name, volumes=(VolumePlan("v", "emptyDir"),)))
            mounts = (MountPlan("v", "/v"),)
            await sandbox.start(ContainerPlan("main", {image!r}, ("sleep", "600"), mounts=mounts))
        print((await runtime.engine()).id, flush=True)
        await sandbox.wait("main")

    asyncio.run(main())
    """
    emulator = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stdout=subprocess.PIPE
    )
    try:
        assert emulator.stdout is not None
        name = (await emulator.stdout.readline()).decode().strip()
        await runtime.reconcile([])
        assert len(left(client, name)) == 6, "an emulator that lives keeps what it has"
    finally:
        emulator.send_signal(signal.SIGKILL)
        await emulator.wait()
    await runtime.reconcile(["kept"])
    assert len(left(client, name)) == 3
    await runtime.reconcile([])
    assert left(client, name) == []


async def test_foreign_owner_is_spared(runtime: DockerRuntime, client: Any) -> None:
    """What belongs to an emulator on another system is left alone while it is new, as nobody can tell if it lives."""
    labels = {OWNER: str(Owner(1, 1, "elsewhere")), EMULATOR: "foreign", GROUP: "g"}
    name = client.create_volume(labels=labels)["Name"]
    try:
        assert await runtime.reconcile([]) == []
        assert left(client, "foreign") == [name]
    finally:
        with pytest.MonkeyPatch.context() as later:
            now = time.time()
            later.setattr(time, "time", lambda: now + 25 * 3600)
            assert await runtime.reconcile([]) == [f"volume {name[:12]}"]
    with pytest.raises(NotFound):
        client.inspect_volume(name)

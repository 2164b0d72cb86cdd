from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from pytest_aci.emulator.runtimes import addresses, folders
from pytest_aci.emulator.runtimes.base import (
    CannotMount,
    CannotStart,
    ContainerPlan,
    GroupPlan,
    InaccessibleImage,
    MountPlan,
    NotRunning,
    RuntimeUnavailable,
    VolumePlan,
)
from pytest_aci.emulator.runtimes.keeper import IsolationRefused, Keeper
from pytest_aci.emulator.runtimes.logs import BEHIND
from pytest_aci.emulator.runtimes.process import ProcessRuntime
from pytest_aci.emulator.runtimes.terminal import CommandTerminal

from .waiting import DEADLINE, PAUSE, get, logged, served, shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from pytest_aci.emulator.runtimes.base import Sandbox
    from pytest_aci.emulator.runtimes.keeper import Isolation

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"
SIDECAR = "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar:v1"
WORDCOUNT = "mcr.microsoft.com/azuredocs/aci-wordcount:latest"
WEB = ((80, "TCP"),)
LONG = f"4321.{os.getpid()}"  # seconds that no other process sleeps, so that a sleeping one can be told apart

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(params=["root", "user", "none"])
async def isolation(request: pytest.FixtureRequest) -> Isolation:
    """Every isolation that this machine allows."""
    wanted: Isolation = request.param
    try:
        keeper = await Keeper.start(wanted)
    except IsolationRefused as refused:
        pytest.skip(str(refused))
    await keeper.close()
    return wanted


@pytest_asyncio.fixture
async def runtime(isolation: Isolation) -> AsyncIterator[ProcessRuntime]:
    """A runtime that may run commands of any image."""
    runtime = ProcessRuntime(isolation=isolation, allow_host_commands=True)
    yield runtime
    await runtime.close()


@asynccontextmanager
async def group(runtime: ProcessRuntime, name: str = "g", **properties: object) -> AsyncIterator[Sandbox]:
    """Open a group for a while."""
    sandbox = await runtime.open(GroupPlan(name, **properties))  # type: ignore[arg-type] # a test names real fields
    try:
        yield sandbox
    finally:
        await sandbox.close()


def shell(script: str, name: str = "main", **properties: object) -> ContainerPlan:
    """Return a container that runs a script of the host's shell."""
    return ContainerPlan(name, "busybox", ("/bin/sh", "-c", script), **properties)  # type: ignore[arg-type] # as above


async def output_of(sandbox: Sandbox, plan: ContainerPlan) -> bytes:
    """Run a container to its end; what it wrote."""
    await sandbox.start(plan)
    await sandbox.wait(plan.name)
    return await sandbox.logs(plan.name)


async def test_two_groups_serve_port_80(runtime: ProcessRuntime) -> None:
    """Two groups serve port 80 at the same time, each on its own address, which the URL names without a port."""
    async with group(runtime, "one", ports=WEB) as one, group(runtime, "two", ports=WEB) as two:
        for sandbox in (one, two):
            await sandbox.start(ContainerPlan("web", HELLO))
        assert "Welcome to Azure Container Instances!" in await served(one)
        assert "Welcome to Azure Container Instances!" in await served(two)
        assert one.address != two.address
        assert dict(one.host_ports) == dict(two.host_ports) == {}


async def test_sidecar_sees_its_own_group(runtime: ProcessRuntime) -> None:
    """A sidecar's localhost is its group, and it says nothing before the application answers for the first time."""
    async with group(runtime, ports=WEB) as sandbox:
        await sandbox.start(ContainerPlan("sidecar", SIDECAR))
        await sandbox.start(ContainerPlan("web", HELLO))
        log = await logged(sandbox, "sidecar", b"\n\n")
        assert log.startswith(b"HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\nContent-Length: ")


async def test_unmodified_programs(isolation: Isolation) -> None:
    """In a network namespace a program that knows nothing of us binds 0.0.0.0:80 or localhost:80, in two groups."""
    if isolation == "none":
        pytest.skip("without a network namespace only stand-ins know where to serve")
    runtime = ProcessRuntime(isolation=isolation, allow_host_commands=True)
    async with group(runtime, "one", ports=WEB) as one, group(runtime, "two", ports=WEB) as two:
        for sandbox, where in ((one, "0.0.0.0"), (two, "localhost")):
            command = ("python", "-m", "http.server", "80", "--bind", where)
            await sandbox.start(ContainerPlan("web", "python:3", command))
        assert "Directory listing" in await served(one)
        assert "Directory listing" in await served(two)
    await runtime.close()


async def test_first_request_is_not_turned_away(isolation: Isolation) -> None:
    """In a network namespace a request right after the start of a program that will serve is answered."""
    if isolation == "none":
        pytest.skip("without a network namespace nobody stands between client and program")
    runtime = ProcessRuntime(isolation=isolation)
    async with group(runtime, ports=WEB) as sandbox:
        await sandbox.start(ContainerPlan("web", HELLO))
        assert (await asyncio.to_thread(get, sandbox.address))[0] == 200
    await runtime.close()


async def test_port_without_program_resets(isolation: Isolation) -> None:
    """A connection to a port on which nobody serves fails as a connection, it does not answer and does not hang."""
    runtime = ProcessRuntime(isolation=isolation)
    async with group(runtime, ports=WEB) as sandbox:
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            await asyncio.to_thread(get, sandbox.address)
    await runtime.close()


async def test_udp_port(isolation: Isolation) -> None:
    """A UDP port of a group answers each sender."""
    if isolation == "none":
        pytest.skip("without a network namespace only stand-ins know where to serve")
    echo = """
    import socket
    inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inside.bind(("", 5353))
    print("ready", flush=True)
    while True:
        data, sender = inside.recvfrom(100)
        inside.sendto(data.upper(), sender)
    """
    runtime = ProcessRuntime(isolation=isolation, allow_host_commands=True)
    async with group(runtime, ports=((5353, "UDP"),)) as sandbox:
        await sandbox.start(ContainerPlan("echo", "python", ("python", "-c", textwrap.dedent(echo))))
        await logged(sandbox, "echo", b"ready")
        for word in (b"one", b"two"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                client.connect((sandbox.address, 5353))
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(client, word)
                assert await asyncio.wait_for(loop.sock_recv(client, 100), 20) == word.upper()
    await runtime.close()


@pytest.mark.parametrize(
    ("command", "code", "output"),
    [
        (("echo", "FOO", "BAR"), 0, b"FOO BAR\n"),
        (("/bin/sh", "-c", "echo FOO BAR && exit 3"), 3, b"FOO BAR\n"),
        (
            ("/bin/sh", "-c", "echo out; echo err >&2; kill -9 $PPID; exec python -c 'raise SystemExit(7)'"),
            7,
            b"out\nerr\n",
        ),
    ],
)
async def test_command_override(command: Sequence[str], code: int, output: bytes) -> None:
    """A documentation image's command is replaced as given, without any permission for host commands."""
    runtime = ProcessRuntime()
    async with group(runtime) as sandbox:
        started = await sandbox.start(ContainerPlan("task", WORDCOUNT, tuple(command)))
        ended = await sandbox.wait("task")
        assert (ended.code, await sandbox.logs("task")) == (code, output)
        assert started == ended.started <= ended.finished
        assert re.fullmatch("[0-9a-f]{64}", ended.container_id)
    await runtime.close()


async def test_wordcount_of_default_text(runtime: ProcessRuntime) -> None:
    """The word count of the default text needs no network and shows the documentation's figures."""
    plan = ContainerPlan("task", WORDCOUNT, env={"NumWords": "5", "MinLength": "8"})
    async with group(runtime) as sandbox:
        assert await output_of(sandbox, plan) == (
            b"[('CLAUDIUS', 120),\n ('POLONIUS', 113),\n ('GERTRUDE', 82),\n"
            b" ('ROSENCRANTZ', 69),\n ('GUILDENSTERN', 54)]\n"
        )


async def test_wordcount_of_served_text(runtime: ProcessRuntime, page: str) -> None:
    """A task counts the words of a URL that the test itself serves on this machine's loopback."""
    plan = ContainerPlan("task", WORDCOUNT, ("python", "wordcount.py", page), env={"NumWords": "2"})
    async with group(runtime) as sandbox:
        assert await output_of(sandbox, plan) == b"[('gamma', 3), ('beta', 2)]\n"


async def test_unknown_image_is_refused() -> None:
    """Without permission for host commands an image without stand-in is inaccessible; the reason names the others."""
    runtime = ProcessRuntime()
    with pytest.raises(InaccessibleImage, match=r"'nginx:1' is not accessible: .*stand-ins for .*aci-helloworld, .*"):
        await runtime.pull("nginx:1", ())
    async with group(runtime) as sandbox:
        with pytest.raises(InaccessibleImage, match="unless --allow-host-commands is given"):
            await sandbox.start(ContainerPlan("web", "nginx:1", ("true",)))
    await runtime.close()


async def test_pull_answers_a_digest() -> None:
    """Pulling a stand-in yields its repository at a digest, the same in every run."""
    runtime = ProcessRuntime()
    digest = await runtime.pull(WORDCOUNT, ())
    assert re.fullmatch(r"mcr\.microsoft\.com/azuredocs/aci-wordcount@sha256:[0-9a-f]{64}", digest)
    assert digest == await runtime.pull(WORDCOUNT, ())
    await runtime.close()


async def test_command_that_does_not_exist(runtime: ProcessRuntime) -> None:
    """A program that is not there can not start, and the reason names it."""
    async with group(runtime) as sandbox:
        with pytest.raises(CannotStart, match=r"'main' could not be started: exec: 'nope': executable file not found"):
            await sandbox.start(ContainerPlan("main", "busybox", ("nope",)))
        with pytest.raises(CannotStart, match=r"exec: '/etc/passwd': permission denied"):
            await sandbox.start(ContainerPlan("main", "busybox", ("/etc/passwd",)))
        with pytest.raises(CannotStart, match="has no command of its own here; give it one"):
            await sandbox.start(ContainerPlan("main", "busybox"))


async def test_environment(runtime: ProcessRuntime) -> None:
    """A container's environment holds its variables and nothing of the emulator's own."""
    os.environ["OF_THE_EMULATOR"] = "secret"
    try:
        async with group(runtime) as sandbox:
            log = await output_of(sandbox, shell("env", env={"GREETING": "hé llo\n2"}))
    finally:
        del os.environ["OF_THE_EMULATOR"]
    assert "GREETING=hé llo\n2\n" in log.decode()
    assert b"OF_THE_EMULATOR" not in log


async def test_logs_survive_restarts(runtime: ProcessRuntime) -> None:
    """A container that is started again keeps its earlier lines; `tail` and `timestamps` work on all of them."""
    async with group(runtime) as sandbox:
        for _ in range(3):
            await output_of(sandbox, shell("echo one; echo two"))
        assert await sandbox.logs("main") == b"one\ntwo\n" * 3
        assert await sandbox.logs("main", tail=3) == b"two\none\ntwo\n"
        assert await sandbox.logs("main", tail=0) == b""
        stamped = await sandbox.logs("main", tail=1, timestamps=True)
        assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z two\n", stamped)
        assert await sandbox.logs("never started") == b""


async def test_stop_kills(runtime: ProcessRuntime) -> None:
    """Without grace a container is killed: 137. A second stop does nothing."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("trap 'exit 0' TERM; sleep 600 & wait"))
        await sandbox.stop("main")
        assert (await sandbox.wait("main")).code == 137
        await sandbox.stop("main")
        await sandbox.stop("never started")


async def test_stop_with_grace(runtime: ProcessRuntime) -> None:
    """With grace a container that listens to SIGTERM ends as it likes, and one that does not is killed after it."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"))
        await logged(sandbox, "main", b"ready")
        await sandbox.stop("main", grace=30)
        assert (await sandbox.wait("main")).code == 5
        await sandbox.start(shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done"))
        await logged(sandbox, "main", b"deaf")
        await sandbox.stop("main", grace=0.1)
        assert (await sandbox.wait("main")).code == 137


async def test_container_takes_its_children_along(runtime: ProcessRuntime) -> None:
    """What a container's first process leaves running ends with it."""
    async with group(runtime) as sandbox:
        await output_of(sandbox, shell(f"sleep {LONG} & echo started"))
        await _no_sleeper()


async def test_daemon_dies_with_its_container(isolation: Isolation) -> None:
    """In a pid namespace even a process that made a session of its own ends with its container."""
    if isolation == "none":
        pytest.skip("without a pid namespace a new session escapes until the group ends")
    runtime = ProcessRuntime(isolation=isolation, allow_host_commands=True)
    async with group(runtime) as sandbox:
        await output_of(sandbox, shell(f"setsid sleep {LONG} & echo started"))
        await _no_sleeper()
    await runtime.close()


async def test_wait_of_unknown_container(runtime: ProcessRuntime) -> None:
    """Waiting for, entering or following what was never started is refused with a name."""
    async with group(runtime) as sandbox:
        for ask in (
            sandbox.wait("web"),
            sandbox.exec("web", ["sh"], rows=24, columns=80),
            sandbox.attach("web"),
            sandbox.probe("web", ["true"], seconds=1),
        ):
            with pytest.raises(NotRunning, match=r"The container 'web' is not running\."):
                await ask


async def test_exec_has_a_terminal(runtime: ProcessRuntime) -> None:
    """A command runs inside the container on a terminal of the asked size, in the container's environment."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("sleep 600", env={"WHO": "container"}))
        terminal = await sandbox.exec("main", ["/bin/sh"], rows=33, columns=101)
        await terminal.write(b"stty size; echo $WHO; tty; exit\n")
        seen = await shown(terminal)
        assert b"33 101\r\n" in seen
        assert b"container\r\n" in seen
        assert b"/dev/pts/" in seen
        await terminal.write(b"nobody reads this")
        await terminal.close()
        await terminal.close()


async def test_exec_end_kills(runtime: ProcessRuntime) -> None:
    """Closing a terminal ends its command and leaves the container alone."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("sleep 600"))
        terminal = await sandbox.exec("main", ["/bin/sh", "-c", f"echo up; sleep {LONG}"], rows=24, columns=80)
        await shown(terminal, b"up")
        await terminal.close()
        await _no_sleeper()
        assert await sandbox.probe("main", ["true"], seconds=20) == (0, b"")
        assert len(sandbox._keeper._exits) == 1  # type: ignore[attr-defined] # the container's alone


async def test_exec_waits_for_its_reader(runtime: ProcessRuntime) -> None:
    """A command that writes more than anybody reads has to wait; it goes on as soon as it is read."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("sleep 600"))
        terminal = await sandbox.exec("main", ["yes"], rows=24, columns=80)
        assert isinstance(terminal, CommandTerminal)
        async with asyncio.timeout(DEADLINE):
            while terminal._shown.qsize() < BEHIND:  # noqa: ASYNC110 # nobody is told
                await asyncio.sleep(PAUSE)
        await asyncio.sleep(10 * PAUSE)
        assert terminal._shown.qsize() == BEHIND
        pieces = terminal.output()
        for _ in range(3 * BEHIND):
            assert (await anext(pieces)).strip(b"y\r\n") == b""
        await terminal.close()


async def test_exec_that_ends_with_input_unread(runtime: ProcessRuntime) -> None:
    """Who types what a command never reads is let go at its end, and whoever gets its descriptor's number is safe."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("sleep 600"))
        terminal = await sandbox.exec("main", ["/bin/sh", "-c", "sleep 0.2"], rows=24, columns=80)
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(terminal.write(b"unread\n" * 100_000), shown(terminal))
        await terminal.close()
        loop = asyncio.get_running_loop()
        pipes = [os.pipe() for _ in range(8)]
        for reads, writes in pipes:
            loop.add_reader(reads, int)
            loop.add_writer(writes, int)
            loop.remove_reader(reads)
            loop.remove_writer(writes)
            os.close(reads)
            os.close(writes)


async def test_exec_of_missing_program(runtime: ProcessRuntime) -> None:
    """A command that does not exist is refused, with its name."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("sleep 600"))
        with pytest.raises(CannotStart, match="exec: 'nope': executable file not found"):
            await sandbox.exec("main", ["nope"], rows=24, columns=80)


async def test_attach_follows(runtime: ProcessRuntime) -> None:
    """Attaching shows what is written from then on and ends with the container."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("echo early; trap 'echo late; exit' TERM; echo ready; while :; do sleep 0.01; done"))
        await logged(sandbox, "main", b"ready")
        terminal = await sandbox.attach("main")
        await sandbox.stop("main", grace=30)
        assert await shown(terminal) == b"late\n"
        ended = await sandbox.attach("main")
        assert await shown(ended) == b""


async def test_probe(runtime: ProcessRuntime) -> None:
    """A probe answers its command's exit code and output; 124 if it takes too long, 127 if there is no such program."""
    async with group(runtime) as sandbox:
        await sandbox.start(shell("sleep 600"))
        assert await sandbox.probe("main", ["sh", "-c", "echo out; echo err >&2; exit 4"], seconds=20) == (
            4,
            b"out\nerr\n",
        )
        assert await sandbox.probe("main", ["sh", "-c", f"echo slow; sleep {LONG}"], seconds=0.2) == (124, b"slow\n")
        await _no_sleeper()
        code, output = await sandbox.probe("main", ["nope"], seconds=20)
        assert (code, output) == (127, b"exec: 'nope': executable file not found in $PATH")


async def test_volumes_at_their_paths(isolation: Isolation, tmp_path: Path) -> None:
    """Volumes are seen at their mount paths, also where no such directory exists, and the host stays untouched."""
    if isolation == "none":
        pytest.skip("mount paths take a mount namespace")
    runtime = ProcessRuntime(isolation=isolation, allow_host_commands=True)
    secret = VolumePlan("keys", "secret", {"token": b"s3cret", "other": b"\x00\xff"})
    scratch = VolumePlan("scratch", "emptyDir")
    deep = str(tmp_path / "a" / "b")
    reader = (MountPlan("keys", "/mnt/secrets", read_only=True), MountPlan("scratch", "/data"))
    writer = (MountPlan("scratch", "/mnt/shared/deep"), MountPlan("keys", deep))
    async with group(runtime, volumes=(secret, scratch)) as sandbox:
        await output_of(sandbox, shell("echo written > /mnt/shared/deep/file", "writer", mounts=writer))
        script = (
            f"cat /mnt/secrets/token /data/file; touch /mnt/secrets/x 2>&1; touch /data/new; ls {deep} /etc/passwd 2>&1"
        )
        log = (await output_of(sandbox, shell(script, "reader", mounts=reader))).decode()
        assert log.startswith("s3cretwritten\n")
        assert "Read-only file system" in log
        assert "/etc/passwd\n" in log
        assert await output_of(sandbox, shell(f"ls {deep}; ls /mnt/shared/deep", "third", mounts=writer)) == (
            b"other\ntoken\nfile\nnew\n"
        )
        await sandbox.start(shell("sleep 600", "long", mounts=reader))
        assert await sandbox.probe("long", ["cat", "/mnt/secrets/token"], seconds=20) == (0, b"s3cret")
    assert not _existing("/data", "/mnt/shared", "/mnt/secrets", str(tmp_path / "a"))
    await runtime.close()


async def test_volumes_by_name() -> None:
    """Where nothing can be mounted, a container finds its volumes through its environment, and a notice says so."""
    runtime = ProcessRuntime(allow_host_commands=True)
    runtime._isolations = ["none"]
    volume = VolumePlan("my-keys", "secret", {"token": b"s3cret"})
    async with group(runtime, volumes=(volume,)) as sandbox:
        plan = shell("cat $ACI_VOLUME_MY_KEYS/token", mounts=(MountPlan("my-keys", "/mnt/secrets"),))
        assert await output_of(sandbox, plan) == b"s3cret"
    await runtime.close()


async def test_isolation_falls_back(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Where namespaces are refused the runtime goes on without, and says once what that means."""
    start = Keeper.start

    async def refuse(isolation: Isolation) -> Keeper:
        if isolation != "none":
            raise IsolationRefused(isolation, "unshare: Operation not permitted")
        return await start(isolation)

    monkeypatch.setattr(Keeper, "start", refuse)
    runtime = ProcessRuntime()
    async with group(runtime, "one", ports=WEB) as one, group(runtime, "two", ports=WEB) as two:
        for sandbox in (one, two):
            await sandbox.start(ContainerPlan("web", HELLO))
            await sandbox.start(ContainerPlan("sidecar", SIDECAR))
            assert "Welcome" in await served(sandbox)
            await logged(sandbox, "sidecar", b"HTTP/1.1 200 OK")
    await runtime.close()
    assert [record.getMessage() for record in caplog.records] == runtime.notices
    assert len([notice for notice in runtime.notices if "unshare: Operation not permitted" in notice]) == 1


async def test_wanted_isolation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime that was told its isolation does not settle for less."""

    async def refuse(isolation: Isolation) -> Keeper:
        raise IsolationRefused(isolation, "unshare: Operation not permitted")

    monkeypatch.setattr(Keeper, "start", refuse)
    runtime = ProcessRuntime(isolation="root")
    with pytest.raises(RuntimeUnavailable, match="The isolation 'root' is not to be had here: unshare"):
        await runtime.open(GroupPlan("g"))
    await runtime.close()


@pytest.mark.parametrize("isolation", ["none", None])
async def test_taken_port_is_served_elsewhere(isolation: Isolation | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that can not be bound is served under another number, which `host_ports` and one notice tell."""
    bound = addresses._bound

    def taken(ip: str, port: int, kind: socket.SocketKind) -> socket.socket:
        if port == 80:
            raise PermissionError(13, "Permission denied")
        return bound(ip, port, kind)

    monkeypatch.setattr(addresses, "_bound", taken)
    runtime = ProcessRuntime(isolation=isolation)
    async with group(runtime, ports=WEB) as sandbox:
        await sandbox.start(ContainerPlan("web", HELLO))
        await sandbox.start(ContainerPlan("sidecar", SIDECAR))
        assert list(sandbox.host_ports) == [80]
        assert "Welcome" in await served(sandbox)
        await logged(sandbox, "sidecar", b"HTTP/1.1 200 OK")
    assert [notice for notice in runtime.notices if "under other numbers" in notice] == runtime.notices[-1:]
    await runtime.close()


async def test_only_one_loopback_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has 127.0.0.1 alone, groups share it, and every port gets a number of its own."""
    monkeypatch.setattr(addresses, "_answers", lambda ip: False)
    runtime = ProcessRuntime()
    async with group(runtime, "one", ports=WEB) as one, group(runtime, "two", ports=WEB) as two:
        for sandbox in (one, two):
            await sandbox.start(ContainerPlan("web", HELLO))
            assert "Welcome" in await served(sandbox)
        assert one.address == two.address == "127.0.0.1"
        assert one.host_ports[80] != two.host_ports[80]
    await runtime.close()


async def test_azure_file_is_shared_between_groups(isolation: Isolation) -> None:
    """An Azure file share is the same in every group that names it, also after the first one is gone."""
    if isolation == "none":
        pytest.skip("mount paths take a mount namespace")
    runtime = ProcessRuntime(isolation=isolation, allow_host_commands=True)
    settings = {"shareName": "share", "storageAccountName": "account"}
    share = VolumePlan("files", "azureFile", settings=settings)
    mounts = (MountPlan("files", "/mnt/azfile"),)
    async with group(runtime, "one", volumes=(share,)) as one:
        await output_of(one, shell("echo kept > /mnt/azfile/file", mounts=mounts))
    async with group(runtime, "two", volumes=(share,)) as two:
        assert await output_of(two, shell("cat /mnt/azfile/file", mounts=mounts)) == b"kept\n"
    await runtime.close()


async def test_unclonable_repository() -> None:
    """A repository that can not be cloned makes the group impossible, says why, and leaves nothing behind."""
    runtime = ProcessRuntime()
    volume = VolumePlan("code", "gitRepo", settings={"repository": "file:///nonexistent/repository"})
    with pytest.raises(CannotMount, match=r"The volume 'code' could not be made: .*nonexistent"):
        await runtime.open(GroupPlan("g", volumes=(volume,)))
    assert not runtime._sandboxes
    await runtime.close()


async def test_no_room_for_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group for which no folder can be made leaves no warden behind."""

    async def start(isolation: Isolation) -> Keeper:
        keepers.append(await started(isolation))
        return keepers[-1]

    def full(*_: object, **__: object) -> str:
        raise OSError("no space left")

    keepers: list[Keeper] = []
    started = Keeper.start
    runtime = ProcessRuntime(isolation="none")
    monkeypatch.setattr(Keeper, "start", start)
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(OSError, match="no space left"):
        await runtime.open(GroupPlan("g"))
    assert [keeper._process.returncode is None for keeper in keepers] == [False]
    await runtime.close()


async def test_close_leaves_nothing(runtime: ProcessRuntime) -> None:
    """Closing the runtime ends all processes, wakes who waits for them, frees the ports and removes the folders."""
    sandbox = await runtime.open(GroupPlan("g", ports=WEB))
    await sandbox.start(shell(f"sleep {LONG} & sleep {LONG}"))
    waiting = asyncio.create_task(sandbox.wait("main"))
    terminal = await sandbox.exec("main", ["sleep", LONG], rows=24, columns=80)
    await runtime.close()
    assert (await waiting).code == 137
    assert await shown(terminal) == b""
    await _no_sleeper()
    assert not runtime._home.exists()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.to_thread(get, sandbox.address, sandbox.host_ports.get(80, 80))
    await sandbox.close()
    await runtime.close()


async def test_killed_emulator_leaves_no_process(
    isolation: Isolation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL of the emulator ends every process of its groups; the next one removes its folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    program = f"""
    import asyncio
    from pytest_aci.emulator.runtimes.base import ContainerPlan, GroupPlan
    from pytest_aci.emulator.runtimes.process import ProcessRuntime

    async def main():
        runtime = ProcessRuntime(isolation={isolation!r}, allow_host_commands=True)
        sandbox = await runtime.open(GroupPlan("g"))
        await sandbox.start(ContainerPlan("main", "busybox", ("/bin/sh", "-c", "sleep {LONG} & exec sleep {LONG}")))
        while len((await sandbox.probe("main", ["pgrep", "-f", "^sleep {LONG}"], seconds=20))[1].split()) < 2:
            pass
        print(runtime._home, flush=True)
        await sandbox.wait("main")

    asyncio.run(main())
    """
    emulator = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stdout=subprocess.PIPE
    )
    try:
        assert emulator.stdout is not None
        home = Path((await emulator.stdout.readline()).decode().strip())
        assert home.is_relative_to(tmp_path)
        assert len(_sleepers()) == 2
    finally:
        emulator.send_signal(signal.SIGKILL)
        await emulator.wait()
    await _no_sleeper()
    runtime = ProcessRuntime()
    assert await asyncio.to_thread(folders.remove_orphans) == [str(home)]
    assert not _existing(str(home))
    await runtime.close()


def _existing(*paths: str) -> list[str]:
    return [path for path in paths if Path(path).exists()]


async def _no_sleeper() -> None:
    """Wait until nothing sleeps LONG: a killed process takes a moment to be gone, and nobody is told."""
    async with asyncio.timeout(DEADLINE):
        while _sleepers():  # noqa: ASYNC110 # see above
            await asyncio.sleep(PAUSE)


def _sleepers() -> list[str]:
    """Return the ids of processes that sleep LONG."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and LONG.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(entry.name)
        except OSError:
            continue  # it ended meanwhile
    return found

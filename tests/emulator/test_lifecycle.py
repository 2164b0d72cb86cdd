"""One container group over time, on the fake runtime and without HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.emulator import schema
from pytest_aci.emulator.configuration import Configuration
from pytest_aci.emulator.host import ClosedError, Host
from pytest_aci.emulator.records import ContainerGroup, InstanceView, State
from pytest_aci.emulator.restarts import back_off_detail, group_state, pause, restarts
from pytest_aci.emulator.runtimes.base import CannotMount, InaccessibleImage, MountPlan, NotRunning
from pytest_aci.emulator.store import Memory, Store

from .fake_runtime import FakeRuntime, FakeSandbox
from .running import container, group_document

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from pytest_aci.emulator.runtimes.base import ContainerPlan

SECONDS = 10.0
PROBE_SECONDS = 0


class World:
    """A host with its store and its fake runtime."""

    def __init__(self, **more: Any) -> None:
        self.runtime = FakeRuntime()
        self.store = Store(Memory())
        self.host = Host(self.runtime, self.store, Configuration(back_off_seconds=0.01, **more))

    async def up(self, *containers: dict[str, Any], **properties: Any) -> ContainerGroup:
        """Create a group and wait for its operation's end."""
        document = schema.GROUP.read(group_document(*containers, **properties), "")
        group = ContainerGroup("uid", "s", "rg", "web", "westeurope", document["properties"])
        self.store.put_group(group)
        self.host.create(group, await self.host.pull(group))
        await self.host.lifecycle(group).settled()
        return group

    def sandbox(self) -> FakeSandbox:
        """The latest place."""
        return self.runtime.opened[-1]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the loop run until something holds."""
        async with asyncio.timeout(SECONDS):
            while True:
                if holds():
                    return
                await asyncio.sleep(0.001)


def alive(test: Callable[[World], Coroutine[Any, Any, None]], **more: Any) -> None:
    """Run a test in a world that is closed after it, with nothing left open."""

    async def run() -> None:
        world = World(**more)
        try:
            await test(world)
        finally:
            await world.host.close()
        assert not world.runtime.open_sandboxes
        assert world.runtime.closed

    asyncio.run(run())


INIT = [
    {"name": "one", "properties": {"image": "i", "command": ["exit", "0"]}},
    {"name": "two", "properties": {"image": "i", "command": ["exit", "0"]}},
]


def test_init_containers_run_in_order_before_the_others() -> None:
    """Init containers run one after another to their end, then the containers start."""

    async def test(world: World) -> None:
        group = await world.up(initContainers=INIT)
        assert world.sandbox().started == ["one", "two", "main"]
        assert group.state == "Running"

    alive(test)


def test_mounts() -> None:
    """A relative mount path is one from the root, and a share that is read-only is so wherever it is mounted."""

    async def test(world: World) -> None:
        share = {"shareName": "s", "storageAccountName": "a", "storageAccountKey": "k"}
        volumes = [
            {"name": "frozen", "azureFile": share | {"readOnly": True}},
            {"name": "share", "azureFile": share},
            {"name": "scratch", "emptyDir": {}},
        ]
        mounts = [
            {"name": "frozen", "mountPath": "mnt/frozen"},
            {"name": "share", "mountPath": "/mnt/share", "readOnly": False},
            {"name": "scratch", "mountPath": "mnt/scratch", "readOnly": True},
        ]
        await world.up(container(volumeMounts=mounts), volumes=volumes)
        assert world.sandbox().processes["main"].plan.mounts == (
            MountPlan("frozen", "/mnt/frozen", read_only=True),
            MountPlan("share", "/mnt/share", read_only=False),
            MountPlan("scratch", "/mnt/scratch", read_only=True),
        )

    alive(test)


def test_failing_init_container_fails_the_group() -> None:
    """With policy Never an init container that exits non-zero ends the provisioning, and no container starts."""

    async def test(world: World) -> None:
        bad = [{"name": "one", "properties": {"image": "i", "command": ["exit", "4"]}}]
        group = await world.up(initContainers=bad, restartPolicy="Never")
        operation = world.host.lifecycle(group).operation
        assert operation is not None
        assert operation.error == {"code": "Failed", "message": "The init container 'one' exited with code 4."}
        assert group.provisioning_state == "Failed"
        assert world.sandbox().started == ["one"]

    alive(test)


def test_failing_init_container_is_tried_again() -> None:
    """With policy Always a failing init container is started again until it succeeds."""

    async def test(world: World) -> None:
        bad = [{"name": "one", "properties": {"image": "i"}}]
        creating = asyncio.create_task(world.up(initContainers=bad))
        await world.until(lambda: bool(world.runtime.opened) and world.sandbox().started == ["one"])
        world.sandbox().end("one", 1)
        await world.until(lambda: world.sandbox().started == ["one", "one"])
        world.sandbox().end("one", 0)
        group = await creating
        assert group.provisioning_state == "Succeeded"
        assert world.sandbox().started == ["one", "one", "main"]

    alive(test)


def test_init_container_in_a_crash_loop() -> None:
    """B3: an init container that goes on failing waits longer each time, and its view says so as any other's."""

    async def test(world: World) -> None:
        bad = [{"name": "one", "properties": {"image": "i", "command": ["exit", "4"]}}]
        creating = asyncio.create_task(world.up(initContainers=bad))
        await world.until(lambda: bool(world.runtime.opened) and world.sandbox().started == ["one"])
        view = world.store.groups()[0].init_views["one"]
        await world.until(
            lambda: view.restart_count == 2 and view.current is not None and view.current.detail != "Error"
        )
        assert view.current == State("Waiting", detail="CrashLoopBackOff: Back-off 20s restarting failed")
        assert view.previous is not None
        assert (view.previous.state, view.previous.exit_code, view.previous.detail) == ("Terminated", 4, "Error")
        counts = {each.name: each.count for each in view.events if each.name in ("Started", "BackOff")}
        assert counts == {"Started": 3, "BackOff": 2}
        await world.host.end(world.store.groups()[0])
        await creating

    alive(test)


def test_image_that_fails_after_the_put() -> None:
    """An image whose pull outlasts the PUT and then fails lets the provisioning fail, with Azure's events."""

    async def test(world: World) -> None:
        async def slow(image: str, credentials: object) -> str:
            await asyncio.sleep(0.05)
            raise InaccessibleImage(image, "pull access denied")

        world.runtime.pull = slow  # type: ignore[method-assign] # the fake's pull is too quick
        group = await world.up()
        events = [(each.name, each.message, each.type) for each in group.views["main"].events]
        assert group.provisioning_state == "Failed"
        assert events == [
            ("Pulling", 'pulling image "app"', "Normal"),
            ("Failed", 'Failed to pull image "app": rpc error: pull access denied', "Warning"),
            ("BackOff", 'Back-off pulling image "app"', "Normal"),
        ]

    alive(test, pull_seconds=0.01)


def test_volume_that_can_not_be_made() -> None:
    """A volume whose content can not be had fails the group with its reason, and with an event of the group."""

    async def test(world: World) -> None:
        async def broken(plan: object) -> FakeSandbox:
            raise CannotMount("code", "repository not found")

        world.runtime.open = broken  # type: ignore[method-assign] # the fake makes no volumes
        group = await world.up()
        reason = "The volume 'code' could not be made: repository not found"
        operation = world.host.lifecycle(group).operation
        assert operation is not None
        assert operation.error == {"code": "Failed", "message": reason}
        assert (group.provisioning_state, group.state) == ("Failed", "Pending")
        assert [(each.name, each.message, each.type) for each in group.events] == [("FailedMount", reason, "Warning")]

    alive(test)


def test_liveness_probe_ends_and_restarts_the_container() -> None:
    """A liveness probe that fails as often as it may ends the container, which the policy starts again."""

    async def test(world: World) -> None:
        probe = {"exec": {"command": ["check"]}, "periodSeconds": PROBE_SECONDS, "failureThreshold": 1}
        group = await world.up(container(livenessProbe=probe))
        world.sandbox().probed = (1, b"it is sick\n")
        await world.until(lambda: group.views["main"].restart_count >= 1)
        failed = next(each for each in group.views["main"].events if each.name == "Failed")
        assert failed.message == "Liveness probe failed: it is sick"
        assert failed.type == "Warning"

    alive(test)


def test_probe_that_breaks_down_is_asked_again() -> None:
    """A probe that could not be asked has failed, with the reason, and liveness is still enforced."""

    async def test(world: World) -> None:
        probe = {"exec": {"command": ["check"]}, "periodSeconds": PROBE_SECONDS, "failureThreshold": 2}
        group = await world.up(container(livenessProbe=probe))

        async def broken(container: str, command: object, *, seconds: float) -> tuple[int, bytes]:
            raise NotRunning(container)

        world.sandbox().probe = broken  # type: ignore[method-assign] # the fake always answers
        await world.until(lambda: group.views["main"].restart_count >= 1)
        failed = next(each for each in group.views["main"].events if each.name == "Failed")
        assert failed.message == "Liveness probe failed: The container 'main' is not running."

    alive(test)


def test_readiness_probe_only_says_so() -> None:
    """A readiness probe that fails is an event; the container runs on."""

    async def test(world: World) -> None:
        probe = {"exec": {"command": ["check"]}, "periodSeconds": PROBE_SECONDS, "failureThreshold": 1}
        group = await world.up(container(readinessProbe=probe))
        world.sandbox().probed = (1, b"not yet")
        await world.until(lambda: any(each.name == "Failed" for each in group.views["main"].events))
        assert group.views["main"].restart_count == 0
        assert group.state == "Running"

    alive(test)


@pytest.mark.parametrize(("status", "complaints"), [(200, 0), (302, 0), (500, 1)])
def test_http_probe(status: int, complaints: int) -> None:
    """An httpGet probe asks the group's own address, on the bound port; 200 to 399 is healthy."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.split(b"\r\n")[0])
        writer.write(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async def test(world: World) -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            original = world.runtime.open

            async def open_at(plan: Any) -> FakeSandbox:
                sandbox = await original(plan)
                sandbox.address, sandbox.host_ports = "127.0.0.1", {80: port}
                return sandbox

            world.runtime.open = open_at  # type: ignore[method-assign] # the server is not on the fake's address
            probe = {"httpGet": {"path": "/health", "port": 80}, "periodSeconds": PROBE_SECONDS, "timeoutSeconds": 5}
            group = await world.up(container(readinessProbe=probe))
            await world.until(lambda: len(asked) >= 2)
            failed = [each.message for each in group.views["main"].events if each.name == "Failed"]
            assert failed == [f"Readiness probe failed: HTTP probe failed with statuscode: {status}"] * complaints
            assert world.sandbox().plan.ports == ((80, "TCP"),)
        assert asked[0] == b"GET /health HTTP/1.1"

    asked: list[bytes] = []
    alive(test)


def test_half_open_place_is_not_lost() -> None:
    """A group that is ended while its place is being opened leaves no place behind."""

    async def test(world: World) -> None:
        world.runtime.gate.clear()
        creating = asyncio.create_task(world.up())
        await world.until(lambda: bool(world.store.groups()))
        group = world.store.groups()[0]
        ending = asyncio.create_task(world.host.end(group))
        await asyncio.sleep(0)
        world.runtime.gate.set()
        await ending
        await creating

    alive(test)


def test_broken_runtime_is_a_failed_provisioning() -> None:
    """A runtime that breaks down fails the group with a sentence that gives nothing away; the server lives on."""

    async def test(world: World) -> None:
        async def broken(plan: object) -> FakeSandbox:
            raise RuntimeError("secret detail")

        world.runtime.open = broken  # type: ignore[method-assign] # no runtime breaks down on request
        group = await world.up()
        operation = world.host.lifecycle(group).operation
        assert operation is not None
        assert operation.error == {"code": "Failed", "message": "Encountered an internal server error."}

    alive(test)


@pytest.mark.parametrize("ends", [True, False])
def test_container_that_can_not_start_beside_a_slow_one(monkeypatch: pytest.MonkeyPatch, ends: bool) -> None:
    """A group is Failed once all others have started, too, so that an end that comes sooner leaves none to start."""

    async def test(world: World) -> None:
        begun, gate, start = asyncio.Event(), asyncio.Event(), FakeSandbox.start

        async def late(self: FakeSandbox, plan: ContainerPlan) -> datetime:
            if plan.name == "late":
                begun.set()
                await gate.wait()
            return await start(self, plan)

        monkeypatch.setattr(FakeSandbox, "start", late)
        creating = asyncio.create_task(world.up(container("bad", command=["missing"]), container("late")))
        await begun.wait()
        group = world.store.groups()[0]
        await world.until(lambda: any(each.name == "Failed" for each in group.views["bad"].events))
        lifecycle = world.host.lifecycle(group)
        assert lifecycle.in_transition
        if ends:
            await world.host.end(group)
        gate.set()
        await creating
        await lifecycle.settled()
        assert world.sandbox().started == ([] if ends else ["late"])
        assert lifecycle.containers.running == (set() if ends else {"late"})

    alive(test)


def test_start_of_a_failed_group_watches_each_container_once() -> None:
    """What ran beside a container that could not start is ended by the next start, and so is whoever watched it."""

    async def test(world: World) -> None:
        group = await world.up(container("bad", command=["missing"]), container("good"))
        world.host.start(group)
        await world.host.lifecycle(group).settled()
        assert [each.started for each in world.runtime.opened] == [["good"], ["good"]]
        watchers = [each.get_name() for each in asyncio.all_tasks() if each.get_name().startswith("watcher")]
        assert watchers == ["watcher of good"]

    alive(test)


def test_end_is_safe_twice() -> None:
    """A group that was ended can be ended again."""

    async def test(world: World) -> None:
        group = await world.up()
        lifecycle = world.host.lifecycle(group)
        await lifecycle.end()
        await lifecycle.end()
        assert lifecycle.sandbox is None

    alive(test)


def test_nothing_new_runs_while_the_host_closes() -> None:
    """A create whose images arrive after the host has closed is refused, and nothing is opened for it."""

    async def test(world: World) -> None:
        arrived = asyncio.Event()

        async def slow(image: str, credentials: object) -> str:
            await arrived.wait()
            return image

        world.runtime.pull = slow  # type: ignore[method-assign] # the fake's pull is too quick
        creating = asyncio.create_task(world.up())
        await asyncio.sleep(0.01)
        await world.host.close()
        arrived.set()
        with pytest.raises(ClosedError, match=r"^The emulator ends and runs nothing new\.$"):
            await creating
        with pytest.raises(ClosedError):
            await world.up()
        assert world.runtime.opened == []

    alive(test)


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [
        ("Always", 0, True),
        ("Always", 1, True),
        ("OnFailure", 0, False),
        ("OnFailure", 1, True),
        ("Never", 0, False),
        ("Never", 1, False),
    ],
)
def test_restart_policies(policy: str, code: int, again: bool) -> None:
    """Always restarts whatever the exit code was, OnFailure non-zero ones, Never none."""
    assert restarts(policy, code) is again


def test_pauses_grow_as_azures_do() -> None:
    """B3: 2 s after the first exit, 10 s after the second, doubling to five minutes."""
    assert [pause(count, 10, 300) for count in range(8)] == [2, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(("count", "seconds"), [(1, 10), (2, 20), (5, 160), (6, 300), (60, 300)])
def test_back_off_is_said_in_azures_seconds(count: int, seconds: int) -> None:
    """The detail names Azure's pause, whatever the emulator's is."""
    assert back_off_detail(count) == f"CrashLoopBackOff: Back-off {seconds}s restarting failed"


@pytest.mark.parametrize(
    ("policy", "codes", "state"),
    [
        ("Never", [0, 0], "Succeeded"),
        ("Never", [0, 1], "Failed"),
        ("Never", [0, None], "Running"),
        ("Never", [1, None], "Running"),
        ("OnFailure", [0, 0], "Succeeded"),
        ("OnFailure", [0, 1], "Running"),
        ("Always", [0, 0], "Running"),
    ],
)
def test_state_of_a_group(policy: str, codes: list[int | None], state: str) -> None:
    """B1: Running while any container runs or will run again, else Succeeded, or Failed for a non-zero exit."""
    views = [
        InstanceView(current=State("Running") if code is None else State("Terminated", exit_code=code))
        for code in codes
    ]
    assert group_state(policy, views) == state

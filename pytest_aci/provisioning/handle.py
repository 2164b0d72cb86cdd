from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_aci.errors import Complaint, NoAddress, NoSuchContainer, SpecError
from pytest_aci.provisioning.chronicle import Chronicle
from pytest_aci.provisioning.clock import SystemClock
from pytest_aci.provisioning.readiness import checked, seconds_of
from pytest_aci.provisioning.waiting import GroupView, wait_until
from pytest_aci.spec.checks import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.mgmt.containerinstance.models import (
        ContainerGroup as ContainerGroupModel,
    )
    from azure.mgmt.containerinstance.models import (
        ContainerGroupPropertiesInstanceView,
        ContainerPropertiesInstanceView,
    )

    from pytest_aci.arm.control_plane import ContainerState, ControlPlane, Event, ExecResult, GroupState
    from pytest_aci.provisioning.clock import Clock
    from pytest_aci.provisioning.network import Network
    from pytest_aci.provisioning.readiness import Condition
    from pytest_aci.provisioning.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a handle needs to look at its group again: the control plane, the network, and a clock.

    *timeout* is in seconds. A *watcher* saves looking at each deployment by itself. The *chronicle* is told what was
    seen, and errors quote *log_lines* lines of each container's log.
    """

    control_plane: ControlPlane
    network: Network
    clock: Clock
    timeout: float = 600.0
    watcher: Watcher | None = None
    chronicle: Chronicle = field(default_factory=lambda: Chronicle(SystemClock().now))
    log_lines: int = 10


class Container:
    """One container of a group: `group["name"]`. Its facts are those of the group's last `refresh`."""

    def __init__(self, group: ContainerGroup, name: str) -> None:
        self._group = group
        self.name = name

    def __repr__(self) -> str:
        return f"<Container {self.name} of {self._group.name}: {self._state.state}>"

    @property
    def _state(self) -> ContainerState:
        state = self._group._state  # noqa: SLF001 # one object in two parts
        return next(one for one in state.containers if one.name == self.name)

    @property
    def instance_view(self) -> ContainerPropertiesInstanceView:
        """The SDK's instance view of the container: current and previous state, restart count, events."""
        model = next(one for one in self._group.resource.containers if one.name == self.name)
        return model.instance_view  # type: ignore[return-value] # a get of a started group always fills it

    @property
    def image(self) -> str:
        """The image, as the spec named it."""
        return self._state.image

    @property
    def exit_code(self) -> int | None:
        """The exit code of the last run that ended, or None if the container has not ended."""
        return self._state.exit_code

    @property
    def restart_count(self) -> int:
        """How often ACI started the container again."""
        return self._state.restart_count

    @property
    def events(self) -> tuple[Event, ...]:
        """What ACI noted about the container: Pulling, Pulled, Started, Killing, BackOff."""
        return self._state.events

    def logs(self, *, tail: int | None = None, timestamps: bool = False) -> str:
        """Return what the container printed on standard output and error: all (at most 4 MB), or *tail* lines."""
        return self._group._read_logs(self.name, tail=tail, timestamps=timestamps)  # noqa: SLF001 # one object in two parts

    def exec(self, command: str, *, timeout: float = 60.0) -> ExecResult:
        """Run a program inside the container and return what its terminal showed; ACI tells no exit code.

        ACI runs one program without arguments and without a shell. *timeout* is in seconds.

        Raises:
            SpecError: *command* is more than a program.
            ExecFailed: What it printed could not be read to its end.
        """
        return self._group._execute(self.name, command, timeout)  # noqa: SLF001 # one object in two parts


class ContainerGroup:
    """A container group that exists, is ready, and has its instance view filled.

    The facts are those of the last `refresh`; the handle can look, wait, run commands, stop and start,
    but it can neither create nor delete. `resource` and the instance views are the Azure SDK's own models.
    """

    def __init__(
        self,
        state: GroupState,
        resource_group: str,
        *,
        restart_policy: str,
        until: Condition,
        surroundings: Surroundings,
    ) -> None:
        self._state = state
        self._resource_group = resource_group
        self._restart_policy = restart_policy
        self._until = until
        self._surroundings = surroundings

    def __repr__(self) -> str:
        return f"<ContainerGroup {self.name}: {self.state}>"

    def __getitem__(self, container: str) -> Container:
        known = [one.name for one in self._state.containers]
        if container not in known:
            raise NoSuchContainer(group=self.name, container=container, known=known)
        return Container(self, container)

    def __contains__(self, container: object) -> bool:
        return any(one.name == container for one in self._state.containers)

    def __iter__(self) -> Iterator[Container]:
        return iter(self.containers)

    @property
    def name(self) -> str:
        """The name in Azure: what the fixture is called, and the random part of the run."""
        return self._state.name

    @property
    def id(self) -> str:
        """The ARM resource id."""
        return self._state.id

    @property
    def location(self) -> str:
        """The Azure region."""
        return self._state.location

    @property
    def resource_group(self) -> str:
        """The name of the resource group."""
        return self._resource_group

    @property
    def ip(self) -> str | None:
        """The IP address, or None if the group opens no port. It changes when a group is stopped and started."""
        return self._state.ip

    @property
    def fqdn(self) -> str | None:
        """The public DNS name, if the spec has a DNS label."""
        return self._state.fqdn

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that the group opens."""
        return tuple(one.port for one in self._state.ports)

    @property
    def state(self) -> str | None:
        """The state of the containers together, such as Running, Succeeded, Failed, or Stopped."""
        return self._state.state

    @property
    def instance_view(self) -> ContainerGroupPropertiesInstanceView:
        """The SDK's instance view of the group: state and events."""
        return self.resource.instance_view  # type: ignore[return-value] # a get always fills it

    @property
    def resource(self) -> ContainerGroupModel:
        """The SDK's `ContainerGroup` model, as the last `get` returned it."""
        model: ContainerGroupModel = self._state.model
        return model

    @property
    def containers(self) -> tuple[Container, ...]:
        """The containers, in the order of the spec, init containers left out."""
        return tuple(Container(self, one.name) for one in self._state.containers)

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of the group itself and of all its containers."""
        return self._state.events + tuple(event for one in self._state.containers for event in one.events)

    @property
    def exit_code(self) -> int | None:
        """The exit code of a group of one container, or the first that is not zero; None while one has not ended."""
        codes = [one.exit_code for one in self._state.containers]
        if None in codes:
            return None
        return next((code for code in codes if code), 0)

    def address(self, port: int) -> tuple[str, int]:
        """Return host and port to connect to. An emulator without the right to a port below 1024 serves another one.

        Raises:
            NoAddress: The group does not open that port, or has no IP address because it is stopped.
        """
        if self.ip is None or port not in self.ports:
            raise NoAddress(group=self.name, port=port, ports=self.ports, state=self.state)
        return self._surroundings.network.address(self._state, port)

    def url(self, port: int, path: str = "/", scheme: str = "http") -> str:
        """Return the URL of a path on a port; the port is left out where it is the scheme's own.

        Raises:
            NoAddress: The group does not open that port, or has no IP address because it is stopped.
        """
        host, number = self.address(port)
        usual = {"http": 80, "https": 443}.get(scheme)
        authority = host if number == usual else f"{host}:{number}"
        return f"{scheme}://{authority}/{path.removeprefix('/')}"

    def logs(self, *, tail: int | None = None, timestamps: bool = False) -> str:
        """Return what the containers printed; with several, each under a line that names it.

        *tail* is how many lines of each container's end, all of them if None.

        Raises:
            ControlPlaneError: ACI refuses, or the group is gone.
        """
        texts = [(one.name, one.logs(tail=tail, timestamps=timestamps)) for one in self.containers]
        if len(texts) == 1:
            return texts[0][1]
        return "".join(f"== {name}\n{text}" for name, text in texts)

    def exec(self, command: str, *, container: str | None = None, timeout: float = 60.0) -> ExecResult:
        """Run a program in a container, the first one unless named; see `Container.exec`.

        Raises:
            NoSuchContainer: The group has no container of that name.
            SpecError: *command* is more than a program.
            ExecFailed: What it printed could not be read to its end.
        """
        return self[container or self._state.containers[0].name].exec(command, timeout=timeout)

    def refresh(self) -> ContainerGroup:
        """Look again, and return the handle itself with the new facts.

        Raises:
            Vanished: The group does not exist any more.
        """
        return self._take(self._look())

    def wait(self, until: Condition, *, timeout: float | str | None = None) -> ContainerGroup:
        """Wait until a condition is met, at most *timeout* (seconds, or such as "5m"), and return the new facts.

        Raises:
            SpecError: *until* or *timeout* is not valid.
            NoSuchContainer: *until* names a container that the group has not.
            NotReady: It was not met in time, or never will be, with the last state and log lines.
        """
        for name in checked(until).containers:
            self[name]
        seconds = seconds_of(timeout) or self._surroundings.timeout
        return self._take(wait_until(until, self._view(), self._surroundings.clock, seconds))

    def stop(self) -> ContainerGroup:
        """Stop the containers; the group and its name stay, the IP address does not.

        Raises:
            ControlPlaneError: ACI refuses, or the group is gone.
        """
        self._surroundings.control_plane.stop_group(self._resource_group, self.name)
        return self.refresh()

    def start(self, *, until: Condition | None = None) -> ContainerGroup:
        """Start a stopped group, and wait for what it was waited for at first, or *until* something else.

        Raises:
            ControlPlaneError: ACI refuses, or the group is gone.
            NotReady: The condition was not met in time, or never will be.
        """
        self._surroundings.control_plane.start_group(self._resource_group, self.name)
        return self.wait(until or self._until)

    def restart(self, *, until: Condition | None = None) -> ContainerGroup:
        """Restart the containers, and wait for what they were waited for at first, or *until* something else.

        Raises:
            ControlPlaneError: ACI refuses, or the group is gone.
            NotReady: The condition was not met in time, or never will be.
        """
        self._surroundings.control_plane.restart_group(self._resource_group, self.name)
        return self.wait(until or self._until)

    def _look(self) -> GroupState:
        return self._view().look()

    def _view(self) -> GroupView:
        return GroupView(self._state, self._resource_group, self._restart_policy, self._surroundings)

    def _take(self, state: GroupState) -> ContainerGroup:
        self._state = state
        return self

    def _read_logs(self, container: str, *, tail: int | None, timestamps: bool) -> str:
        control_plane = self._surroundings.control_plane
        text = control_plane.logs(self._resource_group, self.name, container, tail=tail, timestamps=timestamps)
        self._surroundings.chronicle.read(self.name, container, text)
        return text

    def _execute(self, container: str, command: Any, timeout: float) -> ExecResult:
        if not isinstance(command, str) or command.split() != [command]:
            rule = "one program without arguments, which is all that ACI's exec runs: put the rest into a script"
            raise SpecError(Complaint("exec", shown(command), rule))
        control_plane = self._surroundings.control_plane
        session: Any = control_plane.exec(self._resource_group, self.name, container, command)
        return control_plane.run_exec(session, timeout=timeout)

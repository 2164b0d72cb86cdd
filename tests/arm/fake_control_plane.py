# ruff: noqa: D102 # the protocol says what each call gives
from __future__ import annotations

import copy
import json
import threading
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from azure.mgmt.containerinstance.models import ContainerGroup

from pytest_aci.arm.control_plane import (
    ExecResult,
    ExecSession,
    Grant,
    GroupState,
    OperationStatus,
    PutAnswer,
    Resource,
    ResourceGroup,
)
from pytest_aci.arm.failures import refusal
from pytest_aci.arm.states import group_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Step = Callable[[dict[str, Any]], None]

T = TypeVar("T")

_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was made: which, and on what (`group` or `resource-group/group`)."""

    verb: str
    target: str


class FakeControlPlane:
    """An Azure in memory: it keeps what is put, and each container group runs from the second look at it on.

    `fail` makes the next calls raise, `script` decides what the looks at a group show, `foreign` plants things that
    somebody else owns. *calls* remembers every call in order.
    """

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.calls: list[Call] = []
        self.resource_groups: dict[str, ResourceGroup] = {}
        self.groups: dict[tuple[str, str], dict[str, Any]] = {}
        self.printed: dict[tuple[str, str], str] = defaultdict(str)
        self.exec_output = ""
        self.registered = True
        self.granted = [Grant(("*",))]
        self._now = now
        self._lock = threading.RLock()
        self._failures: list[_Failure] = []
        self._scripts: dict[str, list[Step]] = {"": [pending, running]}
        self._looks: dict[tuple[str, str], int] = defaultdict(int)

    def fail(self, verb: str, error: Exception, *, times: int = 1, after: bool = False, target: str = "") -> None:
        """Let the next *times* calls of *verb* raise *error*; *after* doing what was asked, if the reply got lost.

        Only calls whose target contains *target* are concerned.
        """
        self._failures.append(_Failure(verb, error, times, after, target))

    def script(self, *steps: Step, group: str = "") -> None:
        """Decide what looks at groups show: the first step is the PUT's answer, the last one stays.

        *group* is the start of a group's name; without it all groups behave so.
        """
        self._scripts[group] = list(steps)

    def foreign(self, resource_group: str, *groups: str, tags: Mapping[str, str] | None = None) -> None:
        """Plant a resource group, and container groups in it, that this run did not make."""
        self._store_resource_group(resource_group, "westeurope", tags or {})
        for name in groups:
            self._store_group(resource_group, name, {"location": "westeurope", "properties": {"containers": []}})

    def verbs(self, target: str = "") -> list[str]:
        """The verbs of all calls on targets that contain *target*, in order."""
        return [call.verb for call in self.calls if target in call.target]

    def put_resource_group(self, name: str, location: str, tags: Mapping[str, str]) -> PutAnswer[ResourceGroup]:
        def act() -> PutAnswer[ResourceGroup]:
            created = name not in self.resource_groups
            return PutAnswer(created, None, self._store_resource_group(name, location, tags))

        return self._do("put_resource_group", name, act)

    def get_resource_group(self, name: str) -> ResourceGroup | None:
        return self._do("get_resource_group", name, lambda: self.resource_groups.get(name))

    def tag_resource_group(self, name: str, tags: Mapping[str, str]) -> None:
        def act() -> None:
            self._must_have(name)
            self.resource_groups[name] = replace(self.resource_groups[name], tags=dict(tags))

        self._do("tag_resource_group", name, act)

    def delete_resource_group(self, name: str) -> bool:
        def act() -> bool:
            for key in [key for key in self.groups if key[0] == name]:
                del self.groups[key]
            return self.resource_groups.pop(name, None) is not None

        return self._do("delete_resource_group", name, act)

    def list_resource_groups(self) -> list[ResourceGroup]:
        return self._do("list_resource_groups", "", lambda: list(self.resource_groups.values()))

    def list_resources(self, resource_group: str) -> list[Resource]:
        def act() -> list[Resource]:
            self._must_have(resource_group)
            return [
                Resource(
                    id=document["id"],
                    type="Microsoft.ContainerInstance/containerGroups",
                    name=name,
                    tags=document.get("tags") or {},
                )
                for (place, name), document in self.groups.items()
                if place == resource_group
            ]

        return self._do("list_resources", resource_group, act)

    def put_group(self, resource_group: str, name: str, document: Mapping[str, Any]) -> PutAnswer[GroupState]:
        def act() -> PutAnswer[GroupState]:
            self._must_have(resource_group)
            created = (resource_group, name) not in self.groups
            self._store_group(resource_group, name, document)
            url = (
                f"{_SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/x/operations/{resource_group}/{name}"
            )
            return PutAnswer(created, url, self._look(resource_group, name))

        return self._do("put_group", f"{resource_group}/{name}", act)

    def get_group(self, resource_group: str, name: str) -> GroupState | None:
        def act() -> GroupState | None:
            return self._look(resource_group, name) if (resource_group, name) in self.groups else None

        return self._do("get_group", f"{resource_group}/{name}", act)

    def list_groups(self, resource_group: str) -> list[GroupState]:
        def act() -> list[GroupState]:
            self._must_have(resource_group)
            return [_without_view(self._shown(place, name)) for place, name in self.groups if place == resource_group]

        return self._do("list_groups", resource_group, act)

    def deployments(self, resource_group: str) -> dict[str, str]:
        def act() -> dict[str, str]:
            self._must_have(resource_group)
            groups = [self._shown(place, name) for place, name in self.groups if place == resource_group]
            return {group.name: group.provisioning_state or "" for group in groups}

        return self._do("deployments", resource_group, act)

    def delete_group(self, resource_group: str, name: str) -> bool:
        def act() -> bool:
            return self.groups.pop((resource_group, name), None) is not None

        return self._do("delete_group", f"{resource_group}/{name}", act)

    def start_group(self, resource_group: str, name: str) -> None:
        self._do("start_group", f"{resource_group}/{name}", lambda: self._change(resource_group, name, moved))

    def stop_group(self, resource_group: str, name: str) -> None:
        self._do("stop_group", f"{resource_group}/{name}", lambda: self._change(resource_group, name, stopped))

    def restart_group(self, resource_group: str, name: str) -> None:
        self._do("restart_group", f"{resource_group}/{name}", lambda: self._change(resource_group, name, running))

    def operation(self, url: str) -> OperationStatus:
        resource_group, _, name = url.rpartition("/operations/")[2].partition("/")

        def act() -> OperationStatus:
            state = self._shown(resource_group, name)
            events = tuple(event for container in state.containers for event in container.events)
            return OperationStatus(status=state.provisioning_state or "Pending", events=(*state.events, *events))

        return self._do("operation", f"{resource_group}/{name}", act)

    def logs(
        self, resource_group: str, group: str, container: str, *, tail: int | None = None, timestamps: bool = False
    ) -> str:
        del timestamps

        def act() -> str:
            self._must_have(resource_group, group)
            lines = self.printed[group, container].splitlines(keepends=True)
            return "".join(lines[-tail:] if tail else lines)

        return self._do("logs", f"{resource_group}/{group}/{container}", act)

    def exec(
        self, resource_group: str, group: str, container: str, command: str, *, rows: int = 24, columns: int = 80
    ) -> ExecSession:
        del rows, columns

        def act() -> ExecSession:
            self._must_have(resource_group, group)
            return ExecSession(uri="ws://192.0.2.1/exec", password="opens", path=f"{group}/{container}: {command}")

        return self._do("exec", f"{resource_group}/{group}/{container}", act)

    def run_exec(self, session: ExecSession, *, timeout: float = 60.0) -> ExecResult:
        del timeout
        return self._do("run_exec", session.path, lambda: ExecResult(self.exec_output))

    def provider_state(self) -> str:
        return self._do("provider_state", "", lambda: "Registered" if self.registered else "NotRegistered")

    def grants(self, resource_group: str | None = None) -> list[Grant]:
        return self._do("grants", resource_group or "", lambda: self.granted)

    def creations_left(self) -> int | None:
        """Nothing is known."""
        return None

    def server_time(self) -> datetime | None:
        return self._now() if self.calls else None

    def _do(self, verb: str, target: str, act: Callable[[], T]) -> T:
        with self._lock:
            self.calls.append(Call(verb, target))
            failure = next((failure for failure in self._failures if failure.concerns(verb, target)), None)
            if failure is None:
                return act()
            failure.times -= 1
            if failure.after:
                act()
            raise failure.error

    def _store_resource_group(self, name: str, location: str, tags: Mapping[str, str]) -> ResourceGroup:
        group = ResourceGroup(
            name=name,
            id=f"{_SUBSCRIPTION}/resourceGroups/{name}",
            location=location,
            tags=dict(tags),
            provisioning_state="Succeeded",
        )
        self.resource_groups[name] = group
        return group

    def _store_group(self, resource_group: str, name: str, document: Mapping[str, Any]) -> None:
        path = f"{_SUBSCRIPTION}/resourceGroups/{resource_group}/providers/Microsoft.ContainerInstance/containerGroups"
        self.groups[resource_group, name] = {**json.loads(json.dumps(document)), "id": f"{path}/{name}", "name": name}
        self._looks[resource_group, name] = 0

    def _must_have(self, resource_group: str, group: str | None = None) -> None:
        if resource_group not in self.resource_groups:
            message = f"Resource group '{resource_group}' could not be found."
            raise refusal(doing=f"find {resource_group}", code="ResourceGroupNotFound", message=message, status=404)
        if group is not None and (resource_group, group) not in self.groups:
            message = f"The Resource '{group}' under resource group '{resource_group}' was not found."
            raise refusal(doing=f"find {group}", code="ResourceNotFound", message=message, status=404)

    def _look(self, resource_group: str, name: str) -> GroupState:
        """Show the group, and let the next look show the next step."""
        state = self._shown(resource_group, name)
        self._looks[resource_group, name] += 1
        return state

    def _shown(self, resource_group: str, name: str) -> GroupState:
        self._must_have(resource_group, name)
        document = copy.deepcopy(self.groups[resource_group, name])
        start = max((start for start in self._scripts if name.startswith(start)), key=len)
        steps = self._scripts[start]
        steps[min(self._looks[resource_group, name], len(steps) - 1)](document)
        return group_state(ContainerGroup.deserialize(document))

    def _change(self, resource_group: str, name: str, step: Step) -> None:
        self._must_have(resource_group, name)
        self._scripts[name] = [step]


@dataclass(slots=True)
class _Failure:
    verb: str
    error: Exception
    times: int
    after: bool
    target: str

    def concerns(self, verb: str, target: str) -> bool:
        return self.times > 0 and self.verb == verb and self.target in target


def _without_view(state: GroupState) -> GroupState:
    """A group as `list` shows it: ACI leaves the instance views out."""
    model = copy.deepcopy(state.model)
    model.instance_view = None
    for container in (*model.containers, *(model.init_containers or ())):
        container.instance_view = None
    return group_state(model)


def _show(document: dict[str, Any], provisioning: str, state: str, view: Mapping[str, Any] | None) -> None:
    properties = document["properties"]
    properties["provisioningState"] = provisioning
    properties["instanceView"] = {"events": [], "state": state}
    for container in properties.get("containers", ()):
        if view is not None:
            container["properties"]["instanceView"] = {"restartCount": 0, **view}


def pending(document: dict[str, Any]) -> None:
    """Accepted: no container is known yet, and no address."""
    _show(document, "Pending", "Pending", None)


def creating(document: dict[str, Any]) -> None:
    """Being set up: the containers wait."""
    _show(document, "Creating", "Pending", {"currentState": {"state": "Waiting", "detailStatus": ""}})


def running(document: dict[str, Any]) -> None:
    """Up: every container runs, and the group has an address if it opens ports."""
    started = {"state": "Running", "startTime": "2026-01-01T00:00:00Z", "detailStatus": ""}
    _show(
        document, "Succeeded", "Running", {"currentState": started, "events": [_event("Started", "Started container")]}
    )
    _give_address(document)


def running_without_address(document: dict[str, Any]) -> None:
    """Up, but the address that ACI promised is not shown yet."""
    running(document)
    document["properties"].get("ipAddress", {}).pop("ip", None)


def moved(document: dict[str, Any]) -> None:
    """Every container is running again, at another address."""
    if address := document["properties"].get("ipAddress"):
        address["ip"] = "192.0.2.2"
    running(document)


def terminated(exit_code: int = 0) -> Step:
    """Every container has ended with *exit_code*."""

    def step(document: dict[str, Any]) -> None:
        detail = "Error" if exit_code else "Completed"
        ended = {
            "state": "Terminated",
            "startTime": "2026-01-01T00:00:00Z",
            "finishTime": "2026-01-01T00:00:02Z",
            "exitCode": exit_code,
            "detailStatus": detail,
        }
        _show(document, "Succeeded", "Failed" if exit_code else "Succeeded", {"currentState": ended})
        _give_address(document)

    return step


def crash_looping(restarts: int, exit_code: int = 1) -> Step:
    """Every container ends again and again, and waits to be started anew."""

    def step(document: dict[str, Any]) -> None:
        view = {
            "restartCount": restarts,
            "currentState": {"state": "Waiting", "detailStatus": "CrashLoopBackOff: Back-off restarting failed"},
            "previousState": {"state": "Terminated", "exitCode": exit_code, "detailStatus": "Error"},
            "events": [_event("BackOff", "Back-off restarting failed container", type="Warning", count=restarts)],
        }
        _show(document, "Succeeded", "Running", view)
        _give_address(document)

    return step


def failed(event: str = "InsufficientCapacity.", message: str = "no room") -> Step:
    """The deployment was accepted and failed later, for the reason in a group event."""

    def step(document: dict[str, Any]) -> None:
        _show(document, "Failed", "Pending", {"currentState": {"state": "Waiting", "detailStatus": ""}})
        document["properties"]["instanceView"]["events"] = [_event(event, message, type="Warning")]

    return step


def failing_pulls(count: int, message: str = 'Failed to pull image "x": not found') -> Step:
    """The image can not be pulled, and ACI goes on trying."""

    def step(document: dict[str, Any]) -> None:
        waiting = {"state": "Waiting", "detailStatus": "ErrImagePull"}
        events = [_event("Failed", message, type="Warning", count=count)]
        _show(document, "Creating", "Pending", {"currentState": waiting, "events": events})

    return step


def stopped(document: dict[str, Any]) -> None:
    """Stopped by its owner: the containers have ended without exit code, and the address is gone."""
    detail = "Container stopped per client request"
    _show(document, "Succeeded", "Stopped", {"currentState": {"state": "Terminated", "detailStatus": detail}})
    document["properties"].get("ipAddress", {}).pop("ip", None)


def _event(name: str, message: str, *, type: str = "Normal", count: int = 1) -> dict[str, Any]:  # noqa: A002 # ARM's key
    moment = "2026-01-01T00:00:00Z"
    return {
        "count": count,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "name": name,
        "message": message,
        "type": type,
    }


def _give_address(document: dict[str, Any]) -> None:
    address = document["properties"].get("ipAddress")
    if address is not None:
        address.setdefault("ip", "192.0.2.1")
        if address.get("dnsNameLabel"):
            address["fqdn"] = f"{address['dnsNameLabel']}.{document.get('location')}.azurecontainer.io"

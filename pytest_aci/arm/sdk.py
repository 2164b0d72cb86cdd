# ruff: noqa: D102 # the protocol says what each call gives
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

from pytest_aci.arm import states
from pytest_aci.arm.control_plane import ExecResult, ExecSession, Grant, OperationStatus, PutAnswer
from pytest_aci.arm.explain import EXPLAINED, documents, explain
from pytest_aci.arm.failures import CORRELATION
from pytest_aci.arm.policies import BoundedRetry, CreationsLeft, Paced, ServerClock
from pytest_aci.errors import ControlPlaneError, Policy, UnsafeEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from azure.core.pipeline import PipelineResponse
    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    from pytest_aci.arm.connection import Connection
    from pytest_aci.arm.control_plane import GroupState, Resource, ResourceGroup

T = TypeVar("T")

NAMESPACE = "Microsoft.ContainerInstance"
API_VERSION, AUTHORIZATION_VERSION = "2023-05-01", "2022-04-01"
OPERATION = "Azure-AsyncOperation"
PORTS = {"http": ":80", "https": ":443"}
_OK = 200
_ABSENT = 204
_ACCEPTED = 202
_CREATED = 201


@dataclass(slots=True)
class _Noted:
    """Status and headers of an answer: what the SDK knows and does not return."""

    status: int = 0
    operation_url: str | None = None

    def __call__(self, response: PipelineResponse[Any, Any]) -> None:
        answer = response.http_response
        self.status = answer.status_code
        self.operation_url = answer.headers.get(OPERATION) or answer.headers.get("Location")


class SdkControlPlane:
    """A `ControlPlane` that asks through the Azure SDK, one request per call, from any thread.

    Reads and deletions are repeated a few times when they fail on the way; a PUT never is, because a second one
    would answer 200 and look as if the name had been taken. Each read waits until *before_read* returns.
    """

    def __init__(self, connection: Connection, *, before_read: Callable[[], None] = lambda: None) -> None:
        self._connection = connection
        self._pace = Paced(before_read)
        self._clock = ServerClock()
        self._creations = CreationsLeft()

    @cached_property
    def _containers(self) -> ContainerInstanceManagementClient:
        return self._connection.container_client(**self._policies())

    @cached_property
    def _resources(self) -> ResourceManagementClient:
        return self._connection.resource_client(**self._policies())

    def _policies(self) -> dict[str, Any]:
        return {"retry_policy": BoundedRetry(), "per_call_policies": [self._clock, self._creations, self._pace]}

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        for name in ("_containers", "_resources"):
            client = vars(self).pop(name, None)
            if client is not None:
                client.close()

    def put_resource_group(self, name: str, location: str, tags: Mapping[str, str]) -> PutAnswer[ResourceGroup]:
        from azure.mgmt.resource.resources import models  # noqa: PLC0415 # the client loads it anyway

        noted = _Noted()
        wanted = models.ResourceGroup(location=location, tags=dict(tags))

        def ask() -> PutAnswer[ResourceGroup]:
            model = self._resources.resource_groups.create_or_update(name, wanted, raw_response_hook=noted)
            return PutAnswer(noted.status == _CREATED, noted.operation_url, states.resource_group(model))

        return self._ask(f"create resource group {name!r}", ask)

    def get_resource_group(self, name: str) -> ResourceGroup | None:
        def ask() -> ResourceGroup:
            return states.resource_group(self._resources.resource_groups.get(name))

        return self._find(f"get resource group {name!r}", ask)

    def tag_resource_group(self, name: str, tags: Mapping[str, str]) -> None:
        from azure.mgmt.resource.resources import models  # noqa: PLC0415 # the client loads it anyway

        wanted = models.ResourceGroupPatchable(tags=dict(tags))
        self._ask(f"tag resource group {name!r}", lambda: self._resources.resource_groups.update(name, wanted))

    def delete_resource_group(self, name: str) -> bool:
        noted = _Noted()

        def ask() -> bool:
            self._resources.resource_groups.begin_delete(name, polling=False, raw_response_hook=noted)
            return noted.status != _ABSENT

        return self._remove(f"delete resource group {name!r}", ask)

    def list_resource_groups(self) -> list[ResourceGroup]:
        def ask() -> list[ResourceGroup]:
            return [states.resource_group(model) for model in self._resources.resource_groups.list()]

        return self._ask("list the resource groups", ask, reading=True)

    def list_resources(self, resource_group: str) -> list[Resource]:
        def ask() -> list[Resource]:
            return [states.resource(one) for one in self._resources.resources.list_by_resource_group(resource_group)]

        return self._ask(f"list what is in resource group {resource_group!r}", ask, reading=True)

    def put_group(self, resource_group: str, name: str, document: Mapping[str, Any]) -> PutAnswer[GroupState]:
        from azure.mgmt.containerinstance import models  # noqa: PLC0415 # the client loads it anyway

        url = f"{self._connection.base_url}{self._groups(resource_group)}/{name}?api-version={API_VERSION}"
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        body = json.dumps(document).encode()

        def ask() -> PutAnswer[GroupState]:
            # The SDK's operation makes the models of the answer twice, which is felt when 64 groups start at once.
            answer = self._send(HttpRequest("PUT", url, headers=headers, content=body))
            if answer.status_code not in (_OK, _CREATED):
                raise HttpResponseError(response=answer)
            with documents():
                state = states.group_state(models.ContainerGroup.deserialize(answer.json()))
            is_new, told = answer.status_code == _CREATED, answer.headers
            return PutAnswer(is_new, told.get(OPERATION), state, told.get(CORRELATION))

        return self._ask(f"create container group {name!r}", ask)

    def get_group(self, resource_group: str, name: str) -> GroupState | None:
        def ask() -> GroupState:
            return states.group_state(self._containers.container_groups.get(resource_group, name))

        return self._find(f"get container group {name!r}", ask)

    def list_groups(self, resource_group: str) -> list[GroupState]:
        def ask() -> list[GroupState]:
            models = self._containers.container_groups.list_by_resource_group(resource_group)
            return [states.group_state(model) for model in models]

        return self._ask(f"list the container groups of {resource_group!r}", ask, reading=True)

    def deployments(self, resource_group: str) -> dict[str, str]:
        first = f"{self._groups(resource_group)}?api-version={API_VERSION}"

        def ask() -> dict[str, str]:
            found: dict[str, str] = {}
            url: str | None = first
            while url:  # the SDK would make models of all of it, which takes a millisecond for each group
                answer = self._read(url)
                with documents():
                    page = answer.json()
                    found |= {one["name"]: one["properties"].get("provisioningState", "") for one in page["value"]}
                    url = page.get("nextLink")
            return found

        return self._ask(f"list the container groups of {resource_group!r}", ask, reading=True)

    def delete_group(self, resource_group: str, name: str) -> bool:
        noted = _Noted()

        def ask() -> bool:
            self._containers.container_groups.begin_delete(resource_group, name, polling=False, raw_response_hook=noted)
            return noted.status != _ABSENT

        return self._remove(f"delete container group {name!r}", ask)

    def start_group(self, resource_group: str, name: str) -> None:
        groups = self._containers.container_groups
        self._ask(f"start container group {name!r}", lambda: groups.begin_start(resource_group, name, polling=False))

    def stop_group(self, resource_group: str, name: str) -> None:
        groups = self._containers.container_groups
        self._ask(f"stop container group {name!r}", lambda: groups.stop(resource_group, name))

    def restart_group(self, resource_group: str, name: str) -> None:
        groups = self._containers.container_groups
        self._ask(
            f"restart container group {name!r}", lambda: groups.begin_restart(resource_group, name, polling=False)
        )

    def operation(self, url: str) -> OperationStatus:
        def ask() -> OperationStatus:
            answer = self._read(url)
            if not answer.content:  # what the deletion of a resource group answers
                return OperationStatus("InProgress" if answer.status_code == _ACCEPTED else "Succeeded")
            with documents():
                return states.operation_status(answer.json())

        return self._ask("look how the operation goes", ask, reading=True)

    def logs(
        self, resource_group: str, group: str, container: str, *, tail: int | None = None, timestamps: bool = False
    ) -> str:
        options: dict[str, Any] = {"tail": tail} if tail is not None else {}
        if timestamps:
            options["timestamps"] = True

        def ask() -> str:
            return self._containers.containers.list_logs(resource_group, group, container, **options).content or ""

        return self._ask(f"read the log of container {container!r} in {group!r}", ask, reading=True)

    def exec(
        self, resource_group: str, group: str, container: str, command: str, *, rows: int = 24, columns: int = 80
    ) -> ExecSession:
        from azure.mgmt.containerinstance import models  # noqa: PLC0415 # the client loads it anyway

        size = models.ContainerExecRequestTerminalSize(rows=rows, cols=columns)
        request = models.ContainerExecRequest(command=command, terminal_size=size)
        path = f"{self._groups(resource_group)}/{group}/containers/{container}/exec"

        def ask() -> ExecSession:
            answer = self._containers.containers.execute_command(resource_group, group, container, request)
            return ExecSession(uri=answer.web_socket_uri or "", password=answer.password or "", path=path)

        return self._ask(f"run {command!r} in container {container!r} of {group!r}", ask)

    def run_exec(self, session: ExecSession, *, timeout: float = 60.0) -> ExecResult:
        from pytest_aci.arm.terminal import Terminal  # noqa: PLC0415 # few tests look inside a container

        return Terminal(self._connection).read(session, timeout=timeout)

    def provider_state(self) -> str:
        def ask() -> str:
            return self._resources.providers.get(NAMESPACE).registration_state or "Unknown"

        return self._ask(f"look at the resource provider {NAMESPACE}", ask, reading=True)

    def grants(self, resource_group: str | None = None) -> list[Grant]:
        scope = f"/subscriptions/{self._connection.subscription_id}"
        scope += f"/resourcegroups/{resource_group}" if resource_group else ""
        path = f"{scope}/providers/Microsoft.Authorization/permissions?api-version={AUTHORIZATION_VERSION}"

        def ask() -> list[Grant]:
            answer = self._read(path)
            with documents():
                found = answer.json()["value"]
                return [Grant(tuple(one["actions"]), tuple(one.get("notActions") or ())) for one in found]

        return self._ask("look what the credential may do", ask, reading=True)

    def server_time(self) -> datetime | None:
        return self._clock.moment

    def creations_left(self) -> int | None:
        return self._creations.count

    def _read(self, url: str) -> Any:
        """Get a URL that ARM has handed out, or the path of one; never another host's.

        Raises:
            UnsafeEndpoint: It is another host's.
        """
        absolute = urljoin(f"{self._connection.base_url}/", url)
        if _origin(absolute) != _origin(self._connection.base_url):
            reason = f"an operation is asked about at {self._connection.host} only"
            raise UnsafeEndpoint(url=absolute.partition("?")[0], reason=reason)
        return self._send(HttpRequest("GET", absolute))

    def _send(self, request: HttpRequest) -> Any:
        answer = self._resources.send_request(request)  # the client for containers has no public way to ask a URL
        answer.raise_for_status()
        return answer

    def _groups(self, resource_group: str) -> str:
        """The path of the container groups in a resource group."""
        place = f"/subscriptions/{self._connection.subscription_id}/resourceGroups/{resource_group}"
        return f"{place}/providers/{NAMESPACE}/containerGroups"

    def _find(self, doing: str, ask: Callable[[], T]) -> T | None:
        """Ask for something that may not be there. An unknown subscription is a 404 too, and an error all the same."""
        try:
            return self._ask(doing, ask, reading=True)
        except ControlPlaneError as problem:
            if problem.is_absence:
                return None
            raise

    def _remove(self, doing: str, ask: Callable[[], bool]) -> bool:
        try:
            return self._ask(doing, ask, deleting=True)
        except ControlPlaneError as problem:
            if problem.is_absence:
                return False
            if problem.policy is Policy.GONE:  # on its way out already
                return True
            raise

    def _ask(self, doing: str, ask: Callable[[], T], *, reading: bool = False, deleting: bool = False) -> T:
        """Make one call; a token that has just expired is renewed once, which the SDK does when it is asked again."""
        for is_last in (False, True):
            try:
                return ask()
            except EXPLAINED as problem:
                host = self._connection.host
                error = explain(problem, doing=doing, host=host, reading=reading, deleting=deleting)
            if is_last or error.failure != "token-expired" or error.status is None:
                break
        raise error


def _origin(url: str) -> tuple[str, str]:
    """Where a URL leads: scheme, and host with port, unless the port goes without saying."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower().removesuffix(PORTS.get(parts.scheme, ""))

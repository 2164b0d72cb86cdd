"""One request on its way through the emulator, and the row of the route table that it met."""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .answers import Answer
from .content import read_object
from .errors import ArmError
from .records import CONTAINER_GROUP_TYPE
from .scripts import NATURAL, Script

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .cloud import Cloud
    from .configuration import Configuration
    from .records import ContainerGroup, ResourceGroup
    from .shapes import Shape

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)

DIGITS = len(str(2**31))

Handler = Callable[["Call"], Awaitable[Answer]]

# Who answers a route, which decides its api-versions and its request ids.
CONTAINERS, RESOURCES, SUBSCRIPTIONS, OPEN, OWN = "containers", "resources", "subscriptions", "open", "own"


@dataclass(frozen=True, slots=True)
class Route:
    """One row: a method and a path template lead to a handler. *operation* is the name in Azure's specification."""

    method: str
    template: str
    operation: str
    handler: Handler
    provider: str = CONTAINERS
    steps: tuple[str, ...] = field(init=False)
    """The template's segments; `{name}` takes one segment of any content."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.template.strip("/").split("/")))


@dataclass(slots=True)
class Call:
    """A request with everything that a handler needs.

    Attributes:
        base: Scheme and host as the client spelled them, for the URLs in answers.
        query: The query by lower-case names.
        provider: Who answers, as the route says.
        request: The id that the one who answers gives the request.
        parameters: What the route's template took from the path.
        version: The api-version, checked.
        script: How a fault rule wants the transition or deletion to go.
        hidden: Shell patterns of the group names that this request must not see.
        token_seconds: The life of the token that a fault rule wants.
    """

    cloud: Cloud
    method: str
    path: str
    base: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    moment: datetime
    correlation: str
    operation: str = ""
    provider: str = ""
    request: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    version: str = ""
    script: Script = NATURAL
    hidden: tuple[str, ...] = ()
    token_seconds: float | None = None

    @property
    def configuration(self) -> Configuration:
        """The emulator's."""
        return self.cloud.configuration

    @property
    def subscription(self) -> str:
        """The subscription in the path, checked by `check_subscription`."""
        return self.parameters["subscription"].lower()

    def check_subscription(self) -> None:
        """Refuse a subscription that is malformed or does not exist."""
        given = self.parameters.get("subscription")
        if given is None:
            return
        if not GUID.fullmatch(given):
            raise ArmError("InvalidSubscriptionId", subscription=given)
        if given.lower() not in self.configuration.subscriptions:
            raise ArmError("SubscriptionNotFound", subscription=given)

    def read(self, shape: Shape) -> Any:
        """The body as *shape* reads it."""
        return shape.read(read_object(self.body), "")

    def resource_group(self) -> ResourceGroup:
        """The resource group in the path, or 404."""
        name = self.parameters["resource_group"]
        found = self.cloud.store.resource_group(self.subscription, name)
        if found is None:
            raise ArmError("ResourceGroupNotFound", group=name)
        return found

    def group(self) -> ContainerGroup:
        """The container group in the path, or 404."""
        resource_group = self.resource_group()
        name = self.parameters["group"]
        found = self.cloud.store.group(self.subscription, resource_group.name, name)
        if found is None and "container" in self.parameters:
            raise ArmError("ParentResourceNotFound", parent=name)
        if found is None:
            raise not_found(resource_group.name, name)
        return found

    def container(self, group: ContainerGroup) -> str:
        """The name of the container in the path, or 404. Init containers have logs, too."""
        name = self.parameters["container"]
        for each in [*group.containers, *group.init_containers]:
            if each["name"].lower() == name.lower():
                return str(each["name"])
        raise ArmError("ContainerNotFound", container=name, group=group.name)

    def poll_headers(self, *, seconds: int | None = None) -> dict[str, str]:
        """How long a client should wait before it asks again; *seconds* is what Azure says, if it says anything."""
        if self.configuration.retry_after_ms is not None:
            # No Retry-After beside it: the SDK prefers that one, and takes 0 for 30 s.
            return {"retry-after-ms": str(self.configuration.retry_after_ms)}
        return {} if seconds is None else {"Retry-After": str(seconds)}

    def page(self, rows: list[dict[str, Any]]) -> Answer:
        """A list in the order of ids, cut into pages that go on behind `nextLink`.

        A page goes on behind the last entry of the one before, whatever has come or gone meanwhile.
        """
        token = self.query.get("$skiptoken")
        rows = sorted(rows, key=_place)
        if token is not None:
            rows = rows[bisect_right(rows, _read(token), key=_place) :]
        size = self.configuration.page_size
        top = whole(self.query.get("$top", ""))
        if top is not None and 0 < top < size:
            size = top
        body: dict[str, Any] = {"value": rows[:size]}
        if size < len(rows):
            token = base64.urlsafe_b64encode(_place(rows[size - 1]).encode()).decode()
            query = urlencode({"api-version": self.version} | _kept(self.query) | {"$skiptoken": token})
            body["nextLink"] = f"{self.base}{self.path}?{query}"
        return Answer(200, body)


def not_found(resource_group: str, name: str) -> ArmError:
    """The 404 of a container group."""
    return ArmError("ResourceNotFound", type=CONTAINER_GROUP_TYPE, name=name, group=resource_group)


def refuse_if_deleting(group: ResourceGroup) -> None:
    """Refuse to change a resource group, or anything in it, that is being deleted."""
    if group.provisioning_state == "Deleting":
        raise ArmError("ResourceGroupBeingDeleted", group=group.name)


def whole(text: str) -> int | None:
    """The number that a query gives, `None` for what is none or does not fit an Int32."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < DIGITS else None


def _kept(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name in ("$filter", "$top")}


def _place(row: Mapping[str, Any]) -> str:
    """Where an entry stands in its list."""
    return str(row["id"]).lower()


def _read(token: str) -> str:
    """The place that a token stands for, which is an id."""
    try:
        place = base64.urlsafe_b64decode(token.encode() + b"==").decode()
    except ValueError:
        place = ""
    if not place.startswith("/"):
        raise ArmError("InvalidSkipToken", token=token)
    return place

"""From what the SDK deserialised to plain values: the only place that knows the attributes of its models."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from pytest_aci.arm.control_plane import (
    ContainerState,
    Event,
    GroupState,
    OperationStatus,
    Resource,
    ResourceGroup,
    Subscription,
)
from pytest_aci.spec.values import Port

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def resource_group(model: Any) -> ResourceGroup:
    """A resource group from the SDK's model of it."""
    return ResourceGroup(
        name=model.name,
        id=model.id,
        location=model.location,
        tags=dict(model.tags or {}),
        provisioning_state=model.properties.provisioning_state if model.properties else None,
        managed_by=model.managed_by,
    )


def resource(model: Any) -> Resource:
    """A resource of any type from the SDK's generic model."""
    return Resource(id=model.id, type=model.type, name=model.name, tags=dict(model.tags or {}))


def subscription(document: Mapping[str, Any]) -> Subscription:
    """A subscription from one entry of ARM's list."""
    return Subscription(
        id=document["subscriptionId"],
        name=document.get("displayName") or document["subscriptionId"],
        tenant_id=document.get("tenantId"),
        state=document.get("state") or "Enabled",
    )


def group_state(model: Any) -> GroupState:
    """A container group from the SDK's `ContainerGroup`, which comes along."""
    view = model.instance_view
    address = model.ip_address
    return GroupState(
        name=model.name or "",
        id=model.id or "",
        location=model.location or "",
        tags=dict(model.tags or {}),
        provisioning_state=model.provisioning_state,
        state=view.state if view else None,
        ip=address.ip if address else None,
        fqdn=address.fqdn if address else None,
        ports=tuple(_port(port) for port in address.ports or ()) if address else (),
        containers=tuple(_container(container) for container in model.containers or ()),
        init_containers=tuple(_container(container) for container in model.init_containers or ()),
        events=_events(view.events if view else None),
        model=model,
    )


def operation_status(document: Mapping[str, Any]) -> OperationStatus:
    """The state of an operation from the body of its status URL.

    A failure's reason stands in `error`, or only in an event's name, such as `InsufficientCapacity.`
    """
    error = document.get("error") or {}
    events = (document.get("properties") or {}).get("events") or ()
    return OperationStatus(
        status=str(document.get("status") or "Unknown"),
        code=error.get("code"),
        message=error.get("message"),
        events=tuple(
            Event(
                name=event.get("name", ""),
                message=event.get("message", ""),
                type=event.get("type", ""),
                count=event.get("count", 1),
                first=_moment(event.get("firstTimestamp")),
                last=_moment(event.get("lastTimestamp")),
            )
            for event in events
        ),
    )


def _container(model: Any) -> ContainerState:
    view = model.instance_view
    if view is None:
        return ContainerState(name=model.name, image=model.image or "")
    return _seen(
        view.current_state,
        name=model.name,
        image=model.image or "",
        restart_count=view.restart_count or 0,
        previous=_seen(view.previous_state, name=model.name, image=model.image or "") if view.previous_state else None,
        events=_events(view.events),
    )


def _seen(model: Any, **known: Any) -> ContainerState:
    """One state of a container: ACI may show a view which holds events and no state yet."""
    if model is None:
        return ContainerState(**known)
    return ContainerState(
        **known,
        state=model.state,
        detail=model.detail_status or None,
        exit_code=model.exit_code,
        start_time=model.start_time,
        finish_time=model.finish_time,
    )


def _events(models: Iterable[Any] | None) -> tuple[Event, ...]:
    """Oldest first: ACI lists equal moments in any order, and a standby pool lists all in any order."""
    events = [
        Event(
            name=model.name or "",
            message=model.message or "",
            type=model.type or "",
            count=model.count or 1,
            first=model.first_timestamp,
            last=model.last_timestamp,
        )
        for model in models or ()
    ]
    return tuple(sorted(events, key=lambda event: event.last.timestamp() if event.last else 0.0))


def _port(model: Any) -> Port:
    return Port(model.port, cast('Literal["TCP", "UDP"]', str(model.protocol or "TCP").upper()))


def _moment(text: str | None) -> datetime | None:
    """ARM prints up to seven digits of a second; Python reads at most six."""
    if not text:
        return None
    whole, dot, rest = text.partition(".")
    digits = rest.rstrip("Zz")
    return datetime.fromisoformat(f"{whole.rstrip('Zz')}{dot}{digits[:6].ljust(6, '0') if dot else ''}+00:00")

"""The facts of a request that an error's sentence may need, read without judging the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .content import read_json
from .errors import ArmError
from .identity import OBJECT_ID
from .regions import known, normalised
from .timestamps import ticks

if TYPE_CHECKING:
    from .calls import Call

REGISTRY = "index.docker.io"
"""The registry that an image comes from if its name does not say."""


def location(call: Call) -> str:
    """The normalised location in the request's body; empty if there is none."""
    return normalised(str(_part(_asked(call), "location", "")))


def region(call: Call) -> str:
    """Where the provider answers: in the location that the request names, the group's, else the emulator's own."""
    names = (call.parameters.get(name, "") for name in ("subscription", "resource_group", "group"))
    group = call.cloud.store.group(*names)
    named = (location(call), call.parameters.get("location", ""), group.location if group else "")
    return next((each for each in named if known(each)), call.configuration.region)


def of(call: Call) -> dict[str, object]:
    """Every placeholder that a row of the error table has and a request can fill."""
    asked = _asked(call)
    properties = _part(asked, "properties", {})
    containers = [each for each in _part(properties, "containers", []) if isinstance(each, dict)]
    cpu, memory = (f"{sum(_amount(each, what) for each in containers):g}" for what in ("cpu", "memoryInGB"))
    moment = ticks(call.moment)
    return {
        "location": location(call),
        "cpu": cpu,
        "memory": memory,
        "os": _part(properties, "osType", "Linux"),
        "group": call.parameters.get("group") or call.parameters.get("resource_group", ""),
        "name": call.parameters.get("group", ""),
        "container": call.parameters.get("container", ""),
        "label": _part(_part(properties, "ipAddress", {}), "dnsNameLabel", ""),
        "image": next((_part(_part(each, "properties", {}), "image", "") for each in containers), ""),
        "registry": REGISTRY,
        "subscription": call.parameters.get("subscription", ""),
        "scope": call.path,
        "action": f"Microsoft.ContainerInstance/{call.operation.replace('_', '/')}",
        "namespace": "Microsoft.ContainerInstance",
        "client": OBJECT_ID,
        "quota": "StandardCores",
        "limit": "10",
        "usage": "10",
        "requested": cpu,
        "interval": "00:05:00",
        "seconds": "1",
        "now": moment,
        "expiry": moment,
        "request": call.request,
        "correlation": call.correlation,
        "challenge": f'Bearer authorization_uri="{call.base}/{call.configuration.tenant}", error="invalid_token", '
        'error_description="The access token has expired."',
    }


def _asked(call: Call) -> Any:
    if not call.body:
        return {}
    try:
        return read_json(call.body)
    except ArmError:
        return {}


def _part(value: Any, name: str, default: Any) -> Any:
    """A property of the same type as its default; the default for anything else."""
    found = value.get(name, default) if isinstance(value, dict) else default
    return found if isinstance(found, type(default)) else default


def _amount(container: Any, what: str) -> float:
    requests = _part(_part(_part(container, "properties", {}), "resources", {}), "requests", {})
    found = requests.get(what, 0)
    return float(found) if isinstance(found, (int, float)) else 0.0

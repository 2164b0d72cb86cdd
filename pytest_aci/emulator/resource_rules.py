"""What Azure refuses about the CPU, memory and GPUs that a container group asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ArmError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_CPU, MAX_MEMORY = 4.0, 16.0
"""Cores and GB that all containers of a group may have together."""

AMOUNTS = (("cpu", 0.01, MAX_CPU), ("memoryInGB", 0.1, MAX_MEMORY))
TOLERANCE = 1e-6
"""What binary fractions need."""
GPUS = ("K80", "P100", "V100")


def check_resources(group: str, containers: list[dict[str, Any]]) -> None:
    """Every rule about `resources`: of each container, then of all together."""
    together = dict.fromkeys((what for what, *_ in AMOUNTS), 0.0)
    for container in containers:
        name, resources = container["name"], container["properties"].get("resources", {})
        requests = resources.get("requests", {})
        if "cpu" not in requests or "memoryInGB" not in requests:
            raise ArmError("ResourceRequestsNotSpecified", container=name, group=group)
        _check(group, name, requests, {})
        _check(group, name, resources.get("limits", {}), requests)
        for what, _, most in AMOUNTS:
            together[what] += requests[what]
            if together[what] > most + TOLERANCE:
                rule = f"All containers of a group together can have at most {most:g}."
                raise _refused(group, name, what, requests[what], rule)


def _check(group: str, container: str, asked: Mapping[str, Any], requests: Mapping[str, Any]) -> None:
    """Refuse requests, or limits below *requests*."""
    for what, step, most in AMOUNTS:
        if what not in asked:
            continue
        value, least, rule = asked[what], max(step, requests.get(what, 0)), ""
        if value < least:
            rule = f"It must be at least {least:g}."
        elif value > most:
            rule = f"It must be at most {most:g}."
        elif abs(value / step - round(value / step)) > TOLERANCE:
            rule = f"It must be a multiple of {step}."
        if rule:
            raise _refused(group, container, what, value, rule)
    gpu = asked.get("gpu")
    if gpu is not None and gpu.get("sku") not in GPUS:
        raise _refused(group, container, "gpu sku", gpu.get("sku", ""), f"It must be one of {', '.join(GPUS)}.")
    if gpu is not None and gpu.get("count", 0) < 1:
        raise _refused(group, container, "gpu count", gpu.get("count", 0), "It must be at least 1.")


def _refused(group: str, container: str, what: str, value: object, rule: str) -> ArmError:
    return ArmError("InvalidResourceRequests", value=value, what=what, container=container, group=group, rule=rule)

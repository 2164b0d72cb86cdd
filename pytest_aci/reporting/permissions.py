from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_aci.provisioning.preflight import GROUPS, RESOURCE_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_aci.arm.control_plane import Grant

VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}

ALWAYS = (
    f"{GROUPS}/containers/logs/read",
    f"{GROUPS}/delete",
    f"{GROUPS}/read",
    f"{GROUPS}/write",
    "Microsoft.Authorization/permissions/read",
    "Microsoft.ContainerInstance/locations/operations/read",
    f"{RESOURCE_GROUPS}/delete",
    f"{RESOURCE_GROUPS}/read",
    f"{RESOURCE_GROUPS}/resources/read",
    f"{RESOURCE_GROUPS}/write",
    "Microsoft.Resources/subscriptions/providers/read",
    "Microsoft.Resources/subscriptions/read",
)
"""What a run asks for itself, whatever its tests do: creating, watching, reading logs after a failure, cleaning up."""

# What Azure checks besides, when a document that is put refers to something: the key, and the action.
REFERENCES = {
    "subnetIds": "Microsoft.Network/virtualNetworks/subnets/join/action",
    "userAssignedIdentities": "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
}


def action_of(method: str, url: str) -> str | None:
    """Return the action that Azure checks for a request to ARM, or None for one that needs none.

    By the rule of Azure's role definitions: the provider, the types of its path without the names, and the verb.
    """
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if method not in VERBS or not parts or parts[0].lower() != "subscriptions":
        return None
    provider, types = _resource(parts)
    if method == "POST" and types:
        types[-1] += "/action"
        return "/".join([provider, *types])
    return "/".join([provider, *types, VERBS[method]])


def actions_of(requests: Iterable[tuple[str, str, bytes]]) -> list[str]:
    """Return the sorted actions that requests need: method, URL and body each."""
    found: set[str] = set()
    for method, url, body in requests:
        action = action_of(method, url)
        if action:
            found.add(action)
            named = (needed for key, needed in REFERENCES.items() if f'"{key}"'.encode() in body)
            found.update(named if method == "PUT" else ())
    return sorted(found, key=str.lower)


def role(actions: Iterable[str], *, name: str, subscription: str) -> dict[str, Any]:
    """Return a custom role as `az role definition create --role-definition` reads it."""
    return {
        "Name": name,
        "IsCustom": True,
        "Description": "What the tests that pytest-aci has recorded need, and what it needs to clean up after them.",
        "Actions": sorted({*actions}, key=str.lower),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [f"/subscriptions/{subscription}"],
    }


def to_text(document: dict[str, Any]) -> str:
    """Return a role as JSON."""
    return json.dumps(document, indent=2)


def missing(actions: Iterable[str], grants: Iterable[Grant]) -> list[str]:
    """Return the actions that none of the grants allow."""
    grants = list(grants)
    return [action for action in actions if not any(grant.allows(action) for grant in grants)]


def _resource(parts: list[str]) -> tuple[str, list[str]]:
    """Return the provider and the types of an ARM path; the last provider in it is the one that answers."""
    lower = [part.lower() for part in parts]
    if "providers" in lower and len(parts) > (place := _last(lower, "providers")) + 2:
        return parts[place + 1], parts[place + 2 :: 2]
    if "providers" in lower:  # one of the providers themselves
        return "Microsoft.Resources", ["subscriptions", "providers"]
    types = ["subscriptions", *parts[2::2]]
    return "Microsoft.Resources", ["resourceGroups" if one.lower() == "resourcegroups" else one for one in types]


def _last(parts: list[str], word: str) -> int:
    return len(parts) - 1 - parts[::-1].index(word)

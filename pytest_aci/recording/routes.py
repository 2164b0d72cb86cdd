"""What may stay in a recorded ARM conversation, route by route: an allow-list, because ACI has secrets of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator


class Field(Enum):
    """What happens to a value that a schema names. Identities and known secrets are replaced in all of them."""

    KEEP = auto()
    """Known to be harmless, with everything below it; guids get numbered constants."""
    PLAIN = auto()
    """Written by the test itself: kept to the letter, but for known identities and secrets."""
    NAMED = auto()
    """The value of a variable: plain, unless its own look or the name beside it is that of a secret."""
    PROSE = auto()
    """Text written by Azure: guids, times, mail addresses and container ids in it are replaced as well."""
    LOG = auto()
    """Text printed by a container: only its times are replaced."""
    TENANT = auto()
    PRINCIPAL = auto()
    CLIENT = auto()
    SECRET = auto()
    """Replaced, and from now on searched for everywhere else."""
    ENCODED_SECRET = auto()
    """A secret in base64: what it decodes to is one as well."""
    ADDRESS = auto()
    """The public address of the group: a documentation address stands for it."""
    HOST = auto()
    """A DNS name: the label by which Azure tells scopes apart, a hash of the tenant among others, is a constant."""
    SESSION = auto()
    """The websocket of an exec: a numbered constant stands for it."""
    TAG = auto()
    UNKNOWN = auto()
    """Strings become typed placeholders, numbers and truth values stay."""


Schema: TypeAlias = "Field | dict[str, Schema] | list[Schema]"
"""A field, an object (`*` stands for any other key), or an array of one kind of item."""

KEEP, PLAIN, PROSE, SECRET, UNKNOWN = Field.KEEP, Field.PLAIN, Field.PROSE, Field.SECRET, Field.UNKNOWN

_ERROR: Schema = {
    "code": KEEP,
    "message": PROSE,
    "target": PROSE,
    "details": [{"code": KEEP, "message": PROSE, "target": PROSE}],
}
ERRORS: dict[str, Schema] = {"error": _ERROR, "Error": {"Code": KEEP, "Message": PROSE}}
"""Keys that any answer may have. Azure capitalises them in one of its time-outs."""

_RESOURCE: dict[str, Schema] = {
    "id": KEEP,
    "name": KEEP,
    "type": KEEP,
    "kind": KEEP,
    "location": KEEP,
    "managedBy": KEEP,
    "tags": {"*": Field.TAG},
    "sku": KEEP,
    "zones": KEEP,
    "properties": {"provisioningState": KEEP},
}

_EVENT: Schema = {
    "count": KEEP,
    "firstTimestamp": KEEP,
    "lastTimestamp": KEEP,
    "name": KEEP,
    "message": PROSE,
    "type": KEEP,
}
_STATE: Schema = {
    "state": KEEP,
    "startTime": KEEP,
    "exitCode": KEEP,
    "finishTime": KEEP,
    "detailStatus": PROSE,
}
_VIEW: Schema = {
    "restartCount": KEEP,
    "state": KEEP,
    "currentState": _STATE,
    "previousState": _STATE,
    "events": [_EVENT],
}
_CONTAINER: Schema = {
    "name": KEEP,
    "properties": {
        "image": PLAIN,
        "command": PLAIN,
        "ports": KEEP,
        "resources": KEEP,
        "volumeMounts": KEEP,
        "livenessProbe": PLAIN,
        "readinessProbe": PLAIN,
        "securityContext": KEEP,
        "configMap": {"keyValuePairs": {"*": Field.NAMED}},
        "environmentVariables": [{"name": KEEP, "value": Field.NAMED, "secureValue": SECRET}],
        "instanceView": _VIEW,
    },
}
_IDENTITY: Schema = {
    "type": KEEP,
    "tenantId": Field.TENANT,
    "principalId": Field.PRINCIPAL,
    "userAssignedIdentities": {"*": {"principalId": Field.PRINCIPAL, "clientId": Field.CLIENT}},
}
_VOLUME: Schema = {
    "name": KEEP,
    "emptyDir": KEEP,
    "gitRepo": KEEP,
    "secret": {"*": Field.ENCODED_SECRET},
    "secretReference": {"*": KEEP},
    "azureFile": {
        "shareName": KEEP,
        "readOnly": KEEP,
        "storageAccountName": KEEP,
        "storageAccountKey": SECRET,
        "storageAccountKeyReference": KEEP,
    },
}
_GROUP: Schema = _RESOURCE | {
    "identity": _IDENTITY,
    "properties": {
        "provisioningState": KEEP,
        "sku": KEEP,
        "osType": KEEP,
        "restartPolicy": KEEP,
        "priority": KEEP,
        "provisioningTimeoutInSeconds": KEEP,
        "isCustomProvisioningTimeout": KEEP,
        "isCreatedFromStandbyPool": KEEP,
        "containerGroupProfile": KEEP,
        "standbyPoolProfile": KEEP,
        "confidentialComputeProperties": KEEP,
        "encryptionProperties": UNKNOWN,
        "extensions": UNKNOWN,
        "subnetIds": KEEP,
        "dnsConfig": KEEP,
        "containers": [_CONTAINER],
        "initContainers": [_CONTAINER],
        "imageRegistryCredentials": [
            {
                "server": KEEP,
                "username": KEEP,
                "password": SECRET,
                "passwordReference": KEEP,
                "identity": KEEP,
                "identityUrl": KEEP,
                "isDelegatedIdentity": KEEP,
            }
        ],
        "ipAddress": {
            "ports": KEEP,
            "type": KEEP,
            "ip": Field.ADDRESS,
            "dnsNameLabel": KEEP,
            "autoGeneratedDomainNameLabelScope": KEEP,
            "fqdn": Field.HOST,
        },
        "volumes": [_VOLUME],
        "instanceView": _VIEW,
        "diagnostics": {
            "logAnalytics": {"workspaceId": UNKNOWN, "workspaceKey": SECRET, "logType": KEEP, "metadata": KEEP}
        },
    },
}
_PROVIDER: Schema = {"id": KEEP, "namespace": KEEP, "registrationState": KEEP, "registrationPolicy": KEEP}
_OPERATION: Schema = {
    "id": KEEP,
    "name": KEEP,
    "status": KEEP,
    "startTime": KEEP,
    "endTime": KEEP,
    "percentComplete": KEEP,
    "properties": {"events": [_EVENT]},
}
_SUBSCRIPTION: Schema = {
    "id": KEEP,
    "subscriptionId": KEEP,
    "tenantId": Field.TENANT,
    "state": KEEP,
    "displayName": UNKNOWN,
}


def _page(item: Schema) -> Schema:
    """A list answer; its continuation link is an ARM URL like any other."""
    return {"value": [item], "nextLink": KEEP}


@dataclass(frozen=True, slots=True)
class Route:
    """What a path means: the schema of both bodies, and whether the path is the status of a long operation."""

    path: str
    body: Schema
    is_status: bool = False


_S = "subscriptions/*"
_RG = f"{_S}/resourcegroups/*"
_ACI = "providers/microsoft.containerinstance"
_CG = f"{_RG}/{_ACI}/containergroups"

_TRANSCRIPT: dict[str, Schema] = {"content": Field.LOG}
"""What a command printed: the body of the interaction that is not HTTP, on the path of its exec."""

ROUTES: tuple[Route, ...] = (
    Route(_RG, _RESOURCE),
    Route(f"{_S}/resourcegroups", _page(_RESOURCE)),
    Route(f"{_S}/resources", _page(_RESOURCE)),
    Route(f"{_RG}/resources", _page(_RESOURCE)),
    Route(f"{_CG}/*", _GROUP),
    Route(_CG, _page(_GROUP)),
    Route(f"{_S}/{_ACI}/containergroups", _page(_GROUP)),
    Route(f"{_CG}/*/start", UNKNOWN),
    Route(f"{_CG}/*/stop", UNKNOWN),
    Route(f"{_CG}/*/restart", UNKNOWN),
    Route(f"{_CG}/*/containers/*/logs", {"content": Field.LOG}),
    Route(
        f"{_CG}/*/containers/*/exec",
        {"command": PLAIN, "terminalSize": KEEP, "webSocketUri": Field.SESSION, "password": SECRET} | _TRANSCRIPT,
    ),
    Route(f"{_CG}/*/containers/*/attach", {"webSocketUri": Field.SESSION, "password": SECRET}),
    Route(f"{_S}/{_ACI}/locations/*/operations/*", _OPERATION, is_status=True),
    Route(f"{_S}/operationresults/*", _OPERATION, is_status=True),
    Route(f"{_S}/{_ACI}/locations/*/usages", _page(KEEP)),
    Route(f"{_S}/{_ACI}/locations/*/capabilities", _page(KEEP)),
    Route(f"{_S}/{_ACI}/locations/*/cachedimages", _page(KEEP)),
    Route(f"{_ACI}/operations", _page(KEEP)),
    Route(f"{_S}/providers/*", _PROVIDER),
    Route(f"{_S}/providers/*/register", _PROVIDER),
    Route("subscriptions", _page(_SUBSCRIPTION)),
    Route(_S, _SUBSCRIPTION),
)

ANY = Route("", _RESOURCE | {"value": [_RESOURCE], "nextLink": KEEP, "status": KEEP})
"""For everything else that ARM has: the envelope that all resources share is kept."""


def _keys_of(schema: Schema) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema
        for inner in schema.values():
            yield from _keys_of(inner)
    elif isinstance(schema, list):
        yield from _keys_of(schema[0])


KEYS = frozenset(key for route in (*ROUTES, ANY) for key in _keys_of(route.body)) | frozenset(_keys_of(ERRORS))
"""Names of ARM's fields: no secret is one, whatever somebody's secret is called."""

_BY_LENGTH: dict[int, list[tuple[tuple[str, ...], Route]]] = {}
for _route in ROUTES:
    _parts = tuple(_route.path.split("/"))
    _BY_LENGTH.setdefault(len(_parts), []).append((_parts, _route))


@lru_cache(maxsize=4096)
def route_of(path: str) -> Route:
    """The route that a path of ARM belongs to; ARM does not mind the case."""
    segments = path.strip("/").lower().split("/")
    for parts, route in _BY_LENGTH.get(len(segments), ()):
        if all(part in ("*", segment) for part, segment in zip(parts, segments, strict=True)):
            return route
    return ANY


QUERY_KEYS = frozenset(
    {
        "$expand",
        "$filter",
        "$skip",
        "$skiptoken",
        "$top",
        "api-version",
        "cols",
        "forcedeletiontypes",
        "rows",
        "tail",
        "timestamps",
    }
)
"""Query keys of ARM whose values are kept."""

CAPABILITY_KEYS = frozenset("tcsh")
"""The signature on the URL of an operation: who has it may ask; it is cut off."""

ARM_HEADERS = frozenset(
    ["content-type", "location", "azure-asyncoperation", "retry-after", "x-ms-error-code", "x-ms-failure-cause"]
)
"""Headers of an ARM answer that are kept; rate counters, request ids, routes and dates are not."""

TAGS = {
    "deleteafter": "2020-01-02T00:00:00Z",
    "pytest-aci-created": "2020-01-01T00:00:00Z",
    "pytest-aci-run": "0" * 16,
}
"""Our own tags whose values differ from run to run, and the constants that stand for them."""

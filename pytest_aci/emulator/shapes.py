"""What a container group document looks like: one table of shapes that reads, normalises, orders and hides.

Reading is forgiving as ARM is: names match without regard to case, unknown properties and nulls are dropped, numbers
may come as strings. What is kept is written in the order in which Azure prints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .content import missing, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shape(Protocol):
    """Reads one JSON value at a path, or refuses it with `InvalidRequestContent`; prints it without its secrets."""

    def read(self, value: Any, path: str) -> Any:
        """The value in its normal form."""

    def show(self, value: Any) -> Any:
        """The value as an answer shows it."""


class Text:
    """A string. Numbers and booleans are taken as their spelling."""

    def read(self, value: Any, path: str) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "True" if value else "False"
        if isinstance(value, (int, float)):
            return str(value)
        raise wrong_type(value, "System.String", path)

    def show(self, value: Any) -> Any:
        return value


class Whole(Text):
    """A whole number."""

    def read(self, value: Any, path: str) -> Any:
        number = _number(value, "System.Int32", path)
        if number != int(number) or abs(number) > 2**31 - 1:
            raise wrong_type(value, "System.Int32", path)
        return int(number)


class Decimal(Text):
    """A number that always prints with a decimal point."""

    def read(self, value: Any, path: str) -> Any:
        return _number(value, "System.Double", path)


class Flag(Text):
    """A boolean."""

    def read(self, value: Any, path: str) -> Any:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise wrong_type(value, "System.Boolean", path)
        return value


class Anything(Text):
    """Any JSON, kept as it is."""

    def read(self, value: Any, path: str) -> Any:
        return value


class Hidden:
    """A value that no answer ever shows."""

    def __init__(self, inner: Shape) -> None:
        self._inner = inner

    def read(self, value: Any, path: str) -> Any:
        return self._inner.read(value, path)

    def show(self, value: Any) -> None:
        """Nothing."""


class Emptied(Hidden):
    """An object whose content no answer shows: `{}` stands in its place."""

    def show(self, value: Any) -> Any:
        return {}


class Word(Text):
    """One word of a closed list in its own spelling; others are kept for the validation to judge."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self._spelling = {word.lower(): word for word in words}

    def read(self, value: Any, path: str) -> Any:
        text = super().read(value, path)
        return self._spelling.get(text.lower(), text)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape."""

    inner: Shape

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise wrong_type(value, "System.Collections.Generic.List`1", path)
        return [self.inner.read(each, f"{path}[{place}]") for place, each in enumerate(value) if each is not None]

    def show(self, value: Any) -> Any:
        return [self.inner.show(each) for each in value]


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object with free names and values of one shape."""

    inner: Shape

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise wrong_type(value, "System.Collections.Generic.Dictionary`2", path)
        return {key: self.inner.read(each, f"{path}.{key}") for key, each in value.items() if each is not None}

    def show(self, value: Any) -> Any:
        return {key: self.inner.show(each) for key, each in value.items()}


class Record:
    """An object with known properties, printed in the order of *shapes*."""

    def __init__(self, shapes: Mapping[str, Shape], *, required: tuple[str, ...] = ()) -> None:
        self.shapes = shapes
        self._required = required
        self._spelling = {name.lower(): name for name in shapes}

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise wrong_type(value, "Object", path)
        found = {self._spelling.get(key.lower(), ""): each for key, each in value.items() if each is not None}
        for name in self._required:
            if name not in found:
                raise missing(name, path)
        return {
            name: shape.read(found[name], f"{path}.{name}".lstrip("."))
            for name, shape in self.shapes.items()
            if name in found
        }

    def show(self, value: Any) -> Any:
        shown = {name: self.shapes[name].show(each) for name, each in value.items() if name in self.shapes}
        return {name: each for name, each in shown.items() if each is not None}


def _number(value: Any, wanted: str, path: str) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise wrong_type(value, wanted, path) from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) == float("inf"):
        raise wrong_type(value, wanted, path)
    return float(value)


TEXT, WHOLE, DECIMAL, FLAG = Text(), Whole(), Decimal(), Flag()
SECRET = Hidden(TEXT)

ENVIRONMENT = ListOf(Record({"name": TEXT, "value": TEXT, "secureValue": SECRET}, required=("name",)))
RESOURCE_AMOUNT = Record({"memoryInGB": DECIMAL, "cpu": DECIMAL, "gpu": Record({"count": WHOLE, "sku": TEXT})})
MOUNTS = ListOf(Record({"name": TEXT, "mountPath": TEXT, "readOnly": FLAG}, required=("name", "mountPath")))
PROBE = Record(
    {
        "exec": Record({"command": ListOf(TEXT)}),
        "httpGet": Record(
            {
                "path": TEXT,
                "port": WHOLE,
                "scheme": TEXT,
                "httpHeaders": ListOf(Record({"name": TEXT, "value": TEXT})),
            },
            required=("port",),
        ),
        "initialDelaySeconds": WHOLE,
        "periodSeconds": WHOLE,
        "failureThreshold": WHOLE,
        "successThreshold": WHOLE,
        "timeoutSeconds": WHOLE,
    }
)
PROTOCOL = Word("TCP", "UDP")
CONTAINER = Record(
    {
        "name": TEXT,
        "properties": Record(
            {
                "image": TEXT,
                "command": ListOf(TEXT),
                "ports": ListOf(Record({"protocol": PROTOCOL, "port": WHOLE}, required=("port",))),
                "environmentVariables": ENVIRONMENT,
                "configMap": Record({"keyValuePairs": MapOf(TEXT)}),
                "resources": Record({"requests": RESOURCE_AMOUNT, "limits": RESOURCE_AMOUNT}),
                "volumeMounts": MOUNTS,
                "livenessProbe": PROBE,
                "readinessProbe": PROBE,
                "securityContext": Anything(),
            }
        ),
    },
    required=("name", "properties"),
)
INIT_CONTAINER = Record(
    {
        "name": TEXT,
        "properties": Record(
            {
                "image": TEXT,
                "command": ListOf(TEXT),
                "environmentVariables": ENVIRONMENT,
                "volumeMounts": MOUNTS,
                "securityContext": Anything(),
                # Read only to be refused by the validation: an init container has none of these.
                "ports": Anything(),
                "resources": Anything(),
                "livenessProbe": Anything(),
                "readinessProbe": Anything(),
            }
        ),
    },
    required=("name", "properties"),
)
VOLUME = Record(
    {
        "name": TEXT,
        "azureFile": Record(
            {"shareName": TEXT, "readOnly": FLAG, "storageAccountName": TEXT, "storageAccountKey": SECRET},
            required=("shareName", "storageAccountName"),
        ),
        "emptyDir": Emptied(Anything()),
        "secret": Emptied(MapOf(TEXT)),
        "gitRepo": Record({"repository": TEXT, "directory": TEXT, "revision": TEXT}, required=("repository",)),
    },
    required=("name",),
)
PROPERTIES = Record(
    {
        "sku": Word("Standard", "Dedicated", "Confidential"),
        "encryptionProperties": Record({"vaultBaseUrl": TEXT, "keyName": TEXT, "keyVersion": TEXT, "identity": TEXT}),
        "provisioningTimeoutInSeconds": WHOLE,
        "containers": ListOf(CONTAINER),
        "initContainers": ListOf(INIT_CONTAINER),
        "imageRegistryCredentials": ListOf(
            Record(
                {"server": TEXT, "username": TEXT, "password": SECRET, "identity": TEXT, "identityUrl": TEXT},
                required=("server",),
            )
        ),
        "restartPolicy": Word("Always", "OnFailure", "Never"),
        "ipAddress": Record(
            {
                "ports": ListOf(Record({"protocol": PROTOCOL, "port": WHOLE}, required=("port",))),
                "type": Word("Public", "Private"),
                "dnsNameLabel": TEXT,
                "autoGeneratedDomainNameLabelScope": Word(
                    "Unsecure", "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "Noreuse"
                ),
            }
        ),
        "osType": Word("Windows", "Linux"),
        "volumes": ListOf(VOLUME),
        "diagnostics": Record(
            {
                "logAnalytics": Record(
                    {
                        "workspaceId": TEXT,
                        "workspaceKey": SECRET,
                        "logType": TEXT,
                        "metadata": MapOf(TEXT),
                        "workspaceResourceId": TEXT,
                    }
                )
            }
        ),
        "subnetIds": ListOf(Record({"id": TEXT, "name": TEXT}, required=("id",))),
        "networkProfile": Record({"id": TEXT}, required=("id",)),
        "dnsConfig": Record({"nameServers": ListOf(TEXT), "searchDomains": TEXT, "options": TEXT}),
        "priority": Word("Regular", "Spot"),
        "extensions": ListOf(
            Record(
                {
                    "name": TEXT,
                    "properties": Record(
                        {
                            "extensionType": TEXT,
                            "version": TEXT,
                            "settings": Anything(),
                            "protectedSettings": Hidden(Anything()),
                        }
                    ),
                }
            )
        ),
        "confidentialComputeProperties": Record({"ccePolicy": TEXT}),
        "containerGroupProfile": Record({"id": TEXT, "revision": WHOLE}),
    }
)
GROUP = Record(
    {
        "properties": PROPERTIES,
        "identity": Record({"type": TEXT, "userAssignedIdentities": MapOf(Anything())}),
        "location": TEXT,
        "zones": ListOf(TEXT),
        "tags": MapOf(TEXT),
    },
    required=("properties",),
)
TAGS = MapOf(TEXT)
RESOURCE_GROUP = Record({"location": TEXT, "managedBy": TEXT, "tags": TAGS, "properties": Anything()})
EXEC = Record({"command": TEXT, "terminalSize": Record({"rows": WHOLE, "cols": WHOLE})})

"""The small parts of a spec: frozen, hashable, compared by content; none knows a name, a subscription or a time.

A part takes what is pleasant to write (`Probe(exec=["cat", "/tmp/ready"])`, a password as a plain string) and holds
one form of it. What can not be brought into that form is kept as it came, for `rules` to complain about together
with everything else that is wrong.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pytest_aci.spec.secret import Secret

__tracebackhide__ = True  # a mistake is shown where it was made: in the user's code

Protocol = Literal["TCP", "UDP"]


def settle(part: object, **values: object) -> None:
    """Give fields of a frozen *part* their one form; only for use while the part is being made."""
    for name, value in values.items():
        object.__setattr__(part, name, value)


def hidden(value: Any) -> Any:
    """*value* as a `Secret` if it is a string."""
    return Secret(value) if isinstance(value, str) else value


def words(value: Any) -> Any:
    """A list of strings as a tuple; a plain string stays one, so that `rules` can explain the two right forms."""
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def pairs(value: Any) -> Any:
    """A mapping as sorted pairs, so that the order in which it was written makes no difference."""
    return tuple(sorted(value.items(), key=lambda pair: str(pair[0]))) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a container listens on and the group's address shows under the same number: ACI maps none."""

    port: int
    protocol: Protocol = "TCP"


@dataclass(frozen=True, slots=True)
class EnvVar:
    """An environment variable. A `Secret` travels as `secureValue`, which Azure never shows again."""

    name: str
    value: str | Secret


@dataclass(frozen=True, slots=True)
class Gpu:
    """Graphics processors of one container, where the region has any (`sku`: K80, P100 or V100)."""

    count: int
    sku: Literal["K80", "P100", "V100"]


@dataclass(frozen=True, slots=True)
class HttpGet:
    """The request of a probe, sent to the container itself; 200 to 399 counts as success."""

    port: int
    path: str = "/"
    scheme: Literal["http", "https"] = "http"
    headers: Mapping[str, str | Secret] | tuple[tuple[str, str | Secret], ...] = ()

    def __post_init__(self) -> None:
        settle(self, headers=pairs(self.headers))


@dataclass(frozen=True, slots=True)
class Probe:
    """How Azure asks a container if it lives or is ready: a command inside it, or an HTTP request; times in seconds.

    A time or count that is not given is Azure's to choose.
    """

    exec: Sequence[str] | None = None
    http_get: HttpGet | None = None
    initial_delay_seconds: int | None = None
    period_seconds: int | None = None
    failure_threshold: int | None = None
    success_threshold: int | None = None
    timeout_seconds: int | None = None

    def __post_init__(self) -> None:
        settle(self, exec=words(self.exec))


@dataclass(frozen=True, slots=True)
class EmptyDir:
    """A directory that starts empty, is shared by the group's containers and dies with the group."""

    kind: ClassVar = "emptyDir"
    name: str


@dataclass(frozen=True, slots=True)
class SecretVolume:
    """Files in memory, by name. Text or bytes as given; kept base64-encoded, as ARM takes them."""

    kind: ClassVar = "secret"
    name: str
    files: Mapping[str, str | bytes | Secret] | tuple[tuple[str, Secret], ...] = field(default=())

    def __post_init__(self) -> None:
        if isinstance(self.files, Mapping):
            settle(self, files=pairs({name: _encoded(content) for name, content in self.files.items()}))


def _encoded(content: Any) -> Any:
    text = content.reveal() if isinstance(content, Secret) else content
    raw = text.encode() if isinstance(text, str) else text
    return Secret(base64.b64encode(raw).decode()) if isinstance(raw, bytes) else content


@dataclass(frozen=True, slots=True)
class AzureFile:
    """A share of an Azure storage account."""

    kind: ClassVar = "azureFile"
    name: str
    share: str
    account: str
    account_key: str | Secret | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        settle(self, account_key=hidden(self.account_key))


@dataclass(frozen=True, slots=True)
class GitRepo:
    """A clone of a repository, made before the containers start. `user:token@` in the URL is treated as a secret."""

    kind: ClassVar = "gitRepo"
    name: str
    repository: str | Secret
    directory: str | None = None
    revision: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.repository, str) and "@" in self.repository.partition("://")[2].partition("/")[0]:
            settle(self, repository=Secret(self.repository))


Volume = EmptyDir | SecretVolume | AzureFile | GitRepo


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume of the group (its name) at a path of one container. A builder also takes the volume itself."""

    volume: str | Volume
    path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class RegistryCredential:
    """What opens a private registry: user name and password, or the resource id of one of the group's identities."""

    server: str
    username: str | None = None
    password: str | Secret | None = None
    identity: str | None = None

    def __post_init__(self) -> None:
        settle(self, password=hidden(self.password))


@dataclass(frozen=True, slots=True)
class Identity:
    """The managed identities of a group: Azure's own for it (`system`), and others by resource id."""

    system: bool = False
    user_assigned: Sequence[str] = ()

    def __post_init__(self) -> None:
        settle(self, user_assigned=words(self.user_assigned))


@dataclass(frozen=True, slots=True)
class LogAnalytics:
    """The Log Analytics workspace that the group's logs and events are sent to."""

    workspace_id: str
    workspace_key: str | Secret
    log_type: Literal["ContainerInsights", "ContainerInstanceLogs"] | None = None
    metadata: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    workspace_resource_id: str | None = None

    def __post_init__(self) -> None:
        settle(self, workspace_key=hidden(self.workspace_key), metadata=pairs(self.metadata))

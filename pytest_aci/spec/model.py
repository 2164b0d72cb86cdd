"""The escape hatch: a `ContainerGroup` model of the Azure SDK where a spec is expected, kept as the JSON it sends."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.secret_signs import MASK
from pytest_aci.spec.checks import shown
from pytest_aci.spec.fingerprint import both_forms, canonical, digest, stem
from pytest_aci.spec.groups import ContainerSpec, GroupSpec
from pytest_aci.spec.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__tracebackhide__ = True  # a mistake is shown where it was made: in the user's code

# The values of a container group's document that Azure never shows again, and those that carry a password at times.
# `*` is every key, `[]` every item.
SECRET_FILES = "properties.volumes.[].secret.*"  # noqa: S105 # a path, and no password
SECRET_PLACES = (
    SECRET_FILES,
    "properties.containers.[].properties.environmentVariables.[].secureValue",
    "properties.initContainers.[].properties.environmentVariables.[].secureValue",
    "properties.imageRegistryCredentials.[].password",
    "properties.volumes.[].azureFile.storageAccountKey",
    "properties.volumes.[].gitRepo.repository",
    "properties.diagnostics.logAnalytics.workspaceKey",
    "properties.extensions.[].properties.protectedSettings.*",
    "properties.containers.[].properties.livenessProbe.httpGet.httpHeaders.[].value",
    "properties.containers.[].properties.readinessProbe.httpGet.httpHeaders.[].value",
)
_USER_IN_URL = re.compile(r"://[^/]*@")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A container group as an SDK model describes it: nothing checked, nothing added but place, tags and name.

    *document* is the canonical JSON text of the model's request body. It holds secrets in the clear.
    """

    document: str = field(repr=False)
    kind: Literal["model"] = "model"

    def body(self) -> dict[str, Any]:
        """The request body, a fresh copy."""
        document: dict[str, Any] = json.loads(self.document)
        return document

    @property
    def _properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.body()["properties"]
        return properties

    @property
    def container_names(self) -> tuple[str, ...]:
        """The names of the containers in their order, without those that only prepare the group."""
        return tuple(container["name"] for container in self._properties["containers"])

    @property
    def location(self) -> str | None:
        """The region that the model names."""
        return self.body().get("location")

    @property
    def restart_policy(self) -> str:
        """When Azure starts a container again; unsaid means Always."""
        return str(self._properties.get("restartPolicy", "Always"))

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret inside, for those who must keep it out of what is written."""
        found: list[Secret] = []

        def collect(place: str, value: Any) -> Any:
            for secret in _strings(value):
                found.extend(both_forms(secret) if place == SECRET_FILES else [secret])
            return value

        _change_secrets(self.body(), collect)
        return tuple(dict.fromkeys(secret for secret in found if secret.reveal()))

    def fingerprint(self) -> dict[str, Any]:
        """The request body with each secret masked: what a cassette remembers."""
        body = self.body()
        _change_secrets(body, lambda _place, _value: MASK)
        return body

    @property
    def key(self) -> str:
        """64 hexadecimal digits, equal for equal models. It depends on the secrets' values: keep it in memory."""
        return digest(self.body())

    @property
    def stem(self) -> str:
        """The readable start of the group's name, the same on every machine: it does not depend on a secret's value."""
        return stem(self.kind, self._properties["containers"][0]["properties"]["image"], self.fingerprint())


Spec = GroupSpec | ModelSpec


def as_spec(value: object) -> Spec:
    """*value* if it is a spec already; a `ContainerGroup` model of the Azure SDK as a `ModelSpec`.

    Raises:
        SpecError: It is neither, or the model has no containers.
    """
    if isinstance(value, GroupSpec | ModelSpec):
        return value
    if isinstance(value, ContainerSpec):
        raise SpecError(Complaint("spec", shown(value), "a container group: put the container into group(…)"))
    body = _request_body(value)
    if body is None:
        wanted = "a spec made by single, sidecar, task or group, or a ContainerGroup model of the Azure SDK"
        raise SpecError(Complaint("spec", shown(value), wanted))
    containers = body["properties"].get("containers") or []
    if not containers:
        raise SpecError(Complaint("containers", "[]", "1 to 60 containers"))
    for index, container in enumerate(containers):
        for name, given in (("name", container.get("name")), ("image", container.get("properties", {}).get("image"))):
            if not given:
                raise SpecError(Complaint(f"containers[{index}].{name}", shown(given), "given"))
    return ModelSpec(canonical(body))


def _request_body(model: object) -> dict[str, Any] | None:
    """What the SDK would send for *model*, by the methods its models have; None if it is no model of a group.

    Models of azure-mgmt-containerinstance 10.1 answer `serialize` with the wire's form and `as_dict` with Python's
    names; later generations of models have only `as_dict`, and answer with the wire's form.
    """
    method = getattr(model, "serialize", None) or getattr(model, "as_dict", None)
    if not callable(method) or isinstance(model, type):
        return None
    body = method()
    return body if isinstance(body, dict) and isinstance(body.get("properties"), dict) else None


def _change_secrets(body: dict[str, Any], change: Callable[[str, Any], Any]) -> None:
    """Put what *change* makes of each secret of *body*, by its row in `SECRET_PLACES` and its value, in its place."""
    for place in SECRET_PLACES:
        *way, last = place.split(".")
        for parent in _parts(body, way):
            for name in _names(parent, last):
                if parent[name] is not None and not _is_harmless_url(name, parent[name]):
                    parent[name] = change(place, parent[name])


def _parts(value: Any, way: list[str]) -> Iterator[Any]:
    if not way:
        yield value
    else:
        for name in _names(value, way[0]):
            yield from _parts(value[name], way[1:])


def _names(value: Any, step: str) -> list[Any]:
    if step == "[]":
        return list(range(len(value))) if isinstance(value, list) else []
    if not isinstance(value, dict):
        return []
    return list(value) if step == "*" else [step] if step in value else []


def _is_harmless_url(name: Any, value: Any) -> bool:
    return name == "repository" and not _USER_IN_URL.search(str(value))


def _strings(value: Any) -> Iterator[Secret]:
    """Every string in *value*, which is one itself or a tree of protected settings."""
    if isinstance(value, str):
        yield Secret(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)

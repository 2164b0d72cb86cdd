"""From what is pleasant to write to the one form that a spec holds; what does not fit is left for the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_aci.spec.groups import ContainerSpec
from pytest_aci.spec.secret import Secret
from pytest_aci.spec.values import EnvVar, Identity, Mount, Port, RegistryCredential, pairs, words


def container_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `ContainerSpec` from the keywords of a container; those at None or not given are left out."""
    fields = {word: _CONTAINER.get(word, _same)(value) for word, value in options.items() if value is not None}
    plain, secure = fields.pop("env", ()), fields.pop("secure_env", ())
    if plain or secure:
        both = isinstance(plain, tuple) and isinstance(secure, tuple)
        fields["env"] = tuple(sorted((*plain, *secure), key=lambda variable: str(variable.name))) if both else None
    if "volumes" in fields:
        fields["mounts"] = fields.pop("volumes")
    return fields


def group_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `GroupSpec` from the keywords of a group; those at None or not given are left out."""
    return {word: _GROUP.get(word, _same)(value) for word, value in options.items() if value is not None}


def mounts_of(container: Any) -> Iterable[Mount]:
    """The mounts of *container*, if it is a container and they are mounts."""
    mounts = getattr(container, "mounts", ())
    return [mount for mount in mounts if isinstance(mount, Mount)] if isinstance(mounts, tuple) else []


def with_volumes_by_name(container: Any) -> Any:
    """*container* with the names of volumes in place of the volumes that it brought along."""
    if not isinstance(container, ContainerSpec) or not isinstance(container.mounts, tuple):
        return container
    mounts = tuple(_by_name(mount) for mount in container.mounts)
    return replace(container, mounts=mounts)


def each_once(items: Iterable[Any]) -> tuple[Any, ...]:
    """*items* without those that equal an earlier one; they may be wrong in ways that can not be hashed."""
    kept: list[Any] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return tuple(kept)


def _by_name(mount: Any) -> Any:
    if not isinstance(mount, Mount) or isinstance(mount.volume, str):
        return mount
    return replace(mount, volume=getattr(mount.volume, "name", mount.volume))


def _same(value: Any) -> Any:
    return value


def _items(value: Any) -> Any:
    """Any collection but a string or a mapping as a tuple."""
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) else value


def _decimal(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(value: Any) -> Any:
    """A whole number in its digits; other things than text are left for the rules."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _plain_env(value: Any) -> Any:
    return tuple(EnvVar(n, _text(v)) for n, v in value.items()) if isinstance(value, Mapping) else value


def _secure_env(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return tuple(EnvVar(n, Secret(v) if isinstance(v, str) else v) for n, v in value.items())


def _ports(value: Any) -> Any:
    items = _items([value] if isinstance(value, int | str | Port) else value)
    return tuple(_port(item) for item in items) if isinstance(items, tuple) else items


def _port(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return Port(value)
    if isinstance(value, str):
        number, _, protocol = value.partition("/")
        if number.isascii() and number.isdigit():
            return Port(int(number), protocol.upper() or "TCP")  # type: ignore[arg-type] # a rule looks at the protocol
    return value


def _mounts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(Mount(volume, path) for path, volume in sorted(value.items(), key=lambda pair: str(pair[0])))
    return _items(value)


def _choice(*choices: str) -> Callable[[Any], Any]:
    """One of *choices* in any case, as Azure accepts it too; members of the SDK's enums are strings."""
    folded = {choice.casefold(): choice for choice in choices}
    return lambda value: folded.get(value.casefold(), value) if isinstance(value, str) else value


def _region(value: Any) -> Any:
    """`West Europe` and `westeurope` are the same place."""
    return value.replace(" ", "").lower() if isinstance(value, str) else value


def _identity(value: Any) -> Any:
    if isinstance(value, str):
        return Identity(system=True) if value.casefold() == "systemassigned" else Identity(user_assigned=[value])
    return Identity(user_assigned=words(value)) if isinstance(value, Sequence) else value


def _one_or_more(kind: type) -> Callable[[Any], Any]:
    return lambda value: (value,) if isinstance(value, kind) else _items(value)


_CONTAINER: Mapping[str, Callable[[Any], Any]] = {
    "command": words,
    "env": _plain_env,
    "secure_env": _secure_env,
    "ports": _ports,
    "cpu": _decimal,
    "memory_gb": _decimal,
    "volumes": _mounts,
}

_GROUP: Mapping[str, Callable[[Any], Any]] = {
    "location": _region,
    "dns_scope": _choice("Unsecure", "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "Noreuse"),
    "os_type": _choice("Linux", "Windows"),
    "restart_policy": _choice("Always", "OnFailure", "Never"),
    "init_containers": _items,
    "volumes": _items,
    "registry_credentials": _one_or_more(RegistryCredential),
    "identity": _identity,
    "subnet_ids": _one_or_more(str),
    "zone": _text,
    "priority": _choice("Regular", "Spot"),
    "sku": _choice("Standard", "Dedicated", "Confidential"),
    "tags": pairs,
}

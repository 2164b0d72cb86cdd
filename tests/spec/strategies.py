"""What hypothesis builds specs from."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pytest_aci.spec import (
    AzureFile,
    EmptyDir,
    GitRepo,
    Gpu,
    GroupSpec,
    HttpGet,
    Identity,
    LogAnalytics,
    Mount,
    Port,
    Probe,
    RegistryCredential,
    Secret,
    SecretVolume,
    container,
    group,
)

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers"
IDENTITY = f"{SUBSCRIPTION}/Microsoft.ManagedIdentity/userAssignedIdentities/me"
SUBNET = f"{SUBSCRIPTION}/Microsoft.Network/virtualNetworks/v/subnets/s"

_scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
_members = st.dictionaries(st.text("abc", min_size=1, max_size=3), _scalars, max_size=3)
plain_json = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), _scalars | st.lists(_scalars, max_size=3) | _members
)

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
volume_names = st.from_regex(r"[a-z0-9]{5,12}", fullmatch=True)
variables = st.from_regex(r"X[A-Za-z0-9]{0,8}", fullmatch=True)
values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
seconds = st.none() | st.integers(1, 100)

images = st.sampled_from([HELLO, f"{HELLO}:1", "registry.example.com:5000/team/app@sha256:" + "0" * 64])
probes = st.builds(
    Probe,
    exec=st.lists(values, min_size=1, max_size=3),
    initial_delay_seconds=seconds,
    period_seconds=seconds,
    failure_threshold=seconds,
) | st.builds(
    Probe,
    http_get=st.builds(
        HttpGet, st.integers(1, 65535), st.just("/health"), headers=st.dictionaries(variables, values, max_size=2)
    ),
    success_threshold=seconds,
    timeout_seconds=seconds,
)
volumes = (
    st.builds(EmptyDir, volume_names)
    | st.builds(
        SecretVolume, volume_names, st.dictionaries(variables, values | st.binary(max_size=9), min_size=1, max_size=2)
    )
    | st.builds(AzureFile, volume_names, st.just("share"), st.just("account"), st.none() | values, st.booleans())
    | st.builds(
        GitRepo,
        volume_names,
        st.just("https://example.com/r.git"),
        st.none() | st.just("."),
        st.none() | st.just("main"),
    )
)
credentials = st.builds(RegistryCredential, st.just("registry.example.com"), st.just("me"), values)

# Whatever somebody may give by mistake: right and wrong parts holding right and wrong things.
_simple = _scalars | st.floats() | st.binary(max_size=5)
_loose = _simple | st.lists(_simple, max_size=2) | st.dictionaries(st.text(max_size=3), _simple, max_size=2)
_parts = st.one_of(
    st.builds(EmptyDir, _loose),
    st.builds(SecretVolume, _loose, _loose),
    st.builds(AzureFile, _loose, _loose, _loose, _loose, _loose),
    st.builds(GitRepo, _loose, _loose, _loose, _loose),
    st.builds(Gpu, _loose, _loose),
    st.builds(Port, _loose, _loose),
    st.builds(HttpGet, _loose, _loose, _loose, _loose),
    st.builds(Identity, _loose, _loose),
    st.builds(LogAnalytics, _loose, _loose, _loose, _loose),
    st.builds(RegistryCredential, _loose, _loose, _loose, _loose),
    st.builds(Probe, _loose, _loose, _loose),
    st.builds(Secret, st.text(max_size=5)),
)
_nested = _parts | st.builds(Probe, http_get=_parts) | st.builds(Mount, _loose | _parts, _loose)
anything = (
    _loose
    | _nested
    | st.lists(_nested, max_size=2)
    | st.dictionaries(st.text(max_size=3), _loose | _nested, max_size=2)
)


@st.composite
def groups(draw: st.DrawFn) -> GroupSpec:
    """Any valid container group."""
    own = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    numbers = iter(draw(st.lists(st.integers(1, 1000).filter(lambda number: number != 22), max_size=5, unique=True)))
    shared = draw(st.lists(volumes, max_size=3, unique_by=lambda volume: volume.name))
    label = draw(st.none() | st.from_regex(r"[a-z][a-z0-9-]{3,44}[a-z0-9]", fullmatch=True))
    members = [_member(draw, name, list(numbers)[:2] if index == 0 else [], shared) for index, name in enumerate(own)]
    first, *rest = members
    init = [container(member.name, member.image, command=member.command) for member in rest[1:]]
    return group(
        first,
        *rest[:1],
        init_containers=init,
        volumes=shared,
        dns_label=label if first.ports else None,
        registry_credentials=draw(st.lists(credentials, max_size=1)),
        **_options(draw, private=label is None),
    )


def _member(draw: st.DrawFn, name: str, numbers: list[int], shared: list[Any]) -> Any:
    return container(
        name,
        draw(images),
        command=draw(st.none() | st.lists(values, min_size=1, max_size=3)),
        env=draw(st.dictionaries(variables, values, max_size=3)),
        secure_env={"SAFE": draw(values)} if draw(st.booleans()) else {},
        ports=[Port(number, draw(st.sampled_from(["TCP", "UDP"]))) for number in numbers],
        cpu=draw(st.integers(100, 200)) / 100,
        memory_gb=draw(st.integers(10, 60)) / 10,
        volumes={f"/mnt/{volume.name}": volume.name for volume in shared},
        liveness=draw(st.none() | probes),
        readiness=draw(st.none() | probes),
    )


def _options(draw: st.DrawFn, *, private: bool) -> dict[str, Any]:
    choices: dict[str, st.SearchStrategy[Any]] = {
        "location": st.sampled_from([None, "westeurope", "North Europe"]),
        "restart_policy": st.sampled_from(["Always", "OnFailure", "Never"]),
        "identity": st.sampled_from(
            [None, "SystemAssigned", IDENTITY, Identity(system=True, user_assigned=[IDENTITY])]
        ),
        "subnet_ids": st.sampled_from([[], SUBNET] if private else [[]]),
        "zone": st.sampled_from([None, 1, "2"]),
        "priority": st.sampled_from([None, "Regular", "Spot"]),
        "sku": st.sampled_from([None, "Standard", "Confidential"]),
        "log_analytics": st.sampled_from([None, LogAnalytics("workspace", "key", metadata={"a": "b"})]),
        "tags": st.dictionaries(variables, st.text(max_size=9), max_size=2),
    }
    return {name: draw(choice) for name, choice in choices.items()}

from __future__ import annotations

from typing import Any

import pytest
from azure.mgmt.containerinstance import models
from hypothesis import given
from hypothesis import strategies as st

from pytest_aci.spec import Identity, Mount, Port, RegistryCredential, tidy
from tests.spec.strategies import IDENTITY, SUBNET

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
CONTAINER_WORDS = ("command", "env", "secure_env", "ports", "cpu", "memory_gb", "gpu", "volumes", "liveness")
GROUP_WORDS = (
    "location",
    "os_type",
    "volumes",
    "init_containers",
    "registry_credentials",
    "identity",
    "subnet_ids",
    "zone",
    "tags",
)


@pytest.mark.parametrize(
    ("ports", "tidied"),
    [
        ([80, "53/udp", Port(1, "UDP")], (Port(80), Port(53, "UDP"), Port(1, "UDP"))),
        (80, (Port(80),)),
        ("80", (Port(80),)),
        ({80}, (Port(80),)),
    ],
)
def test_ports_are_written_in_many_ways(ports: Any, tidied: Any) -> None:
    """Numbers, strings, `Port`s, one or many."""
    assert tidy.container_fields({"ports": ports}) == {"ports": tidied}


@pytest.mark.parametrize(
    ("identity", "tidied"),
    [
        ("systemassigned", Identity(system=True)),
        (IDENTITY, Identity(user_assigned=(IDENTITY,))),
        ([IDENTITY], Identity(user_assigned=(IDENTITY,))),
    ],
)
def test_identities_are_written_in_many_ways(identity: Any, tidied: Any) -> None:
    """The words of ARM, a resource id, or several."""
    assert tidy.group_fields({"identity": identity}) == {"identity": tidied}


def test_one_of_a_list_may_stand_alone() -> None:
    """Where a list has one item, the item will do."""
    credential = RegistryCredential("r.io", "a", "b")
    assert tidy.group_fields({"registry_credentials": credential, "subnet_ids": SUBNET}) == {
        "registry_credentials": (credential,),
        "subnet_ids": (SUBNET,),
    }


def test_members_of_the_sdk_enums_are_taken() -> None:
    """Choices may be written with the SDK's enums, and in any case."""
    fields = tidy.group_fields(
        {"os_type": models.OperatingSystemTypes.LINUX, "restart_policy": "NEVER", "location": "West Europe"}
    )
    assert fields == {"os_type": "Linux", "restart_policy": "Never", "location": "westeurope"}
    assert type(fields["os_type"]) is str


def test_volumes_are_sorted_by_path() -> None:
    """The order in which a mapping of mounts was written makes no difference."""
    assert tidy.container_fields({"volumes": {"/b": "two", "/a": "one"}})["mounts"] == (
        Mount("one", "/a"),
        Mount("two", "/b"),
    )


@given(st.dictionaries(st.sampled_from(CONTAINER_WORDS), anything))
def test_tidying_a_container_never_fails(options: dict[str, Any]) -> None:
    """Whatever was written reaches the rules, which say what is wrong with it."""
    assert set(tidy.container_fields(options)) <= {*CONTAINER_WORDS, "mounts"} - {"secure_env", "volumes"}


@given(st.dictionaries(st.sampled_from(GROUP_WORDS), anything))
def test_tidying_a_group_never_fails(options: dict[str, Any]) -> None:
    """Whatever was written reaches the rules, which say what is wrong with it."""
    assert set(tidy.group_fields(options)) <= set(GROUP_WORDS)

from __future__ import annotations

from typing import Any

import pytest

from pytest_aci.spec import (
    EmptyDir,
    GroupSpec,
    Identity,
    Mount,
    Probe,
    RegistryCredential,
    SpecError,
    container,
    group,
    sidecar,
    single,
)
from pytest_aci.spec.groups import ContainerSpec
from tests.spec.strategies import HELLO, IDENTITY, SUBNET


def small(name: str, **options: Any) -> ContainerSpec:
    """Give a container of which several fit into a group."""
    return container(name, HELLO, cpu=0.5, memory_gb=0.5, **options)


def test_two_containers_of_a_group_have_two_names() -> None:
    """A name that stands twice is refused, an init container's included (U01)."""
    with pytest.raises(SpecError, match=r"containers = 'a': a name of its own for each container and init container"):
        group(small("a"), small("b"), init_containers=[container("a", HELLO)])


def test_the_ports_of_a_sidecar_do_not_clash() -> None:
    """Containers of a group share one address, so a port belongs to one of them (U05)."""
    with pytest.raises(SpecError, match="ports = 80: each port once in a group: its containers share one address"):
        sidecar(small("app", ports=[80]), small("beside", ports=[80]))


def test_tcp_and_udp_share_the_numbers() -> None:
    """The same number for TCP and UDP is refused, as Azure does (U05)."""
    with pytest.raises(SpecError, match=r"ports = 53: each port once in a group.*TCP and UDP the same numbers"):
        single(HELLO, ports=[53, "53/udp"])


def test_an_address_has_five_ports_at_most() -> None:
    """Six ports are refused, wherever in the group they stand (U05)."""
    with pytest.raises(SpecError, match="ports = 1, 2, 3, 4, 5, 6: at most 5 ports"):
        sidecar(small("app", ports=[1, 2, 3]), small("beside", ports=[4, 5, 6]))


def test_a_group_fits_a_host() -> None:
    """Cores and memory are counted for the group, and the way out is said (U03)."""
    with pytest.raises(SpecError, match=r"cpu = 4.5 in sum: at most 4 cores for a group; .*SDK ContainerGroup model"):
        group(small("a"), container("b", HELLO, cpu=4))
    with pytest.raises(SpecError, match=r"memory_gb = 16.5 in sum: at most 16 GB for a group"):
        group(small("a"), container("b", HELLO, memory_gb=16))


@pytest.mark.parametrize("option", [{"ports": [80]}, {"cpu": 2}, {"memory_gb": 2}, {"liveness": Probe(exec=["a"])}])
def test_an_init_container_only_prepares(option: dict[str, Any]) -> None:
    """Ports, resources and probes are refused there."""
    (field,) = option
    with pytest.raises(
        SpecError, match=rf"init_containers\[0\]\.{field} = .*: not given: an init container has no ports"
    ):
        single(HELLO, init_containers=[container("prepare", HELLO, **option)])


def test_a_label_needs_a_public_address() -> None:
    """A DNS label without ports, or inside a subnet, names nothing."""
    with pytest.raises(SpecError, match="dns_label = 'hello': a group with ports"):
        single(HELLO, dns_label="hello")
    with pytest.raises(SpecError, match="dns_label = 'hello': a group with a public address"):
        single(HELLO, ports=[80], dns_label="hello", subnet_ids=SUBNET)


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("identity", {"identity": Identity(system=True)}),
        ("volumes", {"volumes": [EmptyDir("cache")]}),
        ("init_containers", {"init_containers": [container("prepare", HELLO)]}),
    ],
)
def test_windows_has_one_container_and_little_else(field: str, options: dict[str, Any]) -> None:
    """What ACI does not offer on Windows is refused with what does offer it (U11)."""
    with pytest.raises(SpecError, match=rf"{field} = .*: on Windows one container alone.*os_type Linux has them all"):
        group(container("a", HELLO), os_type="Windows", **options)


def test_windows_has_no_second_container() -> None:
    """Groups of several containers are for Linux (U11)."""
    with pytest.raises(SpecError, match=r"containers = .*: on Windows one container alone"):
        group(small("a"), small("b"), os_type="Windows")


def test_a_mount_names_a_volume_of_the_group() -> None:
    """A name that no volume carries is refused with those that exist."""
    with pytest.raises(SpecError, match="mounts = 'cahce': one of the group's volumes, which are cache, other"):
        group(small("a", volumes={"/x": "cahce"}), small("b"), volumes=[EmptyDir("cache"), EmptyDir("other")])


def test_a_path_is_mounted_once() -> None:
    """Two volumes at one path of a container are refused."""
    with pytest.raises(SpecError, match="mounts = '/x': each path once in a container"):
        single(HELLO, volumes=[Mount(EmptyDir("first"), "/x"), Mount(EmptyDir("second"), "/x")])


def test_different_volumes_have_different_names() -> None:
    """Two volumes that differ and share a name are refused; the same one twice is one."""
    same = group(small("a", volumes={"/x": EmptyDir("cache")}), small("b", volumes={"/y": EmptyDir("cache")}))
    assert same.volumes == (EmptyDir("cache"),)
    with pytest.raises(SpecError, match="volumes = 'cache': a name of its own for each different volume"):
        GroupSpec(same.containers, volumes=(EmptyDir("cache"), EmptyDir("cache")))


def test_an_identity_that_opens_a_registry_belongs_to_the_group() -> None:
    """An identity that the group has not been given can not pull its images."""
    with pytest.raises(SpecError, match=r"registry_credentials\[0\].identity = .*: an identity that the group has too"):
        single(HELLO, registry_credentials=RegistryCredential("r.io", identity=IDENTITY))


def test_a_variable_is_plain_or_secure() -> None:
    """One name in both kinds is refused."""
    with pytest.raises(SpecError, match="env = 'A': a name in env or in secure_env, not in both"):
        single(HELLO, env={"A": "1"}, secure_env={"A": "2"})


def test_a_group_made_by_hand_is_checked_too() -> None:
    """The class itself refuses what the builders refuse, with the place of the container."""
    with pytest.raises(SpecError, match=r"containers\[1\].name = 'B': 1 to 63 lower-case"):
        GroupSpec((ContainerSpec("a", HELLO), ContainerSpec("B", HELLO)))

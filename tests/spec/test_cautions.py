from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aci.spec import RegistryCredential, SpecWarning, container, group, sidecar, single, task
from tests.spec.strategies import HELLO

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("port", [22, 1025, 3399, 19080, 20000, 30000, 49152, 65534])
def test_a_reserved_port_is_cautioned_against(port: int) -> None:
    """Azure never starts a group with such a port, so it is said; the list changes, so it is not refused (U05)."""
    with pytest.warns(SpecWarning, match=rf"ports = {port}: Azure Container Instances keeps this port for itself"):
        assert single(HELLO, ports=[port]).ports[0].port == port


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "token", "API_KEY", "ApiKey", "STORAGE_CONNECTION_STRING", "AWS_ACCESS_KEY"]
)
def test_a_secret_in_plain_sight_is_cautioned_against(name: str) -> None:
    """A variable that is named like a secret leads to secure_env, its value unsaid (U09)."""
    with pytest.warns(
        SpecWarning, match=rf"env\['{name}'\] of container 'main' looks like a secret.*Use secure_env="
    ) as seen:
        single(HELLO, env={name: "hunter2"})
    assert not any("hunter2" in str(warning.message) for warning in seen)


def test_a_secure_variable_needs_no_caution() -> None:
    """What is hidden already is fine."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        single(HELLO, secure_env={"DB_PASSWORD": "x"})


def test_an_anonymous_pull_from_docker_hub_is_cautioned_against() -> None:
    """Docker Hub's limit fails creations on Azure; a missing tag is said with it (U06)."""
    with pytest.warns(
        SpecWarning, match="'nginx' is pulled from Docker Hub without a credential.*It has no tag either"
    ):
        single("nginx")
    with pytest.warns(SpecWarning, match="'nginx:1.27' is pulled from Docker Hub without a credential") as seen:
        single("nginx:1.27")
    assert "no tag" not in str(seen[0].message)


def test_the_emulators_faults_need_no_caution() -> None:
    """`fault/…` is an image of the emulator's, and nobody pulls it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        single("fault/slow-pull:2")


def test_docker_hub_with_a_credential_needs_no_caution() -> None:
    """Somebody who has an account there has a limit of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        single("nginx:1.27", registry_credentials=RegistryCredential("index.docker.io", "me", "x"))


def test_a_group_smaller_than_documented_is_cautioned_against() -> None:
    """Azure documents one core and one GB as a group's least; containers may have less each (U03)."""
    with pytest.warns(SpecWarning, match=r"cpu = 0.01, memory_gb = 1.5 in sum: Azure documents 1 core and 1 GB"):
        single(HELLO, cpu=0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        group(container("a", HELLO, cpu=0.5, memory_gb=0.5), container("b", HELLO, cpu=0.5, memory_gb=0.5))


@pytest.mark.parametrize(
    "build",
    [
        lambda: single("nginx"),
        lambda: task("nginx", ["a"]),
        lambda: group(container("a", "nginx")),
        lambda: sidecar("nginx", container("b", HELLO)),
    ],
)
def test_a_caution_points_at_the_line_that_asked(build: Callable[[], object]) -> None:
    """Whichever builder it was, the warning stands at the user's own line."""
    with pytest.warns(SpecWarning) as seen:
        build()
    assert Path(seen[0].filename) == Path(__file__)

"""The public names as a contract of types. Never executed: mypy reads it, and a change of a type is a failure here.

Names are imported from `pytest_aci` alone, because that is all that users may import.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, assert_type

import pytest

import pytest_aci
from pytest_aci import (
    Aci,
    AciError,
    AzureFile,
    Condition,
    Container,
    ContainerGroup,
    ContainerSpec,
    EmptyDir,
    Event,
    ExecResult,
    GitRepo,
    Gpu,
    GroupSpec,
    HttpGet,
    Identity,
    Interaction,
    Leftover,
    LogAnalytics,
    Mode,
    Mount,
    NotReady,
    Port,
    Probe,
    RegistryCredential,
    ResourceGroup,
    Secret,
    SecretVolume,
    Settings,
    SpecError,
    SpecWarning,
    container,
    container_group,
    exit_code,
    group,
    healthy,
    http,
    log,
    port,
    running,
    sidecar,
    single,
    task,
    terminated,
)

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient as AsyncClient
    from azure.mgmt.containerinstance.models import ContainerGroup as ContainerGroupModel
    from azure.mgmt.containerinstance.models import (
        ContainerGroupPropertiesInstanceView,
        ContainerPropertiesInstanceView,
    )
    from azure.mgmt.resource.resources import ResourceManagementClient


def builders() -> None:
    """Builders take what is pleasant to write, and return specs."""
    app = container(
        "app",
        "registry.example.com/app:1",
        command=["serve", "--fast"],
        env={"A": "1"},
        secure_env={"B": "2", "C": Secret("3")},
        ports=[80, "53/udp", Port(443, "TCP")],
        cpu=0.5,
        memory_gb=1,
        gpu=Gpu(1, "V100"),
        volumes=[Mount("data1", "/data", read_only=True), Mount(EmptyDir("scratch"), "/scratch")],
        liveness=Probe(exec=["true"], period_seconds=5),
        readiness=Probe(http_get=HttpGet(80, "/health", headers={"X": Secret("y")})),
    )
    assert_type(app, ContainerSpec)
    assert_type(single("image", name="web", ports=[80], dns_label="web-tests"), GroupSpec)
    assert_type(task("image", ["echo", "hello"], restart_policy="OnFailure"), GroupSpec)
    assert_type(sidecar(app, "image", zone=1), GroupSpec)
    assert_type(
        group(
            app,
            init_containers=[app],
            volumes=[AzureFile("data1", "share", "account", "key"), GitRepo("clone", "https://example.com/a.git")],
            registry_credentials=RegistryCredential("registry.example.com", "user", Secret("password")),
            identity=Identity(system=True),
            subnet_ids="/subscriptions/1/…",
            priority="Spot",
            log_analytics=LogAnalytics("id", Secret("key")),
            tags={"team": "web"},
        ),
        GroupSpec,
    )
    assert_type(SecretVolume("files", {"a": "text", "b": b"bytes", "c": Secret("hidden")}).name, str)
    single("image", colour="red")  # type: ignore[call-arg] # an unknown word is refused before the test runs
    single("image", restart_policy="Sometimes")  # type: ignore[arg-type] # a wrong word likewise


def conditions() -> None:
    """Conditions are joined into conditions."""
    assert_type(
        port(80) & http(80, "/", status=204, scheme="https", verify=False) | log("ready", container="app"), Condition
    )
    joined: Condition = (running | terminated) & healthy
    assert_type(container_group(single("image"), until=joined & exit_code(0), timeout=60, scope="module"), Any)


def handles(web: ContainerGroup) -> None:
    """A handle's facts are typed, those of Azure by the SDK's own models."""
    assert_type(web.name, str)
    assert_type(web.ip, str | None)
    assert_type(web.fqdn, str | None)
    assert_type(web.ports, tuple[int, ...])
    assert_type(web.state, str | None)
    assert_type(web.exit_code, int | None)
    _model: ContainerGroupModel = web.resource
    _view: ContainerGroupPropertiesInstanceView = web.instance_view
    assert_type(web.url(80, "/", "https"), str)
    assert_type(web.address(80), tuple[str, int])
    assert_type(web.logs(tail=5, timestamps=True), str)
    assert_type(web.exec("ls", container="main", timeout=5), ExecResult)
    assert_type(web.exec("ls").output, str)
    for chained in (web.refresh(), web.wait(running, timeout=5), web.stop(), web.start(until=running), web.restart()):
        assert_type(chained, ContainerGroup)
    for one in web:
        assert_type(one, Container)
    _inside: ContainerPropertiesInstanceView = web["main"].instance_view
    assert_type(web["main"].restart_count, int)
    assert_type(web.events, tuple[Event, ...])
    assert_type(web["main"].events[0].count, int)
    web.delete()  # type: ignore[attr-defined] # a handle can not delete


def hooks(interaction: Interaction, leftover: Leftover) -> None:
    """What hooks are given can be named."""
    assert_type(interaction.request.method, str)
    assert_type(interaction.response.body, bytes)
    assert_type(leftover.reason, str)
    assert_type(leftover.command, str)


def fixtures(
    *,
    aci: Aci,
    aci_single: ContainerGroup,
    aci_sidecar: ContainerGroup,
    aci_task: ContainerGroup,
    aci_resource_group: ResourceGroup,
    aci_settings: Settings,
    aci_credential: TokenCredential | None,
    aci_client: ContainerInstanceManagementClient,
    aci_async_client: AsyncClient,
    aci_resource_client: ResourceManagementClient,
) -> None:
    """The type of every fixture has a name that users can import."""
    assert_type(aci.up(single("image"), until=running, timeout=5), ContainerGroup)
    assert_type(aci.mode, Mode)
    assert_type(aci.resource_group, ResourceGroup)
    assert_type(aci_resource_group.name, str)
    assert_type(aci_resource_group.location, str)
    assert_type(dataclasses.replace(aci_settings, location="northeurope"), Settings)
    assert_type(aci_settings.mode.is_live, bool)


def errors() -> None:
    """Errors are exceptions with facts; the warning is a warning."""
    error: AciError = SpecError()
    warning: Warning = SpecWarning("words")
    with pytest.raises(NotReady) as failure:
        raise error from warning
    assert_type(failure.value.group, str)
    assert_type(failure.value.seconds, float)
    assert_type(failure.value.never, str | None)


assert_type(pytest_aci.__all__, list[str])

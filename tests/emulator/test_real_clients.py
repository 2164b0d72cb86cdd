"""Microsoft's own clients against the emulator, over plain http and over https, and every way to sign in."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Self

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient, models
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient as AsyncClient
from azure.mgmt.resource.resources import ResourceManagementClient

from pytest_aci.emulator.configuration import Configuration

from .running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import TokenCredential

SCHEMES = ["http", "https"]


class AnyToken:
    """A credential whose tokens nobody looks at."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for an hour."""
        return AccessToken("any", int(time.time()) + 3600)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    """One emulator for all clients, with the transparent mode on."""
    hosts = frozenset({"management.azure.com", "login.microsoftonline.com"})
    with Running(Configuration(allowed_hosts=hosts, is_transparent=True, page_size=2)) as running:
        yield running


def options(emulator: Running, scheme: str) -> dict[str, Any]:
    """How a client is pointed to one of the two addresses."""
    if scheme == "http":
        return {"base_url": emulator.server.url, "authentication_policy": SansIOHTTPPolicy()}
    return {"base_url": emulator.server.https_url, "connection_verify": str(emulator.server.ca_bundle)}


def clients(
    emulator: Running, scheme: str, credential: TokenCredential | None = None
) -> tuple[ContainerInstanceManagementClient, ResourceManagementClient]:
    """Both management clients."""
    subscription = emulator.configuration.subscriptions[0]
    more = options(emulator, scheme)
    return (
        ContainerInstanceManagementClient(credential or AnyToken(), subscription, **more),
        ResourceManagementClient(credential or AnyToken(), subscription, **more),
    )


def state_of(group: Any) -> str:
    """The state of a group; the SDK's types promise `None` for every instance view."""
    return str(group.instance_view.state)


def spec() -> models.ContainerGroup:
    """A group in the SDK's words."""
    resources = models.ResourceRequirements(requests=models.ResourceRequests(cpu=1.0, memory_in_gb=1.5))
    container = models.Container(name="main", image="app", resources=resources, ports=[models.ContainerPort(port=80)])
    address = models.IpAddress(type="Public", ports=[models.Port(port=80, protocol="TCP")])
    return models.ContainerGroup(location="westeurope", os_type="Linux", containers=[container], ip_address=address)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_whole_life(emulator: Running, scheme: str) -> None:
    """The SDK takes a group through its whole life, faster than one of its own 30 s naps."""
    containers, resources = clients(emulator, scheme)
    group, name = f"life-{scheme}", "web"
    begun = time.monotonic()
    assert resources.resource_groups.create_or_update(group, {"location": "westeurope"}).name == group
    assert resources.resource_groups.check_existence(group) is True
    created = containers.container_groups.begin_create_or_update(group, name, spec()).result()
    assert state_of(created) == "Running"
    view: Any = created.containers[0].instance_view
    assert view.current_state.state == "Running"
    assert containers.containers.list_logs(group, name, "main").content == "started\n"
    size = models.ContainerExecRequestTerminalSize(rows=24, cols=80)
    session = containers.containers.execute_command(
        group, name, "main", models.ContainerExecRequest(command="/bin/sh", terminal_size=size)
    )
    assert str(session.web_socket_uri).startswith("wss://" if scheme == "https" else "ws://")
    assert str(containers.containers.attach(group, name, "main").password).endswith("[[EOM]]")
    containers.container_groups.stop(group, name)
    assert state_of(containers.container_groups.get(group, name)) == "Stopped"
    containers.container_groups.begin_start(group, name).result()
    assert state_of(containers.container_groups.get(group, name)) == "Running"
    containers.container_groups.begin_restart(group, name).result()
    assert containers.container_groups.update(group, name, models.Resource(tags={"a": "b"})).tags == {"a": "b"}
    assert [each.name for each in containers.container_groups.list_by_resource_group(group)] == [name]
    assert list(containers.container_groups.get_outbound_network_dependencies_endpoints(group, name)) == []
    assert containers.container_groups.begin_delete(group, name).result().name == name
    assert list(containers.container_groups.list_by_resource_group(group)) == []
    resources.resource_groups.begin_delete(group).result()
    assert resources.resource_groups.check_existence(group) is False
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("scheme", SCHEMES)
def test_other_operations(emulator: Running, scheme: str) -> None:
    """The SDK reads the remaining lists: usages, capabilities, cached images, operations, providers."""
    containers, resources = clients(emulator, scheme)
    assert len(list(containers.location.list_usage("westeurope"))) == 7
    capable: Any = next(iter(containers.location.list_capabilities("westeurope")))
    assert capable.capabilities.max_cpu == 4.0
    assert next(iter(containers.location.list_cached_images("westeurope"))).os_type == "Linux"
    assert len(list(containers.operations.list())) == 24
    assert resources.providers.get("Microsoft.ContainerInstance").registration_state == "Registered"
    assert resources.providers.register("Microsoft.ContainerInstance").registration_state == "Registered"


def test_lists_go_on_behind_next_link(emulator: Running) -> None:
    """The SDK follows `nextLink`: five resource groups come on three pages."""
    _, resources = clients(emulator, "http")
    names = [f"page-{number}" for number in range(5)]
    for name in names:
        resources.resource_groups.create_or_update(name, {"location": "westeurope", "tags": {"paged": "yes"}})
    found = resources.resource_groups.list(filter="tagName eq 'paged' and tagValue eq 'yes'")
    assert [len(list(page)) for page in found.by_page()] == [2, 2, 1]


def test_errors_become_the_sdks(emulator: Running) -> None:
    """The SDK's exceptions carry the emulator's codes: 404, 409 and a failed operation."""
    containers, resources = clients(emulator, "http")
    resources.resource_groups.create_or_update("errors", {"location": "westeurope"})
    with pytest.raises(ResourceNotFoundError, match=r"\(ResourceNotFound\) The Resource 'Microsoft.ContainerInstance"):
        containers.container_groups.get("errors", "nobody")
    with (
        emulator.injected("capacity"),
        pytest.raises(ResourceExistsError, match=r"\(ServiceUnavailable\)"),
    ):
        containers.container_groups.begin_create_or_update("errors", "web", spec())
    with emulator.injected("provisioning", outcome="Failed", code="InsufficientCapacity"):
        poller = containers.container_groups.begin_create_or_update("errors", "web", spec())
        with pytest.raises(HttpResponseError, match=r"\(InsufficientCapacity\)"):
            poller.result()


def test_unregistered_provider_is_registered_by_the_sdk(emulator: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """On MissingSubscriptionRegistration the SDK registers the provider and repeats the request."""
    monkeypatch.setattr("azure.mgmt.core.policies._base.time.sleep", lambda _: None)  # it naps 10 s between looks
    containers, resources = clients(emulator, "http")
    resources.resource_groups.create_or_update("registers", {"location": "westeurope"})
    resources.providers.unregister("Microsoft.ContainerInstance")
    containers.container_groups.begin_create_or_update("registers", "web", spec()).result()
    assert resources.providers.get("Microsoft.ContainerInstance").registration_state == "Registered"


def test_client_secret(emulator: Running) -> None:
    """`ClientSecretCredential` signs in at the emulator's authority."""
    credential = ClientSecretCredential(
        emulator.configuration.tenant,
        "client",
        "any secret",
        authority=emulator.server.https_url,
        disable_instance_discovery=True,
        connection_verify=str(emulator.server.ca_bundle),
    )
    containers, _ = clients(emulator, "https", credential)
    assert list(containers.container_groups.list()) is not None
    assert credential.get_token("https://management.azure.com/.default").token.count(".") == 2


def test_auth_file(emulator: Running) -> None:
    """The auth file of the ready line has every key that a service principal's file has, and its endpoints are ours."""
    assert emulator.server.auth_file.stat().st_mode & 0o777 == 0o600  # what reads it warns of anything else
    document = json.loads(emulator.server.auth_file.read_text(encoding="utf-8"))
    assert document["activeDirectoryEndpointUrl"] == emulator.server.https_url
    assert document["subscriptionId"] == emulator.configuration.subscriptions[0]
    assert {"clientId", "clientSecret", "tenantId", "resourceManagerEndpointUrl"} <= set(document)


def test_managed_identity(emulator: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ManagedIdentityCredential` takes its token from the App Service endpoint, over plain http."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{emulator.server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "emulator")
    token = ManagedIdentityCredential().get_token("https://management.azure.com/.default")
    assert token.expires_on > time.time()


def run_default_credential(emulator: Running, more: dict[str, str], base: str) -> str:
    """Run user code with an unmodified `DefaultAzureCredential` in a process of its own; what it printed."""
    code = (
        "import sys\n"
        "from azure.identity import DefaultAzureCredential\n"
        "from azure.mgmt.resource.resources import ResourceManagementClient\n"
        "more = {'base_url': sys.argv[2]} if sys.argv[2] else {}\n"
        "client = ResourceManagementClient(DefaultAzureCredential(), sys.argv[1], **more)\n"
        "print(client.resource_groups.create_or_update('by-default', {'location': 'westeurope'}).name)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE", "HTTP", "http"))}
    environment |= {"REQUESTS_CA_BUNDLE": str(emulator.server.ca_bundle)} | more
    command = [sys.executable, "-c", code, emulator.configuration.subscriptions[0], base]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_default_credential_by_environment(emulator: Running) -> None:
    """An unmodified `DefaultAzureCredential()` signs in through the environment, with `adfs` for a tenant."""
    more = {
        "AZURE_AUTHORITY_HOST": emulator.server.https_url,
        "AZURE_TENANT_ID": "adfs",
        "AZURE_CLIENT_ID": "client",
        "AZURE_CLIENT_SECRET": "any secret",
    }
    assert run_default_credential(emulator, more, emulator.server.https_url) == "by-default"


def test_transparent_mode(emulator: Running) -> None:
    """Code with Azure's public addresses built in runs unmodified behind the emulator's proxy."""
    assert emulator.server.proxy is not None
    more = {
        "HTTPS_PROXY": emulator.server.proxy.url,
        "AZURE_TENANT_ID": emulator.configuration.tenant,
        "AZURE_CLIENT_ID": "client",
        "AZURE_CLIENT_SECRET": "any secret",
    }
    assert run_default_credential(emulator, more, "") == "by-default"


def test_asynchronous_client(emulator: Running) -> None:
    """The SDK's asynchronous client takes a group up and down."""

    async def live() -> str:
        subscription = emulator.configuration.subscriptions[0]
        async with AsyncClient(AsyncToken(), subscription, **options(emulator, "http")) as client:
            poller = await client.container_groups.begin_create_or_update("async", "web", spec())
            group = await poller.result()
            await client.container_groups.begin_delete("async", "web")
            return state_of(group)

    _, resources = clients(emulator, "http")
    resources.resource_groups.create_or_update("async", {"location": "westeurope"})
    assert asyncio.run(live()) == "Running"


class AsyncToken:
    """As `AnyToken`, for an asynchronous client."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for an hour."""
        return AccessToken("any", int(time.time()) + 3600)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nothing is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin.wiring import run_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import TokenCredential
    from azure.mgmt.containerinstance import ContainerInstanceManagementClient
    from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient as AsyncContainerClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    from pytest_aci.arm.control_plane import ResourceGroup
    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.readiness import Condition
    from pytest_aci.run import Run
    from pytest_aci.settings import Mode, Settings
    from pytest_aci.spec.marker import MarkerKind


@pytest.fixture(scope="session")
def aci_settings(request: pytest.FixtureRequest) -> Settings:
    """What this run was asked to do, decided once from command line, environment, ini and defaults. Costs nothing.

    Override it in a conftest to change what a run does, with `dataclasses.replace`. Modes, endpoints, cassettes and
    images are decided before any fixture, by options only.
    """
    from pytest_aci.plugin.options import SETTINGS  # noqa: PLC0415 # a cycle otherwise

    return request.config.stash[SETTINGS]


@pytest.fixture(scope="session")
def aci_credential() -> TokenCredential | None:
    """The credential for Azure, or None for the usual search. Override it in a conftest to bring your own.

    The search: the file named by AZURE_AUTH_LOCATION, then what azure-identity's DefaultAzureCredential finds.
    Replay and an emulator on this machine need none.
    """
    return None


@pytest.fixture(scope="session")
def _aci_run(request: pytest.FixtureRequest, aci_settings: Settings, aci_credential: TokenCredential | None) -> Run:
    """The wiring of this run. Every fixture of pytest-aci depends on it; that is how its tests are told."""
    from pytest_aci.plugin.options import adopt  # noqa: PLC0415 # a cycle otherwise

    adopt(request.config, aci_settings)
    return run_of(request.config, aci_credential)


@pytest.fixture(scope="session")
def aci_resource_group(_aci_run: Run) -> ResourceGroup:
    """The run's resource group: name, id, location, tags. Created on first use and deleted at the end of the run.

    With --aci-resource-group it is a borrowed one, and never deleted.
    """
    return _aci_run.resource_group()


@pytest.fixture(scope="session")
def aci_client(_aci_run: Run) -> ContainerInstanceManagementClient:
    """The Azure SDK's ContainerInstanceManagementClient, for your own code: recorded and replayed like the rest."""
    return _aci_run.reach.connection.container_client()


@pytest.fixture(scope="session")
def aci_resource_client(_aci_run: Run) -> ResourceManagementClient:
    """The Azure SDK's ResourceManagementClient, for your own code: recorded and replayed like the rest."""
    return _aci_run.reach.connection.resource_client()


@pytest.fixture
def aci_async_client(_aci_run: Run) -> AsyncContainerClient:
    """The Azure SDK's asynchronous client, for one test's event loop: `async with aci_async_client as client: …`.

    Recorded and replayed like the rest; works with pytest-asyncio and anyio.
    """
    return _aci_run.reach.connection.async_container_client()


@pytest.fixture
def aci_single(request: pytest.FixtureRequest, _aci_run: Run) -> Iterator[ContainerGroup]:
    """A running group of one container: that of the nearest @pytest.mark.aci(image=…), else a hello page on port 80.

    Tests that ask for the same thing share one group through the whole run; fresh=True is one of your own.
    """
    yield from _lease(request, _aci_run, "single")


@pytest.fixture
def aci_sidecar(request: pytest.FixtureRequest, _aci_run: Run) -> Iterator[ContainerGroup]:
    """A running group of two containers, `main` and `sidecar`: that of the nearest @pytest.mark.aci(sidecar=…).

    Without a marker, a hello page on port 80 and a sidecar that fetches it. Shared like `aci_single`.
    """
    yield from _lease(request, _aci_run, "sidecar")


@pytest.fixture
def aci_task(request: pytest.FixtureRequest, _aci_run: Run) -> Iterator[ContainerGroup]:
    """A group that has run to its end: that of the nearest @pytest.mark.aci(command=…), with exit code and logs.

    Without a marker, it counts the words of Hamlet. Restart policy Never. Shared like `aci_single`.
    """
    yield from _lease(request, _aci_run, "task")


@dataclass(frozen=True, slots=True)
class Aci:
    """The small escape hatch: what the fixtures do, from inside a test."""

    _run: Run
    _request: pytest.FixtureRequest

    @property
    def mode(self) -> Mode:
        """Who answers: replay, record or live."""
        return self._run.settings.mode

    @property
    def endpoint(self) -> str:
        """The URL of the control plane; in replay the one that cassettes carry."""
        return self._run.reach.connection.base_url

    @property
    def resource_group(self) -> ResourceGroup:
        """The resource group of the run, created on first use."""
        return self._run.resource_group()

    def up(self, spec: Any, *, until: Condition | None = None, timeout: float | str | None = None) -> ContainerGroup:
        """Create a container group of this test's own; it is deleted when the test ends.

        Args:
            spec: What `single`, `sidecar`, `task` or `group` return, or the SDK's own `ContainerGroup` model.
            until: What to wait for, as in `container_group`.
            timeout: Seconds until that has come, or a duration such as "5m".

        Raises:
            SpecError: The spec can not be what Azure accepts; nothing was sent.
            NotReady: It did not become what was awaited; it is deleted already.
        """
        from pytest_aci.plugin.leases import own_group  # noqa: PLC0415 # loads the SDK

        return own_group(self._request, self._run, spec, until, timeout)


@pytest.fixture
def aci(request: pytest.FixtureRequest, _aci_run: Run) -> Aci:
    """Container groups that are decided inside a test: `aci.up(spec)`; also `aci.mode`, `aci.resource_group`."""
    return Aci(_aci_run, request)


def _lease(request: pytest.FixtureRequest, run: Run, kind: MarkerKind) -> Iterator[ContainerGroup]:
    from pytest_aci.plugin.leases import lease_marked  # noqa: PLC0415 # loads the SDK
    from pytest_aci.plugin.pointing import PointingAt  # noqa: PLC0415 # loaded with the SDK only

    file, line, _ = request.node.reportinfo()
    with PointingAt(str(file), (line or 0) + 1):
        yield from lease_marked(request, run, kind)

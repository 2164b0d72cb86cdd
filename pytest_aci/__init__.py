from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import Event, ExecResult, ResourceGroup
    from pytest_aci.cleanup.outcome import Leftover
    from pytest_aci.errors import AciError, NotReady, SpecError, SpecWarning
    from pytest_aci.plugin.declared import container_group
    from pytest_aci.plugin.fixtures import Aci
    from pytest_aci.provisioning.conditions import exit_code, healthy, http, log, port, running, terminated
    from pytest_aci.provisioning.handle import Container, ContainerGroup
    from pytest_aci.provisioning.readiness import Condition
    from pytest_aci.recording.exchange import Interaction
    from pytest_aci.settings import Mode, Settings
    from pytest_aci.spec import (
        AzureFile,
        ContainerSpec,
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
        sidecar,
        single,
        task,
    )

__all__ = [
    "Aci",
    "AciError",
    "AzureFile",
    "Condition",
    "Container",
    "ContainerGroup",
    "ContainerSpec",
    "EmptyDir",
    "Event",
    "ExecResult",
    "GitRepo",
    "Gpu",
    "GroupSpec",
    "HttpGet",
    "Identity",
    "Interaction",
    "Leftover",
    "LogAnalytics",
    "Mode",
    "Mount",
    "NotReady",
    "Port",
    "Probe",
    "RegistryCredential",
    "ResourceGroup",
    "Secret",
    "SecretVolume",
    "Settings",
    "SpecError",
    "SpecWarning",
    "container",
    "container_group",
    "exit_code",
    "group",
    "healthy",
    "http",
    "log",
    "port",
    "running",
    "sidecar",
    "single",
    "task",
    "terminated",
]

_PLACES = (
    *("errors", "settings", "spec", "provisioning.readiness", "provisioning.conditions", "provisioning.handle"),
    *("arm.control_plane", "cleanup.outcome", "recording.exchange", "plugin.declared", "plugin.fixtures"),
)
"""Where the public names live, each in the first module that has it."""

if not TYPE_CHECKING:  # which sees the imports above

    def __getattr__(name):  # noqa: ANN001, ANN202 # see above
        """Load a public name when it is first asked for: every start of pytest imports this package."""
        from importlib import import_module  # noqa: PLC0415 # see above

        if name in __all__:
            modules = (import_module(f"{__name__}.{place}") for place in _PLACES)
            value = globals()[name] = next(vars(one)[name] for one in modules if name in vars(one))
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():  # noqa: ANN202 # see above
        """Name what is here before it is asked for: completion looks at this."""
        return sorted({*globals(), *__all__})

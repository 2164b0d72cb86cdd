from __future__ import annotations

from pytest_aci.arm.control_plane import ResourceGroup
from pytest_aci.errors import AciError, NotReady, SpecError, SpecWarning
from pytest_aci.plugin.declared import container_group
from pytest_aci.provisioning.handle import Container, ContainerGroup
from pytest_aci.provisioning.readiness import Condition, exit_code, healthy, http, log, port, running, terminated
from pytest_aci.spec import (
    AzureFile,
    EmptyDir,
    GitRepo,
    Gpu,
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
    "AciError",
    "AzureFile",
    "Condition",
    "Container",
    "ContainerGroup",
    "EmptyDir",
    "GitRepo",
    "Gpu",
    "HttpGet",
    "Identity",
    "LogAnalytics",
    "Mount",
    "NotReady",
    "Port",
    "Probe",
    "RegistryCredential",
    "ResourceGroup",
    "Secret",
    "SecretVolume",
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

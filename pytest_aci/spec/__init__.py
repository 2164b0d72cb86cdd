from __future__ import annotations

from pytest_aci.errors import SpecError, SpecWarning
from pytest_aci.secret_signs import MASK
from pytest_aci.spec.builders import container, group, sidecar, single, task
from pytest_aci.spec.groups import ContainerSpec, GroupSpec
from pytest_aci.spec.marker import MARKER_OPTIONS, MARKER_SWITCHES, from_marker, split_marker
from pytest_aci.spec.model import ModelSpec, Spec, as_spec
from pytest_aci.spec.secret import Secret
from pytest_aci.spec.values import (
    AzureFile,
    EmptyDir,
    EnvVar,
    GitRepo,
    Gpu,
    HttpGet,
    Identity,
    LogAnalytics,
    Mount,
    Port,
    Probe,
    RegistryCredential,
    SecretVolume,
    Volume,
)

__all__ = [
    "MARKER_OPTIONS",
    "MARKER_SWITCHES",
    "MASK",
    "AzureFile",
    "ContainerSpec",
    "EmptyDir",
    "EnvVar",
    "GitRepo",
    "Gpu",
    "GroupSpec",
    "HttpGet",
    "Identity",
    "LogAnalytics",
    "ModelSpec",
    "Mount",
    "Port",
    "Probe",
    "RegistryCredential",
    "Secret",
    "SecretVolume",
    "Spec",
    "SpecError",
    "SpecWarning",
    "Volume",
    "as_spec",
    "container",
    "from_marker",
    "group",
    "sidecar",
    "single",
    "split_marker",
    "task",
]

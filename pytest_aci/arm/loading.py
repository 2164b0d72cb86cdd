from __future__ import annotations

from importlib import import_module

CLIENTS = (
    "azure.mgmt.containerinstance",
    "azure.mgmt.resource.resources",
    "pytest_aci.arm.connection",
    "pytest_aci.arm.sdk",
)
SIGNING_IN = ("azure.identity", "msrestazure.azure_cloud")


def load_sdk(*, signs_in: bool) -> None:
    """Import what a control plane needs, in the calling thread; *signs_in*: with what finds clouds and credentials.

    The modules of azure.core import one another. Two threads that import them at the same time, such as a test and
    the creation of a group, can wait for each other's import locks, and Python ends that with a deadlock error.
    """
    for name in CLIENTS + (SIGNING_IN if signs_in else ()):
        import_module(name)

from __future__ import annotations

import shlex

from pytest_aci.arm.clouds import is_loopback

UNSAID = ("azure", "https://management.azure.com")


def sweep_command(
    endpoint: str,
    subscription: str = "",
    *,
    run_id: str | None = None,
    resource_group: str | None = None,
    older_than: float | None = None,
) -> str:
    """Return the command that deletes what is left at an endpoint, where that is not Azure's public cloud by default.

    *older_than* is in seconds.
    """
    given = {
        "--endpoint": "" if endpoint in UNSAID else endpoint,
        "--subscription": subscription,
        "--run-id": run_id,
        "--resource-group": resource_group,
        "--older-than": f"{older_than:g}s" if older_than is not None else "",
    }
    words = [word for flag, value in given.items() if value for word in (flag, value)]
    return shlex.join(["pytest-aci", "sweep", "--yes", *words])


def has_az(endpoint: str) -> bool:
    """Whether the az CLI, as people have it, knows the cloud at this endpoint: it does not know an emulator."""
    return not is_loopback(endpoint)

"""Hooks of pytest-aci for a conftest or another plugin. Each is called in the process where it happens.

Under xdist that is a worker, and provisioning ahead calls from threads of its own: what a hook does has to be safe
there. A hook that raises fails the group, the recording or the run that it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_aci.cleanup.outcome import Leftover
    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.recording.exchange import Interaction
    from pytest_aci.spec import Spec


@pytest.hookspec
def pytest_aci_group_requested(name: str, spec: Spec) -> Mapping[str, str] | None:
    """Tell that a container group is about to be created, and add tags to it.

    Called in replay too, since tags are part of the request that is played: tags that differ from run to run can be
    live only. With `--aci-keep=always` it is asked once more, with zeros for the random bits of the name: kept groups
    are used again only if they have the same tags. The tags by which clean-up recognises its own can not be replaced.

    Args:
        name: The name that the group gets in Azure.
        spec: What a test asks for: a spec, with `containers`, `location` and so on.

    Returns:
        Tags for this group, or None.
    """


@pytest.hookspec
def pytest_aci_group_ready(group: ContainerGroup, seconds: float) -> None:
    """Tell that a container group has been created and is ready, once per group: for metrics, or a first look at it.

    Args:
        group: The handle that tests get.
        seconds: How long that took since the request.
    """


@pytest.hookspec(firstresult=True)
def pytest_aci_interaction(interaction: Interaction) -> Interaction | None:
    """Change what is about to be written into a cassette: after redaction, to scrub what only you know to be private.

    In replay it is called with each request that is asked and an empty response (status 0), so that a request is
    changed in the same way before it is looked for. So what it does to a request must depend on that request alone.

    Args:
        interaction: `request` (`method`, `url`, `headers`, `body`) and `response` (`status`, `reason`, `headers`,
            `body`); bodies are bytes. Frozen: use `dataclasses.replace`.

    Returns:
        What is written instead, or None to leave it to others. The first answer counts.
    """


@pytest.hookspec
def pytest_aci_leftovers(leftovers: Sequence[Leftover]) -> None:
    """Tell what could not be deleted at the end of a run; called only if something is left.

    Args:
        leftovers: Each with `claim` (kind, name, resource group, expiry), `reason`, and the `command` that deletes it.
    """

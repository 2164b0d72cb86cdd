"""Who shares a group with whom: a run, a module, or nobody."""

from __future__ import annotations

import pytest
import requests

from pytest_aci import ContainerGroup, container_group, http, single

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"

# Session scope is the default: one group for the whole run, on however many workers.
everybody = container_group(single(HELLO, ports=[80]), until=http(80))

# One for this module, deleted when its last test has ended.
module_only = container_group(single(HELLO, ports=[80], env={"FOR": "this module"}), scope="module")


def test_reads_do_not_disturb_others(everybody: ContainerGroup) -> None:
    """A test that only reads shares its group with all others."""
    assert requests.get(everybody.url(80)).status_code == 200


def test_a_module_has_a_group_of_its_own(module_only: ContainerGroup, everybody: ContainerGroup) -> None:
    """Another scope is another group."""
    assert module_only.name != everybody.name


@pytest.mark.aci(image=HELLO, ports=[80], fresh=True)
def test_stopping_disturbs_nobody(aci_single: ContainerGroup) -> None:
    """A test that changes its group takes a fresh one."""
    aci_single.stop()
    assert aci_single.state == "Stopped"
    assert aci_single.ip is None
    aci_single.start()
    assert aci_single.state == "Running"

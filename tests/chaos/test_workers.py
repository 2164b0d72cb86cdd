"""Ends of runs with xdist: the rows P18 to P20 and P35 of docs/reliability.md.

Each has the invariant: nothing is left in the emulated Azure, the decoys are untouched, and no secret was written.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victims


def test_a_worker_that_crashes(azure: Azure, victims: Victims) -> None:
    """P18: what a crashed xdist worker has created is used on by the others, and deleted by the controller."""
    victims.write(
        "def test_crash(web):\n    mark('crash')\n    os._exit(3)\n"
        "def test_more(job): rest(1)\n"
        "@pytest.mark.parametrize('n', range(4))\ndef test_rest(web, n): assert web.state == 'Running'\n"
    )
    victim = victims.start("-n2")
    assert victim.ends() == 1, victim.said
    assert "1 failed, 5 passed" in victim.said
    assert azure.left() == []
    assert len(azure.requests("PUT", "/containerGroups/")) == 3  # a decoy, web and job


def test_a_worker_that_crashes_while_creating(azure: Azure, victims: Victims) -> None:
    """P18: a group whose creator died before it was ready is taken over by the next worker that asks for it."""
    victims.write(
        "import pytest_aci.provisioning.provisioner as module\n"
        "died = Path(os.environ['VICTIM_FOLDER'], 'died')\n"
        "if os.environ.get('PYTEST_XDIST_WORKER') == 'gw0' and not died.exists():\n"
        "    def die(*_, **__):\n        mark('died')\n        os._exit(9)\n"
        "    module.wait_until = die\n"
        "@pytest.mark.parametrize('n', range(4))\ndef test_it(web, n): assert web.state == 'Running'\n"
    )
    victim = victims.start("-n1", "--max-worker-restart=2")
    assert victim.ends() == 1, victim.said
    assert (victim.folder / "died").exists()
    assert "1 failed, 3 passed" in victim.said
    assert len(azure.requests("PUT", "/containerGroups/")) == 2  # a decoy, and web
    assert azure.left() == []
    assert victim.owes == []


def test_a_controller_that_is_killed(azure: Azure, victims: Victims) -> None:
    """P19: when the controller of xdist is killed, its workers' watchdogs delete everything."""
    victims.write(
        "@pytest.mark.parametrize('n', range(2))\ndef test_it(web, job, n):\n    mark(f'test{n}')\n    rest()\n"
    )
    victim = victims.start("-n2")
    victim.reached("test0")
    victim.reached("test1")
    victim.hit(signal.SIGKILL)
    assert victim.ends() == -9
    assert azure.wait(lambda: azure.left() == []), victim.said
    assert azure.wait(lambda: victim.owes == [])


def test_an_interrupt_of_many_workers_that_create(azure: Azure, victims: Victims) -> None:
    """P20: Ctrl-C in the terminal while workers create eight groups leaves nothing."""
    victims.write(
        "from pytest_aci import task\n"
        "for n in range(8):\n"
        "    globals()[f'g{n}'] = container_group(single(f'mcr.microsoft.com/g:{n}'))\n"
        "@pytest.mark.parametrize('n', range(8))\n"
        "def test_it(request, n):\n    request.getfixturevalue(f'g{n}')\n    mark('some')\n    rest()\n"
    )
    azure.fault("provisioning", seconds=0.5)
    victim = victims.start("-n4")
    assert azure.wait(lambda: azure.requests("PUT", "/containerGroups/g"), 60), victim.said
    victim.hit(signal.SIGINT, whole_group=True)
    assert victim.ends() == 2, victim.said
    assert azure.wait(lambda: azure.left() == [], 5)
    assert victim.owes == []


def test_pytest_exit_in_a_worker(azure: Azure, victims: Victims) -> None:
    """P35: pytest.exit in an xdist worker breaks the controller, and still everything is deleted."""
    victims.write("def test_it(web): pytest.exit('enough')\ndef test_more(job): rest(1)\n")
    victim = victims.start("-n2")
    assert victim.ends() != 0
    assert azure.wait(lambda: azure.left() == []), victim.said


def test_a_worker_that_crashes_before_the_answer(azure: Azure, victims: Victims) -> None:
    """P18: what the PUT of a crashed worker makes while the controller deletes is waited for, and deleted."""
    azure.put("rg-lent")
    fault = azure.fault("delay", operation="ContainerGroups_CreateOrUpdate", seconds=4)
    victims.write(
        "def test_it(aci):\n"
        "    wait = lambda: mark('test') or rest(1) or os._exit(3)\n"
        "    threading.Timer(1, wait).start()\n"
        "    aci.up(single('mcr.microsoft.com/x:1'))\n"
    )
    victim = victims.start("-n1", "--max-worker-restart=0", "--aci-resource-group=rg-lent")
    assert victim.ends() == 1, victim.said
    assert azure.seen(fault)
    assert azure.wait(lambda: len(azure.requests("PUT", "/containerGroups/")) == 2)  # a decoy's, and the worker's
    assert azure.left() == ["rg-lent"]
    assert victim.owes == []


def test_a_state_folder_that_vanishes(azure: Azure, victims: Victims) -> None:
    """P18, P27: what workers have claimed is deleted also if a test removes the folder that says so."""
    victims.write(
        "import shutil\ndef test_it(web, job): shutil.rmtree(Path(os.environ['XDG_STATE_HOME'], 'pytest-aci'))\n"
    )
    victim = victims.start("-n1")
    assert victim.ends() == 0, victim.said
    assert azure.left() == []
    assert "2 groups created in westeurope, 2 deleted" in victim.said

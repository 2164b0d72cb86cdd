"""Signals to a run that is alone: the rows P01 to P13, P17, P25 and P26 of docs/reliability.md.

Each has the invariant: nothing is left in the emulated Azure, the decoys are untouched, and no secret was written.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.chaos.victim import RESTING, family_of

if TYPE_CHECKING:
    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victim, Victims

RESTING_AT_THE_END = """
@pytest.fixture(scope="session")
def last():
    yield
    mark('teardown')
    rest(3)

def test_it(last, web, job): ...
"""
CODES = {signal.SIGINT: 2, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}


def reach(stage: str, azure: Azure, victims: Victims) -> Victim:
    """Start a run and return it when it has come to a stage of its life."""
    victims.write(RESTING_AT_THE_END if stage == "in teardown" else RESTING)
    match stage:
        case "before the first PUT":
            fault = azure.fault("delay", operation="ResourceGroups_Get", path="*pytest-aci-*", seconds=1.5, times=1)
        case "before the reply to the PUT":
            fault = azure.fault("delay", operation="ResourceGroups_CreateOrUpdate", seconds=1.5, times=1)
        case "before the reply to a group's PUT":
            fault = azure.fault("delay", operation="ContainerGroups_CreateOrUpdate", seconds=1.5)
        case "while groups are created":
            fault = azure.fault("provisioning", outcome="stuck")
        case _:
            victim = victims.start()
            victim.reached(stage.rsplit(maxsplit=1)[-1])
            return victim
    victim = victims.start()
    assert azure.wait(lambda: azure.seen(fault), 60), victim.said
    return victim


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("before the first PUT", signal.SIGINT),  # P01
        ("before the reply to the PUT", signal.SIGINT),  # P02
        ("before the reply to a group's PUT", signal.SIGINT),
        ("while groups are created", signal.SIGINT),  # P03
        ("in the test", signal.SIGINT),  # P04
        ("in teardown", signal.SIGINT),  # P05
        ("while groups are created", signal.SIGTERM),  # P07
        ("in the test", signal.SIGTERM),  # P08
        ("in teardown", signal.SIGTERM),  # P09
        ("in the test", signal.SIGHUP),  # P10
        ("before the reply to the PUT", signal.SIGKILL),  # P11
        ("before the reply to a group's PUT", signal.SIGKILL),
        ("in the test", signal.SIGKILL),  # P12
        ("in teardown", signal.SIGKILL),  # P13
    ],
)
def test_a_signal(stage: str, number: signal.Signals, azure: Azure, victims: Victims) -> None:
    """P01-P05, P07-P13: whenever a signal comes, everything is deleted, by the run or by its watchdog."""
    victim = reach(stage, azure, victims)
    victim.hit(number)
    assert victim.ends() == CODES[number], victim.said
    azure.heal()
    if number == signal.SIGKILL:
        assert azure.wait(lambda: azure.left() == [] and victim.owes == []), victim.said
    assert azure.left() == []
    assert victim.owes == []


def test_a_second_interrupt_does_not_cut_deletion(azure: Azure, victims: Victims) -> None:
    """P06: a second Ctrl-C during deletion only shows what is going on; everything is deleted."""
    victims.write(RESTING)
    victim = victims.start()
    victim.reached("test")
    fault = azure.fault("delay", operation="ContainerGroups_Delete", seconds=1)
    victim.hit(signal.SIGINT)
    assert azure.wait(lambda: azure.seen(fault))
    victim.hit(signal.SIGINT)
    assert victim.ends() == 2
    assert "deleting what the run has created; one more interrupt leaves it to the watchdog" in victim.said
    assert azure.left() == []


def test_a_third_interrupt_leaves_the_rest_to_the_watchdog(azure: Azure, victims: Victims) -> None:
    """P06: who can not wait may go; what is not gone yet is told, and the watchdog goes on."""
    victims.write(RESTING)
    victim = victims.start()
    victim.reached("test")
    (sentinel,) = victim.sentinels()
    azure.fault("deletion", operation="ResourceGroups_Delete", outcome="stuck")
    victim.hit(signal.SIGINT)
    assert azure.wait(lambda: azure.requests("DELETE", "/resourcegroups/pytest-aci-"))
    looks = len(azure.requests("GET", "/resourcegroups/pytest-aci-"))
    assert azure.wait(lambda: len(azure.requests("GET", "/resourcegroups/pytest-aci-")) > looks)
    for words in ("one more interrupt leaves it", "not waiting any more"):
        victim.hit(signal.SIGINT)
        victim.ends_or_says(words)
    assert victim.ends() == 2
    assert "what is not gone yet is left to the watchdog" in victim.said
    assert "left behind" in victim.said
    assert victim.sentinels() == [sentinel]


@pytest.mark.parametrize(
    ("numbers", "borrowed"), [((signal.SIGINT, signal.SIGTERM), True), ((signal.SIGTERM,) * 2, False)]
)
def test_a_put_that_outlives_the_run(
    numbers: tuple[signal.Signals, ...], borrowed: bool, azure: Azure, victims: Victims
) -> None:
    """P02, P17: what a PUT makes after a run in a hurry has ended is owed still, and its watchdog deletes it."""
    if borrowed:
        azure.put("rg-lent")
    victims.write(
        RESTING,
        "import os, pathlib\n"
        "def pytest_keyboard_interrupt(): pathlib.Path(os.environ['VICTIM_FOLDER'], 'ending').write_text('1')\n",
    )
    operation = "ContainerGroups_CreateOrUpdate" if borrowed else "ResourceGroups_CreateOrUpdate"
    fault = azure.fault("delay", operation=operation, seconds=6)
    puts = len(azure.requests("PUT"))
    victim = victims.start(*(["--aci-resource-group=rg-lent"] if borrowed else []))
    assert azure.wait(lambda: azure.seen(fault), 60), victim.said
    victim.hit(numbers[0])
    victim.reached("ending")
    while "not waiting any more" not in victim.said and victim.process.poll() is None:
        victim.hit(numbers[1])
        victim.ends_or_says("not waiting any more", 1)
    victim.ends()
    assert azure.left() == (["rg-lent"] if borrowed else [])
    assert "Azure was asked for it and has not answered: it may appear yet" in victim.said
    assert azure.wait(lambda: len(azure.requests("PUT")) > puts)
    assert azure.wait(lambda: azure.left() == (["rg-lent"] if borrowed else []) and victim.owes == []), azure.left()


def test_a_long_wish_to_wait_does_not_hold_up_who_can_not_wait(azure: Azure, victims: Victims) -> None:
    """P06: after the third Ctrl-C the run ends, however long Azure wants it to wait, or leaves it without an answer."""
    victims.write(RESTING)
    victim = victims.start()
    victim.reached("test")
    azure.fault("throttled", operation="ResourceGroups_Delete", headers={"Retry-After": "120"})
    fault = azure.fault("delay", operation="ContainerGroups_Delete", seconds=120)
    victim.hit(signal.SIGINT)
    assert azure.wait(lambda: azure.seen(fault))
    for words in ("one more interrupt leaves it", "not waiting any more"):
        victim.hit(signal.SIGINT)
        victim.ends_or_says(words)
    assert victim.ends(30) == 2
    assert "left behind" in victim.said
    azure.heal()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_is_left_is_told_after_a_signal(number: signal.Signals, azure: Azure, victims: Victims) -> None:
    """P08, P10: pytest has no summary then; what could not be deleted is listed all the same."""
    victims.write(RESTING)
    victim = victims.start()
    victim.reached("test")
    azure.fault("locked", operation="ResourceGroups_Delete")
    victim.hit(number)
    assert victim.ends() == CODES[number], victim.said
    told = victim.said.partition("left behind")[2]
    assert "somebody locked it against deletion" in told, victim.said
    assert "2 groups created" in victim.said


def test_a_cancelled_job_with_exec(azure: Azure, victims: Victims) -> None:
    """P17: under `exec pytest`, GitHub's cancel sequence finds everything deleted before its SIGTERM."""
    victims.write(RESTING)
    command = f"exec {sys.executable} -m pytest -q -p no:cacheprovider --aci-mode=live --aci-endpoint={azure.url}"
    victim = victims.run(["bash", "-e", "-c", command])
    victim.reached("test")
    victim.hit(signal.SIGINT)
    assert victim.ends(7.5) == 2
    assert azure.left() == []


def test_a_cancelled_job_without_exec(azure: Azure, victims: Victims) -> None:
    """P17: when pytest and its watchdog are killed together, the last step of the job sweeps by the run's id."""
    victims.write(RESTING)
    victim = victims.start()
    victim.reached("test")
    family = family_of(victim.process.pid)
    victim.hit(signal.SIGKILL)
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    assert victim.ends() == -9
    assert len(azure.left()) == 3
    (run,) = (victim.state / "pytest-aci" / "runs").iterdir()
    sweeping = victims.sweep("--yes", "--run-id", run.name)
    assert sweeping.ends() == 0, sweeping.said
    assert azure.left() == []


def test_a_handler_of_the_users(azure: Azure, victims: Victims) -> None:
    """P25: a handler that was there before is called first, and is there again at the end."""
    victims.write(
        RESTING,
        "import signal\n"
        "def mine(*_): print('my handler ran')\n"
        "signal.signal(signal.SIGTERM, mine)\n"
        "def pytest_unconfigure():\n"
        "    import atexit\n"
        "    atexit.register(lambda: print('restored', signal.getsignal(signal.SIGTERM) is mine))\n",
    )
    victim = victims.start("-s")
    victim.reached("test")
    victim.hit(signal.SIGTERM)
    assert victim.ends() == 143, victim.said
    assert "my handler ran" in victim.said
    assert "restored True" in victim.said
    assert azure.left() == []


def test_pytest_in_a_thread(azure: Azure, victims: Victims) -> None:
    """P26: outside of the main thread there are no handlers, and a warning says so; everything is deleted."""
    victims.write("def test_it(web): ...")
    arguments = ["-q", "-p", "no:cacheprovider", "--aci-mode=live", f"--aci-endpoint={azure.url}"]
    thread = f"threading.Thread(target=pytest.main, args=({arguments!r},))"
    victim = victims.run([sys.executable, "-c", f"import pytest, threading; t = {thread}; t.start(); t.join()"])
    assert victim.ends() == 0
    assert "pytest-aci can not act on SIGTERM and SIGHUP outside of the main thread" in victim.said
    assert "1 passed" in victim.said
    assert azure.left() == []


def test_interrupted_fixtures_of_others(azure: Azure, victims: Victims) -> None:
    """An interrupt while somebody else's fixture creates through the client deletes that too: it is in our group."""
    victim = victims.finish(
        "def test_it(aci_client, aci_resource_group):\n"
        "    from azure.mgmt.containerinstance.models import Container, ContainerGroup, ResourceRequests\n"
        "    from azure.mgmt.containerinstance.models import ResourceRequirements\n"
        "    needs = ResourceRequirements(requests=ResourceRequests(cpu=1, memory_in_gb=1))\n"
        "    main = Container(name='main', image='mcr.microsoft.com/x:1', resources=needs)\n"
        "    group = ContainerGroup(location='westeurope', containers=[main], os_type='Linux')\n"
        "    aci_client.container_groups.begin_create_or_update(aci_resource_group.name, 'mine', group)\n"
        "    raise KeyboardInterrupt\n"
    )
    assert victim.process.returncode == 2, victim.said
    assert azure.requests("PUT", "/containerGroups/mine")
    assert azure.left() == []

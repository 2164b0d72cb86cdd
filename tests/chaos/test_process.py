"""The ways in which a process can end: the rows P01 to P35 of docs/reliability.md.

Each has the invariant: nothing is left in the emulated Azure, the decoys are untouched, and no secret was written.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.chaos.victim import SECRET, family_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victim, Victims

RESTING = "def test_it(web, job):\n    mark('test')\n    rest()\n"
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
    azure.fault("deletion", operation="ResourceGroups_Delete", outcome="stuck", times=1)
    victim.hit(signal.SIGINT)
    assert azure.wait(lambda: azure.requests("DELETE", "/resourcegroups/pytest-aci-"))
    looks = len(azure.requests("GET", "/resourcegroups/pytest-aci-"))
    assert azure.wait(lambda: len(azure.requests("GET", "/resourcegroups/pytest-aci-")) > looks)
    for words in ("one more interrupt leaves it", "not waiting any more"):
        victim.hit(signal.SIGINT)
        victim.ends_or_says(words)
    assert victim.ends() == 2
    assert "what is not gone yet is left to the watchdog" in victim.said
    assert "left behind in Azure" in victim.said
    assert victim.sentinels() == [sentinel]


def test_os_exit_in_a_test(azure: Azure, victims: Victims) -> None:
    """P14: a test that ends the interpreter on the spot ends up with the watchdog."""
    victim = victims.finish("def test_it(web): os._exit(0)")
    assert victim.process.returncode == 0
    assert azure.wait(lambda: azure.left() == [])


def test_a_segmentation_fault(azure: Azure, victims: Victims) -> None:
    """P15: a crash in C ends up with the watchdog."""
    victim = victims.finish("def test_it(web): os.kill(os.getpid(), signal.SIGSEGV)")
    assert victim.process.returncode == -signal.SIGSEGV
    assert azure.wait(lambda: azure.left() == [])


@pytest.mark.parametrize("method", ["thread", "signal"])
def test_a_timeout_of_pytest_timeout(method: str, azure: Azure, victims: Victims) -> None:
    """P16: a test that is ended by pytest-timeout leaves nothing, whichever way it is ended."""
    victim = victims.finish("@pytest.mark.timeout(1)\ndef test_it(web): rest(5)", f"--timeout-method={method}")
    assert victim.process.returncode == 1
    assert azure.wait(lambda: azure.left() == [])


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


def test_the_next_run_tells_what_a_dead_one_left(azure: Azure, victims: Victims) -> None:
    """P13, P14, P28: the header of the next run says what nobody deleted, how to, and which lines were torn."""
    victims.write("def test_it(web):\n    mark('test')\n    rest(float(os.environ.get('REST', 0)))\n")
    victim = victims.start("--aci-watchdog=off", environment={"REST": "60"})
    victim.reached("test")
    victim.hit(signal.SIGKILL)
    victim.ends()
    (ledger,) = (victim.state / "pytest-aci" / "runs").glob("*/*.jsonl")
    with ledger.open("a") as file:
        file.write('{"event": "cla')
    following = victims.start("-v")
    assert following.ends() == 0
    assert f"{ledger.name}:4 in {ledger.parent} is no line of a ledger, and is skipped" in following.said
    told = "ended without deleting 1 resource group(s) and 1 container group(s) at " + azure.url
    assert told in following.said
    command = following.said.partition("delete it with: pytest-aci sweep ")[2].split("\n")[0]
    assert len(azure.left()) == 2
    assert victims.sweep(*command.split()).ends() == 0
    assert azure.left() == []
    last = victims.start("-v")
    assert last.ends() == 0
    assert "ended without deleting" not in last.said


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
    victim = victims.start("-n2", "--max-worker-restart=2")
    victim.ends()
    assert "failed" in victim.said or "passed" in victim.said
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


def test_a_fork_in_a_test(azure: Azure, victims: Victims) -> None:
    """P21: a forked child that leaves by sys.exit runs all of pytest's teardown, and deletes nothing."""
    victim = victims.finish(
        "def test_fork(web, aci):\n"
        "    child = os.fork()\n    if child == 0: sys.exit(0)\n"
        "    assert os.waitpid(child, 0)\n    assert web.refresh().state == 'Running'\n"
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


def test_a_forked_child_that_is_terminated(azure: Azure, victims: Victims) -> None:
    """P21: SIGTERM ends a forked child as if there were no plugin."""
    victim = victims.finish(
        "def test_fork(web):\n"
        "    child = os.fork()\n    if child == 0:\n        mark('child')\n        rest()\n"
        "    while not Path(os.environ['VICTIM_FOLDER'], 'child').exists(): time.sleep(0.01)\n"
        "    os.kill(child, signal.SIGTERM)\n    assert os.waitpid(child, 0)[1] == signal.SIGTERM\n"
        "    assert web.refresh().state == 'Running'\n"
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


def test_a_spawned_process(azure: Azure, victims: Victims) -> None:
    """P22: a process that multiprocessing spawns starts no watchdog and sets no handler."""
    victim = victims.finish(
        "import multiprocessing\n"
        "def look(queue):\n"
        "    import pytest_aci\n"
        "    queue.put(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)\n"
        "def test_spawn(web):\n"
        "    context = multiprocessing.get_context('spawn')\n    queue = context.Queue()\n"
        "    child = context.Process(target=look, args=(queue,))\n    child.start()\n"
        "    assert queue.get(timeout=30)\n    child.join()\n"
        "    assert web.refresh().state == 'Running'\n"
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


def test_two_runs_at_once(azure: Azure, victims: Victims) -> None:
    """P23: two runs in one repository have groups of their own, and one that ends does not touch the other's."""
    victims.write(
        "def test_it(web):\n"
        "    me = os.environ['ME']\n    mark(me)\n"
        "    while not Path(os.environ['VICTIM_FOLDER'], 'go' + me).exists(): time.sleep(0.01)\n"
        "    assert web.refresh().state == 'Running'\n"
    )
    first, second = (victims.start(environment={"ME": me}) for me in ("one", "two"))
    first.reached("one")
    second.reached("two")
    (first.folder / "goone").touch()
    assert first.ends() == 0, first.said
    (first.folder / "gotwo").touch()
    assert second.ends() == 0, second.said
    assert azure.left() == []


@pytest.mark.parametrize("hook", ["pytest_sessionfinish", "pytest_unconfigure"])
@pytest.mark.parametrize("interrupted", [False, True])
def test_another_plugin_that_fails(hook: str, interrupted: bool, azure: Azure, victims: Victims) -> None:
    """P24: a hook of another plugin that raises at the end keeps nothing from being deleted."""
    body = "raise KeyboardInterrupt" if interrupted else "pass"
    conftest = f"def {hook}():\n    raise RuntimeError('mine')\n"
    victim = victims.finish(f"def test_it(web, job): {body}", conftest=conftest)
    assert "RuntimeError: mine" in victim.said
    assert victim.process.returncode != 0
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


def test_a_ledger_that_can_not_be_written(azure: Azure, victims: Victims, tmp_path: Path) -> None:
    """P27: without a place for its ledger, a run creates nothing and says so."""
    victims.write("def test_it(web): ...")
    (tmp_path / "file").touch()
    victim = victims.start(environment={"XDG_STATE_HOME": str(tmp_path / "file")})
    assert victim.ends() == 1
    assert "Nothing was created: ownership can not be recorded in" in victim.said
    assert azure.left() == []
    assert not azure.requests("PUT", "pytest-aci-")[2:]  # but the decoys'


def test_garbage_in_a_ledger(azure: Azure, victims: Victims) -> None:
    """P28: garbage in a ledger changes nothing: the good lines are used, and nothing else is deleted."""
    victim = victims.finish(
        "def test_it(web):\n"
        "    (run,) = Path(os.environ['XDG_STATE_HOME'], 'pytest-aci', 'runs').iterdir()\n"
        '    (run / \'1.jsonl\').write_text(\'{"event": "claim", "kind": "resource_group", "name": "prod"}\\nbad\')\n'
    )
    assert victim.process.returncode == 0, victim.said
    assert azure.left() == []


def test_a_watchdog_that_dies(azure: Azure, victims: Victims) -> None:
    """P29: when the watchdog is dead, nothing more is created, and the error says why."""
    victims.write(
        "def test_first(web):\n    mark('test')\n"
        "    while not Path(os.environ['VICTIM_FOLDER'], 'go').exists(): time.sleep(0.01)\n"
        "def test_second(aci): aci.up(single('mcr.microsoft.com/more:1'))\n"
    )
    victim = victims.start()
    victim.reached("test")
    for pid in victim.sentinels():
        os.kill(pid, signal.SIGKILL)
    (victim.folder / "go").touch()
    assert victim.ends() == 1
    assert "Nothing was created: no watchdog would delete it if this run is killed: it has died" in victim.said
    assert "1 failed, 1 passed" in victim.said
    assert azure.left() == []


def test_a_watchdog_exposes_no_secret(azure: Azure, victims: Victims) -> None:
    """Whatever the watchdog has to know goes through its pipe: neither its arguments nor its environment tell it."""
    victims.write(RESTING)
    victim = victims.start()
    victim.reached("test")
    assert "sentinel.py" in victim.exposed()
    assert SECRET not in victim.exposed()
    victim.hit(signal.SIGTERM)
    assert victim.ends() == 143


def test_without_a_watchdog(azure: Azure, victims: Victims) -> None:
    """P29: the watchdog can be left out; the run deletes all the same."""
    victims.write("def test_it(web): mark('test')\n")
    victim = victims.start("--aci-watchdog=off")
    assert victim.ends() == 0, victim.said
    assert azure.left() == []


def test_a_recursion_error(azure: Azure, victims: Victims) -> None:
    """P32: a test that exhausts the stack fails alone."""
    victim = victims.finish("def again(): again()\ndef test_it(web): again()")
    assert victim.process.returncode == 1
    assert azure.left() == []


def test_many_open_files_at_the_end(azure: Azure, victims: Victims) -> None:
    """P32: a run that can open no more files and start no more threads still deletes over the connections it has."""
    victim = victims.finish(
        "import resource\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def starve():\n"
        "    yield\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (700 * 2**20, 700 * 2**20))\n"
        "def test_it(web, job): ...\n"
    )
    assert azure.wait(lambda: azure.left() == []), victim.said


@pytest.mark.parametrize("option", ["--collect-only", "--setup-plan", "--help", "--fixtures", "--markers"])
def test_what_runs_no_test_asks_nothing(option: str, azure: Azure, victims: Victims) -> None:
    """P33: whatever only shows something sends no request and writes nothing."""
    before = len(azure.requests())
    victims.write("def test_it(web): ...")
    victim = victims.start(option)
    assert victim.ends() == 0, victim.said
    assert len(azure.requests()) == before
    assert not (victim.state / "pytest-aci").exists()


def test_setup_only_creates_and_deletes(azure: Azure, victims: Victims) -> None:
    """P33: --setup-only runs fixtures, so it creates and deletes."""
    victims.write("def test_it(web): ...")
    victim = victims.start("--setup-only")
    assert victim.ends() == 0, victim.said
    assert azure.requests("PUT", "/containerGroups/web-33")
    assert azure.left() == []


def test_a_disabled_plugin(azure: Azure, victims: Victims) -> None:
    """P34: with -p no:aci there are no fixtures and no requests."""
    before = len(azure.requests())
    (victims.folder / "test_victim.py").write_text("def test_it(aci_single): ...")
    victim = victims.run([sys.executable, "-m", "pytest", "-q", "-p", "no:aci", "-p", "no:cacheprovider"])
    assert victim.ends() == 1
    assert "fixture 'aci_single' not found" in victim.said
    assert len(azure.requests()) == before


def test_pytest_exit_in_a_worker(azure: Azure, victims: Victims) -> None:
    """P35: pytest.exit in an xdist worker breaks the controller, and still everything is deleted."""
    victims.write("def test_it(web): pytest.exit('enough')\ndef test_more(job): rest(1)\n")
    victim = victims.start("-n2")
    assert victim.ends() != 0
    assert azure.wait(lambda: azure.left() == []), victim.said


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

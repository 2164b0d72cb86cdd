"""Ledger and watchdog when they are needed, or broken: the rows P27 to P29 of docs/reliability.md.

Each has the invariant: nothing is left in the emulated Azure, the decoys are untouched, and no secret was written.
"""

from __future__ import annotations

import json
import os
import signal
import uuid
from typing import TYPE_CHECKING

from pytest_aci.emulator.configuration import SUBSCRIPTION, TENANT
from tests.chaos.victim import RESTING, ROOT, SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.azure import Azure
    from tests.chaos.victim import Victims


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
    assert f"{ledger.name}:6 in {ledger.parent} is no line of a ledger, and is skipped" in following.said
    told = "ended without deleting 1 resource group(s) and 1 container group(s) at " + azure.url
    assert told in following.said
    quiet = victims.start("--collect-only")
    assert quiet.ends() == 0
    assert told in quiet.said, "with -q there is no header, so that the summary has to tell"
    replay = victims.start("--collect-only", "--aci-mode=replay")
    assert replay.ends() == 0
    assert told not in replay.said, "whether that emulator still listens can not be asked without a socket"
    command = following.said.partition("delete it with: pytest-aci sweep ")[2].split("\n")[0]
    assert len(azure.left()) == 2
    assert victims.sweep(*command.split()).ends() == 0
    assert azure.left() == []
    last = victims.start("-v")
    assert last.ends() == 0
    assert "ended without deleting" not in last.said


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


def test_a_watchdog_follows_the_auth_file(azure: Azure, victims: Victims, tmp_path: Path) -> None:
    """P13: what deletes after SIGKILL asks the cloud that the auth file has chosen, not the one of the settings."""
    file = tmp_path / "auth.json"
    document = {
        "clientId": str(uuid.uuid4()),
        "clientSecret": "s",
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
        "activeDirectoryEndpointUrl": azure.https_url,
        "resourceManagerEndpointUrl": azure.https_url,
    }
    file.write_text(json.dumps(document))
    file.chmod(0o600)
    victims.write(RESTING)
    environment = {"AZURE_AUTH_LOCATION": str(file), "REQUESTS_CA_BUNDLE": azure.ca_bundle}
    victim = victims.start(environment=environment, endpoint="azure")
    victim.reached("test")
    assert len(azure.left()) == 3
    victim.hit(signal.SIGKILL)
    victim.ends()
    assert azure.wait(lambda: not azure.left()), azure.left()


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


def test_a_home_that_a_test_changes(azure: Azure, victims: Victims, tmp_path: Path) -> None:
    """P13: where the ledger is has been settled before a test gives HOME another meaning; the watchdog finds it."""
    victims.write(
        "def test_it(web, aci, monkeypatch, tmp_path):\n"
        "    monkeypatch.setenv('HOME', str(tmp_path))\n"
        "    aci.up(single('mcr.microsoft.com/more:1'))\n"
        "    monkeypatch.undo()\n    mark('test')\n    rest()\n"
    )
    victim = victims.start(environment={"XDG_STATE_HOME": "relative", "TMPDIR": str(tmp_path)})
    victim.reached("test")
    assert len(azure.left()) == 3
    victim.hit(signal.SIGKILL)
    victim.ends()
    assert azure.wait(lambda: azure.left() == []), azure.left()


def test_a_home_of_each_workers_own(azure: Azure, victims: Victims) -> None:
    """P18: the controller deletes what its workers create, also where a conftest gives each process another HOME."""
    victims.write("def test_it(web): ...", conftest="import os, tempfile\nos.environ['HOME'] = tempfile.mkdtemp()\n")
    victim = victims.start("-n1", "--aci-watchdog=off", environment={"XDG_STATE_HOME": ""})
    assert victim.ends() == 0, victim.said
    assert azure.left() == []


def test_a_user_without_a_home(azure: Azure, victims: Victims, tmp_path: Path) -> None:
    """P27: without a home, suites without containers pass, and others are told where nothing can be recorded."""
    conftest = (
        "from pathlib import Path\n"
        "def homeless():\n    raise RuntimeError('Could not determine home directory.')\n"
        "Path.home = homeless\n"
    )
    (tmp_path / "early.py").write_text(conftest)
    victims.write("def test_plain(): ...\ndef test_it(web): ...")
    paths = f"{ROOT}{os.pathsep}{tmp_path}"
    for options in ((), ("-n1",)):
        victim = victims.start("-p", "early", *options, environment={"XDG_STATE_HOME": "", "PYTHONPATH": paths})
        assert victim.ends() == 1
        assert "1 passed, 1 error" in victim.said, victim.said
        assert "ownership can not be recorded in ~/.local/state: this user has no home directory" in victim.said
    assert azure.left() == []

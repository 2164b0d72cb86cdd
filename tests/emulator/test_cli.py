"""The emulator as a command: its ready line, its end, its ways in."""

from __future__ import annotations

import contextlib
import json
import shlex
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pytest_aci.emulator.cli import main
from pytest_aci.emulator.door import Door
from pytest_aci.emulator.environment import exports, ways

from .running import Client, container, group_document

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 30


@contextlib.contextmanager
def started(*arguments: str, prefix: tuple[str, ...] = ()) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """An emulator process and its ready line; it is ended in any case."""
    command = [*prefix, sys.executable, "-m", "pytest_aci.emulator", "--runtime", "process", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(SECONDS)


def client_of(ready: dict[str, Any]) -> Client:
    """A raw client of the http address."""
    return Client(ready["url"], ready["subscription_id"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ends_on_a_signal(number: signal.Signals) -> None:
    """SIGINT, SIGTERM and SIGHUP end the emulator with exit code 0, and its folder is gone."""
    with started() as (process, ready):
        assert Path(ready["ca_bundle"]).exists()
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
        assert not Path(ready["ca_bundle"]).parent.exists()


def test_hang_up_can_be_switched_off() -> None:
    """An emulator that was started by `nohup` survives its terminal."""
    with started(prefix=("nohup",)) as (process, ready):
        process.send_signal(signal.SIGHUP)
        with contextlib.closing(client_of(ready).http) as http:
            assert http.get("/tenants", params={"api-version": "2022-12-01"}).status_code == 200


def test_folders_of_a_killed_emulator() -> None:
    """The next emulator removes what a killed one has left, whatever its runtime is; folders of others stay."""
    with started() as (process, ready):
        process.kill()
        process.wait(SECONDS)
    left = Path(ready["ca_bundle"]).parent
    assert left.exists()
    with started("--runtime", "auto") as (_, other):
        assert not left.exists()
        assert Path(other["ca_bundle"]).exists()


def test_ready_line() -> None:
    """The one line on stdout names both addresses, whom to trust, subscription, tenant, process and token."""
    with started() as (process, ready):
        assert sorted(ready) == [
            "auth_file",
            "ca_bundle",
            "https_url",
            "pid",
            "subscription_id",
            "tenant_id",
            "token",
            "url",
        ]
        assert ready["pid"] == process.pid
        context = ssl.create_default_context(cafile=ready["ca_bundle"])
        url = f"{ready['https_url']}/subscriptions?api-version=2022-12-01"
        rows = httpx.get(url, verify=context, trust_env=False).json()["value"]
        assert [each["subscriptionId"] for each in rows] == [ready["subscription_id"]]


def test_end_ends_the_containers() -> None:
    """A running container's process is gone when the emulator has ended; its groups were real."""
    loop = container(
        image="mcr.microsoft.com/azuredocs/aci-helloworld", command=["/bin/sh", "-c", "echo $$; sleep 600"]
    )
    with started() as (process, ready):
        client = client_of(ready)
        try:
            client.make_rg("rg")
            client.poll(client.make_group("rg", "web", group_document(loop)))
            door = Door.of(ready)
            assert door.groups()["live"] == {"sandboxes": 1, "containers": 1}
            children = _children(process.pid)
            assert children
        finally:
            client.http.close()
        process.terminate()
        assert process.wait(SECONDS) == 0
    assert [each for each in children if Path(f"/proc/{each}").exists()] == []


def _children(pid: int) -> list[int]:
    """All processes below one."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    found = [int(each) for each in text.split()]
    return found + [below for each in found for below in _children(each)]


def test_deletion_of_a_resource_group_ends_real_processes() -> None:
    """The result of a resource group's deletion is 200 only when nothing of it lives."""
    loop = container(image="mcr.microsoft.com/azuredocs/aci-helloworld", command=["/bin/sh", "-c", "sleep 600"])
    with started() as (process, ready):
        client = client_of(ready)
        try:
            client.make_rg("rg")
            for name in ("one", "two"):
                client.poll(client.make_group("rg", name, group_document(loop)))
            children = _children(process.pid)
            assert client.wait_deleted(client.ask("DELETE", client.rg("rg"))).status_code == 200
            left = Door.of(ready).groups()
            assert (left["resourceGroups"], left["containerGroups"]) == ([], [])
            assert left["live"] == {"sandboxes": 0, "containers": 0}
        finally:
            client.http.close()
        assert [each for each in children if each in _children(process.pid)] == []


def test_exits_with_its_parent() -> None:
    """E11: with `--exit-with-parent` the end of stdin ends the emulator."""
    with started("--exit-with-parent") as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(SECONDS) == 0


def test_state_survives_a_kill(tmp_path: Path) -> None:
    """A group of a killed emulator is found by the next one on the same state file, and its processes are gone."""
    state = str(tmp_path / "state")
    with started("--state", state) as (process, ready):
        client = client_of(ready)
        try:
            client.make_rg("rg", tags={"left": "behind"})
            client.poll(client.make_group("rg", "web", group_document(container(image="fault/run"))))
        finally:
            client.http.close()
        process.kill()
        process.wait(SECONDS)
    with started("--state", state) as (_, ready):
        found = Door.of(ready).groups()
        assert [each["name"] for each in found["containerGroups"]] == ["web"]
        assert found["live"] == {"sandboxes": 0, "containers": 0}


def test_state_file_of_another(tmp_path: Path) -> None:
    """A state file that a running emulator owns is refused with exit code 2 and a sentence."""
    state = str(tmp_path / "state")
    command = [sys.executable, "-m", "pytest_aci.emulator", "--runtime", "process", "--state", state]
    with started("--state", state):
        second = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert second.returncode == 2
    assert f"pytest-aci emulator: it could not start: the state file {state} belongs to another" in second.stderr


def test_port_is_taken() -> None:
    """E09: a port that is taken is told with exit code 2."""
    with started() as (_, ready):
        port = ready["url"].rpartition(":")[2]
        command = [sys.executable, "-m", "pytest_aci.emulator", "--runtime", "process", "--port", port]
        second = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert second.returncode == 2
    assert "it could not start" in second.stderr
    assert "Address already in use" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "70000"], "70000 is not a port; ports are 0 to 65535"),
        (["--port", "http"], "http is not a port; ports are 0 to 65535"),
        (["--subscription-id", "mine"], "'mine' is not a guid such as "),
        (["--runtime", "vm"], "invalid choice: 'vm'"),
        (["--page-size", "0"], "0 is too small or too large; it must be at least 1"),
        (["--retry-after-ms", "0"], "0 is too small or too large; it must be at least 1"),
        (["--start-seconds", "-1"], "-1 is too small or too large; it must be at least 0"),
        (["--back-off-seconds", "inf"], "inf is too small or too large; it must be at least 0"),
        (["--quota-cores", "nan"], "nan is too small or too large; it must be at least 0"),
        (["--quota-groups", "many"], "invalid number value: 'many'"),
    ],
)
def test_usage_errors(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong option is a usage error that says what is right."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert sentence in capsys.readouterr().err


READY = {
    "url": "http://127.0.0.1:1",
    "https_url": "https://localhost:2",
    "ca_bundle": "/tmp/a b/ca.pem",
    "auth_file": "/tmp/auth.json",
    "subscription_id": "s",
    "tenant_id": "t",
    "proxy_url": "http://127.0.0.1:3",
}


def test_exports_are_shell() -> None:
    """`--print-env` prints lines that a shell takes, with odd characters quoted."""
    lines = [line for line in exports(READY).splitlines() if line and not line.startswith("#")]
    found = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    assert found == {name: value for way in ways(READY) for name, value in way.variables.items()}
    assert found["REQUESTS_CA_BUNDLE"] == "/tmp/a b/ca.pem"
    assert found["HTTPS_PROXY"] == "http://127.0.0.1:3"


def test_print_env_of_a_running_emulator() -> None:
    """With `--print-env` the exports stand where the JSON line would, and lead to the emulator."""
    command = [sys.executable, "-m", "pytest_aci.emulator", "--runtime", "process", "--print-env"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("export ACI_EMULATOR_URL="):
                    url = shlex.split(line)[1].partition("=")[2]
                    break
            answer = httpx.get(f"{url}/tenants?api-version=2022-12-01", trust_env=False)
            assert answer.status_code == 200
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS)
        assert process.returncode == 0


def test_windows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On Windows the emulator says in a sentence why it can not be had."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert main([]) == 2
    assert capsys.readouterr().err == (
        "pytest-aci emulator: it could not start: it needs fork, Unix sockets and signals, which Windows does not "
        "have; in WSL it has them\n"
    )


def test_addresses() -> None:
    """Who has no token learns where groups are reached, which every list tells, too."""
    with started() as (_, ready):
        client = client_of(ready)
        client.make_rg("rg")
        address = {"type": "Public", "ports": [{"port": 80}], "dnsNameLabel": "here-i-am"}
        made = container(image="fault/run", ports=[{"port": 80}])
        client.poll(client.make_group("rg", "web", group_document(made, ipAddress=address)))
        [found] = client.http.get("/_emulator/addresses").json()["value"]
        shown = client.get_group("rg", "web")["properties"]["ipAddress"]
        assert (found["fqdn"], found["ip"]) == (shown["fqdn"], shown["ip"])
        client.http.close()

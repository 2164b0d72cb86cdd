from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import requests
import vcr  # type: ignore[import-untyped,unused-ignore] # it ships no types

from pytest_aci.arm.pools import pinned_connection, pinned_pools, pinned_session
from tests.arm.scripted_arm import Answer, ScriptedArm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPORTED_LATE = """
import sys, vcr
with vcr.use_cassette(sys.argv[1], record_mode="all") as cassette:
    from pytest_aci.arm.pools import pinned_pools, pinned_session
    assert pinned_session().get(sys.argv[2]).status_code == 200
    assert pinned_pools().request("GET", sys.argv[2]).status == 200
    print(len(cassette))
"""


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server that answers everything with 200."""
    with ScriptedArm() as server:
        for path in ("/own", "/test"):
            server.say("GET", path, Answer(200, {"ok": True}))
        yield server


def test_recorder_does_not_see_our_requests(arm: ScriptedArm, tmp_path: Path) -> None:
    """While vcrpy records the test's own HTTP, ours goes by unseen."""
    with vcr.use_cassette(str(tmp_path / "c.yaml"), record_mode="all") as cassette:
        requests.get(f"{arm.url}/test", timeout=5)
        assert pinned_session().get(f"{arm.url}/own").status_code == 200
        assert pinned_pools().request("GET", f"{arm.url}/own").status == 200
        connection = pinned_connection(f"{arm.url}/own")
        connection.request("GET", "/own")
        assert connection.getresponse().status == 200
        connection.close()
    assert [request.path for request in cassette.requests] == ["/test"]
    assert len(arm.methods("/own")) == 3


def test_replayed_test_does_not_play_for_us(arm: ScriptedArm, tmp_path: Path) -> None:
    """While vcrpy replays and forbids the network, ours still gets through."""
    path = str(tmp_path / "c.yaml")
    with vcr.use_cassette(path, record_mode="all"):
        requests.get(f"{arm.url}/test", timeout=5)
    with vcr.use_cassette(path, record_mode="none"):
        assert requests.get(f"{arm.url}/test", timeout=5).json() == {"ok": True}
        assert pinned_session().get(f"{arm.url}/own").status_code == 200
    assert len(arm.methods("/test")) == 1


def test_background_traffic_does_not_disturb_a_recording(arm: ScriptedArm, tmp_path: Path) -> None:
    """A test's recording is complete and has nothing foreign while eight threads ask through pinned connections."""
    over = threading.Event()

    def ask() -> None:
        session = pinned_session()
        while not over.is_set():
            session.get(f"{arm.url}/own")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    with vcr.use_cassette(str(tmp_path / "c.yaml"), record_mode="all") as cassette:
        for thread in threads:
            thread.start()
        for _ in range(40):
            requests.get(f"{arm.url}/test", timeout=5)
        over.set()
        for thread in threads:
            thread.join()
    assert [request.path for request in cassette.requests] == ["/test"] * 40


def test_pinned_even_when_loaded_under_a_recorder(arm: ScriptedArm, tmp_path: Path) -> None:
    """The first import may happen inside a recorded test: the classes are urllib3's own all the same."""
    command = [sys.executable, "-c", IMPORTED_LATE, str(tmp_path / "c.yaml"), f"{arm.url}/own"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("0", 0), done.stderr


def test_proxies_are_pinned_too(arm: ScriptedArm, tmp_path: Path) -> None:
    """What goes through a proxy is not recorded either."""
    with vcr.use_cassette(str(tmp_path / "c.yaml"), record_mode="all") as cassette:
        session = pinned_session()
        session.trust_env = False
        session.proxies = {"http": arm.url}
        session.get("http://elsewhere.example/own")
    assert len(cassette) == 0
    assert arm.asked[0].path == "http://elsewhere.example/own"


def test_answers_are_not_repeated(arm: ScriptedArm) -> None:
    """The session repeats attempts to connect only: an error of the server is handed over."""
    arm.say("GET", "/broken", Answer(503, {}))
    assert pinned_session().get(f"{arm.url}/broken").status_code == 503
    assert len(arm.methods("/broken")) == 1


def test_this_machine_is_reached_without_a_proxy(arm: ScriptedArm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is for the world outside: an emulator on loopback is asked directly."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", arm.url)
    monkeypatch.setenv("http_proxy", arm.url)
    pinned_session().get("http://elsewhere.example/own")
    pinned_session().get(f"{arm.url}/own")
    assert [asked.path for asked in arm.asked] == ["http://elsewhere.example/own", "/own"]


def test_a_variable_may_go_away_while_the_environment_is_read(
    arm: ScriptedArm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pytest does: it sets and unsets a variable around each test, while threads of ours ask about containers."""
    read = iter([KeyError("PYTEST_CURRENT_TEST"), KeyError("PYTEST_CURRENT_TEST")])

    def reading(*_: object, **__: object) -> dict[str, str]:
        for problem in read:
            raise problem
        return {}

    monkeypatch.setattr("requests.sessions.get_environ_proxies", reading)
    assert pinned_session().get(f"{arm.url}/own").status_code == 200

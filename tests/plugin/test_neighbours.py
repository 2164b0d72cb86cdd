from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path

NEIGHBOURS = {
    "xdist": "pytest-xdist",
    "pytest_asyncio": "pytest-asyncio",
    "pytest_recording": "pytest-recording",
    "pytest_rerunfailures": "pytest-rerunfailures",
    "pytest_randomly": "pytest-randomly",
    "pytest_timeout": "pytest-timeout",
}
MISSING = [name for module, name in NEIGHBOURS.items() if find_spec(module) is None]

LIVE = ("--aci-mode=live", "--aci-endpoint=emulator", "--aci-runtime=process", "-p", "no:randomly")
LIVE_MODULE = """
import pathlib
import pytest
from pytest_aci import log, single

HELLO = single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80])

@pytest.mark.flaky(reruns=1)
def test_flaky(aci):
    aci.up(HELLO)
    mark = pathlib.Path(__file__).with_name("tried-a-group")
    if not mark.exists():
        mark.touch()
        pytest.fail("the first time")

@pytest.mark.timeout(8, func_only=True)
def test_hangs(aci):
    aci.up(HELLO, until=log("it never says that"), timeout=600)
"""

SUITE = {
    "pytest.ini": """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
timeout = 60
norecursedirs = live
""",
    "conftest.py": """
import pytest
from pytest_aci import container_group, http, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80))

@pytest.fixture(scope="session")
def page_server():
    import http.server, threading
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a page of another service")
        def log_message(self, *_): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()

@pytest.fixture(scope="session")
def vcr_config():
    return {"match_on": ["method", "path"]}
""",
    "test_together.py": """
import random
import pathlib
import pytest
import requests
from pytest_aci import single

@pytest.mark.timeout(30)
def test_a_page(web):
    assert "Welcome" in requests.get(web.url(80)).text

async def test_asynchronous(web):
    import httpx
    async with httpx.AsyncClient() as client:
        assert (await client.get(web.url(80))).status_code == 200

@pytest.mark.flaky(reruns=2)
def test_flaky(web, aci):
    own = aci.up(single("mcr.microsoft.com/azuredocs/aci-helloworld"))
    mark = pathlib.Path(__file__).with_name(f"tried-{aci.mode}")
    if not mark.exists():
        mark.touch()
        assert own.refresh().state == "Stopped"
    assert own.refresh().state == web.refresh().state == "Running"

@pytest.mark.vcr
def test_recorded_by_the_neighbour(page_server):
    assert requests.get(page_server).text == "a page of another service"

@pytest.mark.vcr
def test_recorded_by_both(web, page_server):
    assert requests.get(page_server).text == "a page of another service"
    assert web["main"].logs() == "listening on port 80\\n"

@pytest.mark.parametrize("number", range(4))
def test_many(web, number):
    assert web["main"].name == "main"

def test_random():
    assert 0 <= random.random() < 1
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite that uses all neighbours, recorded by pytest-aci and by pytest-recording."""
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    made = tmp_path_factory.mktemp("neighbours")
    suite.write(made, SUITE)
    (made / "live").mkdir()
    (made / "live" / "test_live.py").write_text(LIVE_MODULE, encoding="utf-8")
    return made


def run(folder: Path, *arguments: str) -> str:
    """Run the suite with every plugin that is installed."""
    result = suite.pytest_in(folder, "-p", "asyncio", *arguments)
    return result.stdout + result.stderr


def test_a_suite_with_six_neighbours_is_recorded(folder: Path) -> None:
    """Each plugin does its own: ours records containers, the neighbour what is marked, and a test that is run again."""
    said = run(folder, *suite.RECORD, "--record-mode=once", "--randomly-seed=1")
    assert "10 passed, 1 rerun" in said, said
    assert "recorded and replayed 8 tests" in said
    names = {path.name for path in (folder / "cassettes" / "test_together").iterdir()}
    assert names == {"test_recorded_by_the_neighbour.yaml", "test_recorded_by_both.yaml"}
    assert "tests/test_together/test_recorded_by_both.json" in suite.cassettes(folder)


@pytest.mark.parametrize("arguments", [("--randomly-seed=2",), ("--randomly-seed=3", "-n", "2")], ids=" ".join)
def test_it_replays_in_any_order(folder: Path, arguments: tuple[str, ...]) -> None:
    """Also on workers, and while the neighbour forbids the network: replay opens no socket."""
    said = run(folder, "--record-mode=none", "--block-network", *arguments)
    assert "10 passed" in said, said
    assert f"Using {arguments[0]}" in said


def test_what_is_run_again_or_timed_out_is_deleted(folder: Path) -> None:
    """A second try gets a group of its own, a wait that another plugin ends is over, and nothing is left behind."""
    said = run(folder, *LIVE, "live")
    assert "1 failed, 1 passed, 1 rerun" in said, said
    assert "Failed: Timeout" in said
    assert "3 groups created in westeurope, 3 deleted" in said

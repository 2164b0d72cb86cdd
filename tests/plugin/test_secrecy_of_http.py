from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.plugin import recorded_suite as suite
from tests.plugin.planted_suite import plant

if TYPE_CHECKING:
    from tests.plugin.planted_suite import Planted

CONFTEST = """
import gzip, json, pathlib, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_aci import Secret, container_group, http, single

planted = json.loads((pathlib.Path(__file__).parent.parent / "planted.json").read_text())
secret = Secret(planted["secret of nobody"])
web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80))


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        if self.path.startswith("/login"):
            said = json.dumps({"session": planted["token of a login"], "csrf_token": "-"}).encode()
            self.send_header("Set-Cookie", "sid=" + planted["cookie"])
        elif self.path.startswith("/gzip"):
            self.send_header("Content-Encoding", "gzip")
            said = gzip.compress(b"it is " + secret.reveal().encode())
        elif self.path.startswith("/chunks"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            text = secret.reveal().encode()
            for part in (text[:9], text[9:20], text[20:], b""):
                self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(part), part))
            return
        else:
            headers = {name: value for name, value in self.headers.items() if name != "Content-Type"}
            said = json.dumps({"path": self.path, "headers": headers}).encode()
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def url(aci_settings):
    if not aci_settings.mode.is_live:
        yield "http://127.0.0.1:PORT"
        return
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "http://127.0.0.1:PORT"
    server.shutdown()
    server.server_close()
"""

MODULE = """
import asyncio, gzip, logging, os, warnings

from urllib.parse import quote

import aiohttp, httpx, pytest, requests
from conftest import planted, secret
from pytest_aci import task

SHELL = "mcr.microsoft.com/azuredocs/aci-wordcount"
TIMES = {"timeout": 9}
pytestmark = pytest.mark.aci


def test_queries(url, web):
    requests.get(url, params={"token": planted["query of requests"]}, **TIMES)
    httpx.get(url, params={"code": planted["key of a function"]})


def test_headers(url, web):
    requests.get(url, headers={"X-Api-Key": planted["header of requests"]}, **TIMES)
    requests.get(url, auth=("me", planted["password"]), **TIMES)
    requests.get(url.replace("//", "//me:" + quote(planted["password in a URL"], safe="") + "@"), **TIMES)


def test_aiohttp(url, web):
    async def ask():
        headers = {"Authorization": "Bearer " + planted["header of aiohttp"]}
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            await answer.read()

    asyncio.run(ask())


def test_login(url, web):
    with requests.Session() as session:
        token = session.post(url + "/login", json={"user": "me"}, **TIMES).json()["session"]
        session.get(url + "/me", headers={"Authorization": "Bearer " + token}, **TIMES)


def test_bodies(url, web):
    requests.post(url, json={"deep": [{"clientSecret": planted["JSON"]}]}, **TIMES)
    requests.post(url, data={"grant_type": "password", "password": planted["form"]}, **TIMES)
    requests.post(url, files={"file": ("x", secret.reveal())}, **TIMES)
    requests.post(url, data=iter([b"one ", secret.reveal().encode()[:9], secret.reveal().encode()[9:]]), **TIMES)
    packed = gzip.compress(secret.reveal().encode(), mtime=0)
    requests.post(url, data=packed, headers={"Content-Encoding": "gzip"}, **TIMES)
    for path in ("/gzip", "/chunks"):
        assert requests.get(url + path, **TIMES).ok


@pytest.mark.aci(image=SHELL, command=["/bin/sh", "-c", "echo $A"], secure_env={"A": planted["variable of a marker"]})
def test_marker(aci_task):
    assert aci_task.logs()


@pytest.mark.parametrize("value", [secret.reveal(), "plain"])
def test_parameters(web, value, record_property):
    record_property("it", secret.reveal())
    warnings.warn("beware of " + planted["client secret in the environment"])
    logging.getLogger("app").debug("the key is %s", secret.reveal())
    print(secret.reveal(), value)
    if "FAILING" in os.environ:
        pytest.fail("it was " + value + secret.reveal())
"""

BROKEN = """
from conftest import secret

def broken(value):
    raise ValueError(value)

broken("it was " + secret.reveal())
"""

NAMES = (
    "query of requests",
    "key of a function",
    "header of requests",
    "header of aiohttp",
    "password",
    "password in a URL",
    "token of a login",
    "cookie",
    "JSON",
    "form",
    "variable of a marker",
    "secret of nobody",
    "client secret in the environment",
)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A suite that hands secrets to servers in all ways that HTTP clients have, with new random secrets."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        conftest = CONFTEST.replace("PORT", str(free.getsockname()[1]))
    return plant(tmp_path_factory.mktemp("http"), NAMES, {"conftest.py": conftest, "test_planted.py": MODULE})


@pytest.fixture(scope="module")
def recorded(planted: Planted) -> tuple[int, str]:
    """What came of recording it."""
    return planted.run(*suite.RECORD)


def test_no_secret_of_a_tests_own_http_is_kept_or_said(planted: Planted, recorded: tuple[int, str]) -> None:
    """Nobody has to name them: no file, no line and no name of a recording has one."""
    code, said = recorded
    assert code == 0, planted.hidden(said)
    assert "recorded and replayed 8 tests" in said
    assert planted.leaks(said) == []


@pytest.mark.usefixtures("recorded")
def test_no_secret_is_in_what_a_failing_test_says_without_a_network(planted: Planted) -> None:
    """Message, log as it happens, log file, warnings, properties and ids of a replay have none either."""
    code, said = planted.run(is_failing=True)
    assert code == 1, planted.hidden(said)
    for shown in (
        "it was <redacted:secret>",
        "beware of <redacted:secret>",
        "test_parameters[value]",
        "<redacted:secret> plain",
    ):
        assert shown in said
    assert "the key is <redacted:secret>" in (planted.folder / "run.log").read_text(encoding="utf-8")
    assert planted.leaks(said) == []


def test_no_secret_is_in_a_module_that_can_not_be_collected(planted: Planted) -> None:
    """What was declared a secret before is hidden in the traceback."""
    suite.write(planted.folder, {"test_broken.py": BROKEN})
    code, said = planted.run()
    assert code == 2, planted.hidden(said)
    assert "ValueError: it was <redacted:secret>" in said
    assert planted.leaks(said) == []

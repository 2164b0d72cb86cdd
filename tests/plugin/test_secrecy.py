from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin import recorded_suite as suite
from tests.plugin.planted_suite import plant

if TYPE_CHECKING:
    from tests.plugin.planted_suite import Planted

CONFTEST = """
import base64, json, logging, pathlib
import pytest, requests
from azure.core.exceptions import HttpResponseError
from pytest_aci import *

planted = json.loads((pathlib.Path(__file__).parent.parent / "planted.json").read_text())
SHELL = "mcr.microsoft.com/azuredocs/aci-wordcount"
SERVER = "mcr.microsoft.com"

app = container_group(
    task(
        SHELL,
        ["/bin/sh", "-c", "echo $TOKEN; printf %s $TOKEN | base64; cat /etc/app/file"],
        secure_env={"TOKEN": planted["secure variable"]},
        volumes={"/etc/app": SecretVolume("files", {"file": planted["secret file"]})},
        registry_credentials=RegistryCredential(SERVER, username="me", password=planted["registry password"]),
        log_analytics=LogAnalytics("00000000-0000-0000-0000-000000000001", planted["workspace key"]),
    )
)
share = container_group(
    single(
        "mcr.microsoft.com/azuredocs/aci-helloworld",
        ports=[80],
        liveness=Probe(http_get=HttpGet(80, headers={"X-Key": Secret(planted["probe header"])})),
        volumes={"/share": AzureFile("share", "files", "account", planted["storage key"])},
    ),
    until=http(80),
)


@pytest.fixture
def said(app, share, aci, aci_client):
    from azure.mgmt.containerinstance import models

    log = app.logs()
    print(log, planted["client secret in the environment"])
    logging.getLogger("app").debug("the key is %s", planted["storage key"])
    headers = {"Authorization": "Bearer " + planted["bearer token"]}
    page = requests.get(share.url(80, "/?token=" + planted["bearer token"]), headers=headers, timeout=9)
    variable = models.EnvironmentVariable(name="B", secure_value=planted["variable of a model"])
    resources = models.ResourceRequirements(requests=models.ResourceRequests(cpu=1, memory_in_gb=1))
    container = models.Container(
        name="a", image=SHELL, command=["/bin/sh", "-c", "echo $B"], environment_variables=[variable],
        resources=resources,
    )
    model = models.ContainerGroup(containers=[container], os_type="Linux", restart_policy="Never")
    refused = models.ContainerGroup(
        location="westeurope", containers=[container], os_type="Linux", volumes=[
            models.Volume(name="v", secret={"f": base64.b64encode(planted["file of a client"].encode()).decode()})
        ], image_registry_credentials=[
            models.ImageRegistryCredential(server=SERVER, username="me", password=planted["password of a client"])
        ],
    )
    with pytest.raises(HttpResponseError, match="InvalidVolumeName"):
        aci_client.container_groups.begin_create_or_update(
            aci.resource_group.name, "refused", refused, logging_enable=True
        )
    own = aci.up(model, until=terminated)
    return log + own.logs() + share.exec("whoami").output
"""

MODULE = """
import os
from conftest import planted


def test_planted(said, share, app):
    everything, model = dict(planted), share.resource
    assert "FAILING" not in os.environ or said == planted["secret file"], everything
"""


NAMES = (
    "secure variable",
    "secret file",
    "registry password",
    "workspace key",
    "probe header",
    "storage key",
    "bearer token",
    "variable of a model",
    "file of a client",
    "password of a client",
    "client secret in the environment",
)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The suite with new random secrets."""
    return plant(tmp_path_factory.mktemp("planted"), NAMES, {"conftest.py": CONFTEST, "test_planted.py": MODULE})


@pytest.fixture(scope="module")
def recorded(planted: Planted) -> tuple[int, str]:
    """What came of recording it."""
    return planted.run(*suite.RECORD)


def test_no_secret_is_in_a_cassette_or_in_what_a_recording_says(planted: Planted, recorded: tuple[int, str]) -> None:
    """Whatever a suite hands to containers, sends or logs: no secret of it is in any file or line of a recording."""
    code, said = recorded
    assert code == 0, planted.hidden(said)
    assert len(suite.cassettes(planted.folder)) == 4
    assert planted.leaks(said) == []


@pytest.mark.parametrize("mode", ["replay", "record", "live"])
def test_no_secret_is_in_what_a_failing_test_shows(planted: Planted, mode: str, request: pytest.FixtureRequest) -> None:
    """Message, diff, locals, log and output of a failing test show everything but secrets, in each mode.

    Without a tape nobody looks at what a test sends by itself, and so nobody knows a token that is only there.
    """
    if mode == "replay":
        request.getfixturevalue("recorded")
    how = {"replay": (), "record": suite.RECORD, "live": (*suite.RECORD, "--aci-mode=live")}[mode]
    code, said = planted.run(*how, is_failing=True)
    assert code == 1, planted.hidden(said)
    assert "def test_planted" in said
    assert "everything = {" in said
    assert "the key is <redacted:secret>" in said
    assert [leak for leak in planted.leaks(said) if mode != "live" or "bearer token" not in leak] == []


BEFORE = """
from typing import NamedTuple
from pytest_aci import Secret

password = Secret("hunter2-and-more").reveal()

class Pair(NamedTuple):
    name: str
    value: str

def test_plain(record_property):
    record_property("pair", Pair("p", password))
    record_property("all", {"x": [password]})
    print("said", password)
    assert password == ""

def test_container(aci_client):
    pass
"""


def test_no_secret_is_shown_before_there_is_a_run(pytester: pytest.Pytester) -> None:
    """A declared secret is hidden in a plain test that runs before the first one with containers."""
    pytester.makepyfile(BEFORE)
    result = pytester.runpytest_subprocess("-p", "no:randomly", "--showlocals", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1, failed=1)
    report = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert "Pair(name='p', value='<redacted:secret>')".replace("<", "&lt;").replace(">", "&gt;") in report
    assert "said <redacted:secret>" in result.stdout.str()
    assert "hunter2" not in result.stdout.str().replace('Secret("hunter2-and-more")', "") + report


SUBTESTS = """
import logging

from pytest_aci import Secret

password = Secret("hunter2-and-more").reveal()

def test_parts(subtests, aci_resource_group):
    with subtests.test("connect with " + password, used=password):
        print("said", password)
        logging.getLogger("app").warning("the key is %s", password)
        assert password == ""
"""


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest has subtests since 9.0")
def test_no_secret_is_in_the_report_of_a_subtest(pytester: pytest.Pytester) -> None:
    """What a subtest prints and logs, its description and its parameters are shown without secrets."""
    pytester.makepyfile(SUBTESTS)
    result = pytester.runpytest_subprocess("--aci-mode=live", *suite.RECORD[1:], "--junitxml=junit.xml")
    said = result.stdout.str()
    for shown in ("[[]connect with <redacted:secret>[]] (used='<redacted:secret>')", "said <redacted:secret>"):
        result.stdout.fnmatch_lines(f"*{shown}*")
    assert said.count("the key is <redacted:secret>") == 2
    assert "hunter2" not in said + (pytester.path / "junit.xml").read_text(encoding="utf-8")

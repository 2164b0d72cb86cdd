"""The suites of a user's that the benchmarks run, told in several ways."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import Spent, spent

ROOT = Path(__file__).parent.parent

TIMING = """
import json, os, time
import pytest

TIMES = []

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    begin = time.process_time()
    result = yield
    TIMES.append(time.process_time() - begin)
    return result

@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    with open(os.environ["BENCHMARK_TIMES"], "w") as file:
        json.dump(TIMES, file)
"""

REPLAY_WITH_PYTEST_ACI = """
import pytest
from benchmarks.lifecycle import live

@pytest.mark.parametrize("number", range({tests}))
def test_lifecycle(aci_resource_client, aci_client, number):
    live(aci_resource_client, aci_client)
"""

REPLAY_WITH_PYTEST_RECORDING = """
import os
import pytest
from benchmarks.lifecycle import clients, live

CLIENTS = clients(os.environ["BENCHMARK_CLOUD"])

@pytest.mark.vcr
@pytest.mark.parametrize("number", range({tests}))
def test_lifecycle(number):
    live(*CLIENTS)
"""

FLOOR = """
import pytest
from benchmarks.floor import Prebuilt, answers
from benchmarks.lifecycle import clients, live

TRANSPORT = Prebuilt()
PREPARED = [answers({polls}) for _ in range({tests})]
CLIENTS = clients("https://management.azure.com", transport=TRANSPORT)

@pytest.mark.parametrize("number", range({tests}))
def test_lifecycle(number):
    TRANSPORT.answers = PREPARED[number]
    live(*CLIENTS)
"""

PLAIN_TESTS = """
import time
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_without_containers(number):
    time.sleep({seconds})
"""

GROUPS_WITH_PYTEST_ACI = """
from pytest_aci import container_group, single

for number in range({count}):
    globals()[f"group_{{number}}"] = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld"))
"""

GROUPS_OF_ONES_OWN = """
import os, uuid
import pytest
from benchmarks.lifecycle import clients, wanted

PLACE = f"place-{{uuid.uuid4().hex}}"

@pytest.fixture(scope="session")
def sdk():
    resources, containers = clients(os.environ["BENCHMARK_CLOUD"])
    resources.resource_groups.create_or_update(PLACE, {{"location": "westeurope"}})
    yield containers.container_groups
    resources.resource_groups.begin_delete(PLACE, polling_interval=0).result()

def declare(number):
    @pytest.fixture(scope="session")
    def group(sdk):
        name = f"group-{{number}}"
        sdk.begin_create_or_update(PLACE, name, wanted(), polling_interval=1).result()
        yield sdk.get(PLACE, name)
        sdk.begin_delete(PLACE, name, polling_interval=0).result()
    return group

for number in range({count}):
    globals()[f"group_{{number}}"] = declare(number)
"""


def using(groups: int, times: int = 1) -> str:
    """Tests of which each uses one of so many groups."""
    tests = [
        f"def test_{number}_{time}(group_{number}):\n    assert group_{number}.name\n"
        for time in range(times)
        for number in range(groups)
    ]
    return "\n".join(tests)


class Suite:
    """A folder with a suite, run with exactly the plugins that it names."""

    def __init__(
        self, folder: Path, files: dict[str, str], *plugins: str, cloud: str = "", autoload: bool = False
    ) -> None:
        self.folder = folder
        self.times = folder / "times.json"
        self._plugins = [word for plugin in plugins for word in ("-p", plugin)]
        self._environment = {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "" if autoload else "1",
            "PYTHONDONTWRITEBYTECODE": "",  # as for users: what is compiled once stays compiled
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(folder),
            "BENCHMARK_TIMES": str(self.times),
            "BENCHMARK_CLOUD": cloud,
        }
        folder.mkdir()
        for name, text in {"pytest.ini": "[pytest]\n", **files}.items():
            (folder / name).write_text(text)

    def run(self, *options: str) -> Spent:
        """Run the suite, which has to pass."""
        command = [sys.executable, "-m", "pytest", "-q", *self._plugins, *options]
        return spent(command, folder=self.folder, environment=self._environment)

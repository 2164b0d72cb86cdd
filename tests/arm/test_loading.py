from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from threading import Thread, current_thread, main_thread
from pytest_aci.arm.loading import load_sdk

late = []

class Watch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if current_thread() is not main_thread():
            late.append(name)

def reach():
    from azure.core.credentials import AccessToken
    from pytest_aci.arm.connection import Connection
    from pytest_aci.arm.sdk import SdkControlPlane
    plane = SdkControlPlane(Connection.replay(None))
    plane._containers, plane._resources

load_sdk(signs_in={signs_in})
sys.meta_path.insert(0, Watch)
thread = Thread(target=reach)
thread.start()
thread.join()
print([name for name in late if name.startswith(("azure", "msrest", "pytest_aci"))], "azure.identity" in sys.modules)
"""


@pytest.mark.parametrize("signs_in", [False, True])
def test_threads_have_nothing_of_the_sdk_left_to_import(signs_in: bool) -> None:
    """After loading, making a control plane in a thread imports nothing of azure; identity only where one signs in."""
    program = PROGRAM.replace("{signs_in}", str(signs_in))
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == f"[] {signs_in}\n"

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aci.arm.control_plane import GroupState, OperationStatus
from pytest_aci.arm.failures import refusal
from pytest_aci.errors import NotReady, ProvisioningFailed, Vanished
from pytest_aci.provisioning.conditions import http, log, port, running, terminated
from pytest_aci.provisioning.network import RecordedNetwork
from pytest_aci.provisioning.waiting import GroupView, wait_until
from tests.arm.fake_control_plane import (
    crash_looping,
    creating,
    failed,
    failing_pulls,
    pending,
    running_without_address,
)
from tests.arm.fake_control_plane import running as runs
from tests.provisioning.builders import Workshop, group

DOCUMENT = {
    "location": "westeurope",
    "properties": {
        "osType": "Linux",
        "ipAddress": {"type": "Public", "ports": [{"port": 80}]},
        "containers": [{"name": "main", "properties": {"image": "x", "ports": [{"port": 80}]}}],
    },
}


@pytest.fixture
def workshop() -> Workshop:
    """A fake Azure with a group in it."""
    workshop = Workshop()
    workshop.azure.put_resource_group("home", "westeurope", {})
    return workshop


def view(workshop: Workshop) -> GroupView:
    """The group as it is after its PUT."""
    state = workshop.azure.put_group("home", "web", DOCUMENT).resource
    return GroupView(state, "home", "Always", workshop.around)


def test_waiting_ends_when_the_condition_is_met(workshop: Workshop) -> None:
    """A group is looked at until it is deployed and does what was awaited."""
    workshop.azure.script(pending, pending, creating, runs)
    assert wait_until(running, view(workshop), workshop.clock, 60).state == "Running"
    assert workshop.azure.verbs("web").count("get_group") == 3


def test_an_address_that_comes_late_is_waited_for(workshop: Workshop) -> None:
    """Succeeded is not enough: a group that opens ports is ready when it has its address."""
    workshop.azure.script(pending, running_without_address, running_without_address, runs)
    assert wait_until(running, view(workshop), workshop.clock, 60).ip == "192.0.2.1"


def test_a_state_that_goes_back_is_not_the_end(workshop: Workshop) -> None:
    """Succeeded without a running container, then Creating, then Failed: the last one counts."""
    workshop.azure.script(pending, running_without_address, creating, failed("Novel", "unheard of"))
    with pytest.raises(ProvisioningFailed, match="ARM said Novel: unheard of"):
        wait_until(running, view(workshop), workshop.clock, 60)


def test_time_ends_the_wait(workshop: Workshop) -> None:
    """When the time is over, the error tells what was awaited, and what was seen last."""
    workshop.azure.script(pending, creating)
    with pytest.raises(NotReady) as raised:
        wait_until(running & port(80), view(workshop), workshop.clock, 60)
    assert raised.value.seconds >= 60
    assert "Awaited: every container running and port 80 open." in str(raised.value)
    assert "Last state: Pending (main Waiting), provisioning Creating." in str(raised.value)
    assert workshop.clock.monotonic() < 65


def test_a_crash_loop_is_not_waited_for(workshop: Workshop) -> None:
    """A container that crashes again and again is told at once, with its exit code and its last lines."""
    workshop.azure.script(pending, crash_looping(5, 137))
    workshop.azure.printed["web", "main"] = "one\ntwo\n"
    with pytest.raises(NotReady, match=r"crash loop \(5 restarts, last exit code 137\)") as raised:
        wait_until(running, view(workshop), workshop.clock, 600)
    assert any("two" in line for line in raised.value.evidence)
    assert workshop.clock.monotonic() < 10


def test_an_operation_tells_why(workshop: Workshop) -> None:
    """A failed deployment is explained by its operation."""
    workshop.azure.script(pending, failed())
    status = OperationStatus("Failed", "InaccessibleImage", "The image 'x' is not accessible.")
    with pytest.raises(ProvisioningFailed, match="What to do: Check the image's tag") as raised:
        wait_until(running, view(workshop), workshop.clock, 60, operation=lambda: status, correlation_id="12-34")
    assert raised.value.reason
    assert raised.value.reason.failure == "inaccessible-image"
    assert "Correlation id: 12-34" in str(raised.value)


def test_a_forgotten_operation_does_not_hide_why(workshop: Workshop) -> None:
    """When the operation can not be asked, the group's own events explain."""
    workshop.azure.script(pending, failed("InsufficientCapacity.", "no room"))

    def forgotten() -> OperationStatus:
        raise refusal(doing="ask", code="OperationNotFound", message="", status=404)

    with pytest.raises(ProvisioningFailed) as raised:
        wait_until(running, view(workshop), workshop.clock, 60, operation=forgotten)
    assert raised.value.reason
    assert raised.value.reason.lacks_room


def test_faults_of_azure_are_waited_out(workshop: Workshop) -> None:
    """A look that fails because of Azure is made again."""
    seen = view(workshop)
    workshop.azure.fail("get_group", refusal(doing="get", code="ServerTimeout", message="", status=503), times=3)
    assert wait_until(running, seen, workshop.clock, 60).state == "Running"


def test_a_group_that_is_deleted_meanwhile(workshop: Workshop) -> None:
    """A group that somebody deletes is told to be gone, not to be slow."""
    seen = view(workshop)
    workshop.azure.delete_group("home", "web")
    with pytest.raises(Vanished, match=r"is not in resource group 'home' any more\. Somebody deleted it"):
        wait_until(running, seen, workshop.clock, 60)
    assert 5 <= workshop.clock.monotonic() < 10


def test_a_group_that_is_not_shown_for_some_seconds(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer that a group is not there proves nothing: servers of Azure's may not know yet what it has created."""
    seen, get, hidden = view(workshop), workshop.azure.get_group, iter(range(4))

    def get_late(place: str, name: str) -> GroupState | None:
        return get(place, name) if next(hidden, None) is None else None

    monkeypatch.setattr(workshop.azure, "get_group", get_late)
    assert wait_until(running, seen, workshop.clock, 60).state == "Running"


def test_a_group_that_the_run_has_deleted(workshop: Workshop) -> None:
    """Whoever uses a group after its last test is not told that somebody else deleted it."""
    seen = view(workshop)
    workshop.around.chronicle.leaving("web")
    workshop.azure.delete_group("home", "web")
    with pytest.raises(Vanished, match=r"any more\. This run has deleted it, since no test that is left asks for its"):
        wait_until(running, seen, workshop.clock, 60)


def test_logs_that_are_throttled_are_read_later(workshop: Workshop) -> None:
    """What a condition asks of ARM is asked again when ARM says so, as the group itself is."""
    busy = refusal(doing="read", code="TooManyRequests", message="", status=429, headers={"Retry-After": "3"})
    workshop.azure.fail("logs", busy, times=2)
    workshop.azure.printed["web", "main"] = "ready\n"
    assert wait_until(log("ready"), view(workshop), workshop.clock, 60).state == "Running"
    assert workshop.clock.slept.count(3) == 2


def test_a_log_that_is_not_there_yet_is_empty(workshop: Workshop) -> None:
    """A log that ACI does not have yet never hides what is wrong."""
    missing = refusal(doing="read", code="ContainerLogNotAvailable", message="not yet", status=404)
    workshop.azure.fail("logs", missing, times=10)
    workshop.azure.printed["web", "main"] = "ready\n"
    assert wait_until(log("ready"), view(workshop), workshop.clock, 60).state == "Running"


def test_logs_that_can_not_be_read_do_not_hide_why(workshop: Workshop) -> None:
    """The error that is told is the group's, also when its logs can not be read for the evidence."""
    workshop.azure.fail("logs", refusal(doing="read", code="Novel", message="", status=418), times=99)
    with pytest.raises(NotReady, match="its restart policy is Always"):
        wait_until(terminated, view(workshop), workshop.clock, 60)


def test_a_log_of_megabytes_is_quoted_by_its_end(workshop: Workshop) -> None:
    """Four megabytes with terminal codes, an endless line and what was no text add some lines to the error only."""
    workshop.azure.script(pending, crash_looping(5, 137))
    workshop.azure.printed["web", "main"] = "noise\n" * 170_000 + "x" * 3_000_000 + "\n\x1b[31mlast \ufffd\x00\x1b[0m\n"
    with pytest.raises(NotReady) as raised:
        wait_until(running, view(workshop), workshop.clock, 600)
    assert str(raised.value).endswith("main: log last \ufffd")
    assert "… (3000000 characters)" in str(raised.value)
    assert len(str(raised.value)) < 2000


@pytest.mark.parametrize(
    ("scheme", "fqdn", "url"),
    [
        ("https", "web.westeurope.azurecontainer.io", "https://web.westeurope.azurecontainer.io:80/x"),
        ("https", None, "https://192.0.2.1:80/x"),
        ("http", "web.westeurope.azurecontainer.io", "http://192.0.2.1:80/x"),
    ],
)
def test_https_is_asked_by_name(workshop: Workshop, scheme: str, fqdn: str | None, url: str) -> None:
    """A certificate is made out to a name, so who has one is asked by it; the network is told what to trust."""
    asked: list[object] = []

    class Network(RecordedNetwork):
        def answers(self, url: str, status: int, verify: bool | str = True) -> str:
            asked.append((url, status, verify))
            return ""

    around = replace(workshop.around, network=Network())
    seen = GroupView(group(fqdn=fqdn), "home", "Always", around)
    assert http(80, "/x", scheme=scheme, verify=Path("ca.pem")).check(seen).met
    assert asked == [(url, 200, "ca.pem")]


def test_a_failing_pull(workshop: Workshop) -> None:
    """An image that can not be pulled is told with its event when the time is over, or as soon as it shows."""
    workshop.azure.script(pending, failing_pulls(4))
    with pytest.raises(NotReady, match="Failed to pull image"):
        wait_until(running, view(workshop), workshop.clock, 60)

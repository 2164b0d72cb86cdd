from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_aci.errors import SpecError
from pytest_aci.provisioning.prognosis import hopeless, unopened
from pytest_aci.provisioning.readiness import check_ports, http, log, port
from pytest_aci.spec import container as container_spec
from pytest_aci.spec import group as group_spec
from pytest_aci.spec import single
from tests.provisioning.builders import container, event, group

HELLO = "mcr.microsoft.com/azuredocs/aci-helloworld"


def failing_pull(image: str, count: int) -> str | None:
    """What is said about a group whose image was tried *count* times."""
    message = f'Failed to pull image "{image}": rpc error: not found'
    one = replace(container("Waiting", events=(event(message, count=count),)), image=image)
    return hopeless(group(one))


@pytest.mark.parametrize(
    ("image", "about"),
    [
        ("ghcr.io/Azure/app:V1", "registries want lower case: ghcr.io/azure/app:V1"),
        ("ghcr.io/Azure/app", "registries want lower case: ghcr.io/azure/app"),
        ("localhost:5000/App", "registries want lower case: localhost:5000/app"),
        ("ghcr.io/azure/app:V1", "check its name and tag, and its registry's credentials"),
    ],
)
def test_a_pull_that_fails_again_and_again_is_told(image: str, about: str) -> None:
    """After three tries nothing changes any more; capitals in the path are the likeliest cause, a tag may have them."""
    assert failing_pull(image, 2) is None
    told = failing_pull(image, 3)
    assert told is not None
    assert f'the image of main can not be pulled (Failed to pull image "{image}"' in told
    assert told.endswith(about)


def test_a_crash_loop_names_the_usual_cause() -> None:
    """Three restarts are no accident: the image most often has no long-running process."""
    looping = container("Waiting", restart_count=3, previous=container("Terminated", exit_code=1))
    assert hopeless(group(looping)) == (
        "main is in a crash loop (3 restarts, last exit code 1); an image without a long-running process needs a "
        "command, or belongs into a task"
    )
    assert hopeless(group(container("Waiting", restart_count=2))) is None


def test_a_port_has_to_be_opened() -> None:
    """ACI maps no ports: one that no container opens can never be reached."""
    assert unopened(80, [80, 443]) is None
    assert unopened(8080, [80]) == (
        "the group does not open port 8080: it opens 80; give ports=[8080] to the container that listens on it"
    )
    assert "it opens none" in str(unopened(80, []))


@pytest.mark.parametrize("until", [http(8080), port(8080), http(80) & port(8080)], ids=str)
def test_waiting_for_an_unopened_port_is_refused_before_anything_is_created(until: object) -> None:
    """The mistake is told where it was made, and costs neither time nor money."""
    with pytest.raises(SpecError, match="does not open port 8080: it opens 80"):
        check_ports(until, single(HELLO, ports=[80]))  # type: ignore[arg-type] # the parameters are conditions


def test_a_port_of_any_container_will_do() -> None:
    """The containers of a group share its address; an alternative may name what is not there."""
    pair = group_spec(container_spec("app", HELLO, ports=[80]), container_spec("proxy", HELLO, ports=[8080]))
    check_ports(http(8080) & log("ready"), pair)
    check_ports(port(1234) | port(80), pair)
    check_ports(None, single(HELLO))

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_aci.provisioning.prognosis import describe, hopeless, unopened
from tests.provisioning.builders import container, event, group


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


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (0, "an image without a long-running process needs a command, or belongs into a task"),
        (1, "what it wrote last may tell why"),
        (126, "126 means that its command can not be executed"),
        (127, "127 means that its command is not in the image"),
        (137, "137 means that it was killed, most often for want of memory: give it more with memory_gb"),
        (None, "what it wrote last may tell why"),
    ],
)
def test_a_crash_loop_names_the_usual_cause(code: int | None, cause: str) -> None:
    """Three restarts are no accident, and the exit code tells what most often lacks."""
    looping = container("Waiting", restart_count=3, previous=container("Terminated", exit_code=code))
    assert hopeless(group(looping)) == f"main is in a crash loop (3 restarts, last exit code {code}); {cause}"
    assert hopeless(group(container("Waiting", restart_count=2))) is None
    assert hopeless(group(container("Running", restart_count=3))) is None


@pytest.mark.parametrize("code", [7147, 7148])
def test_an_interruption_by_azure_is_told_as_such(code: int) -> None:
    """These exit codes are the platform's own, when it moves a container: nothing in the image or test is wrong."""
    ended = container("Terminated", exit_code=code)
    assert describe(group(ended)) == (
        f"Running (main Terminated with exit code {code} (an interruption by Azure's platform and no fault of the "
        "container: run again))"
    )
    looping = group(container("Waiting", restart_count=3, previous=ended))
    assert str(hopeless(looping)).endswith(
        f"{code} means an interruption by Azure's platform and no fault of the container: run again"
    )


def test_a_port_has_to_be_opened() -> None:
    """ACI maps no ports: one that no container opens can never be reached."""
    assert unopened(80, [80, 443]) is None
    assert unopened(8080, [80]) == (
        "the group does not open port 8080: it opens 80; give ports=[8080] to the container that listens on it"
    )
    assert "it opens none" in str(unopened(80, []))

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_aci.arm.control_plane import ContainerState, GroupState

CRASH_LOOP_RESTARTS = 3
FAILED_PULLS = 3
PLATFORM_CODES = (7147, 7148)
INTERRUPTED = "an interruption by Azure's platform and no fault of the container: run again"
CRASHES = {
    0: "an image without a long-running process needs a command, or belongs into a task",
    126: "126 means that its command can not be executed",
    127: "127 means that its command is not in the image",
    137: "137 means that it was killed, most often for want of memory: give it more with memory_gb",
    **{code: f"{code} means {INTERRUPTED}" for code in PLATFORM_CODES},
}
"""What a container most often lacks that ends when it should run, by its exit code."""
LISTEN = "ACI has no port mapping: the container itself has to listen on {port}, on every interface"
UNANSWERED = {
    "^HTTP ": "what listens on {port} has another path for this, or answers with another status",
    "CERTIFICATE_VERIFY_FAILED": "the certificate is for another name, or its authority is not trusted here: https "
    "asks the DNS name if there is a dns_label, and http(..., verify=...) names the authority or leaves the check out",
    r"\[SSL|SSLError": "what listens on {port} speaks no TLS, or none that this machine can speak",
    "reset by peer|without response": f'{LISTEN}; and what speaks TLS is asked with http(..., scheme="https")',
    "": LISTEN,
}
"""What is often the cause if a port does not answer as was awaited, by the first sign in what was seen."""
OTHER_CRASH = "what it wrote last may tell why"


def describe(state: GroupState) -> str:
    """Return one phrase for the state of a group: its own, and each container's."""
    containers = ", ".join(f"{one.name} {_phrase(one)}" for one in state.containers)
    return f"{state.state or state.provisioning_state} ({containers})" if containers else str(state.provisioning_state)


def hopeless(state: GroupState) -> str | None:
    """Return why a group can not get better by waiting, or None."""
    if state.provisioning_state == "Failed":
        return "its provisioning failed"
    for one in state.containers:
        if one.restart_count >= CRASH_LOOP_RESTARTS and one.state != "Running":
            code = one.previous.exit_code if one.previous else one.exit_code
            return f"{one.name} is in a crash loop ({one.restart_count} restarts, last exit code {code}); {_why(code)}"
        pulls = [event for event in one.events if event.message.startswith("Failed to pull image")]
        if sum(event.count for event in pulls) >= FAILED_PULLS:
            return f"the image of {one.name} can not be pulled ({pulls[-1].message}); {_about_image(one.image)}"
    return None


def has_ended(container: ContainerState, restart_policy: str) -> bool:
    """Whether a container is at its end, and its group's restart policy leaves it there."""
    if container.state != "Terminated":
        return False
    return restart_policy == "Never" or (restart_policy == "OnFailure" and container.exit_code == 0)


def cause_of_end(state: GroupState) -> str:
    """Return what is often the cause if containers have ended in which something was awaited: of the first failure."""
    failures = [one.exit_code for one in state.containers if one.exit_code != 0]
    return _why(failures[0]) if failures else "what is awaited needs a program that does not end by itself"


def failed_probe(container: ContainerState) -> str | None:
    """Return what the last failed probe said since the container was last started, or None."""
    starts = [event.last for event in container.events if event.name == "Started" and event.last]
    complaints = [
        event.message
        for event in container.events
        if "probe failed" in event.message.lower() and not (starts and event.last and event.last < max(starts))
    ]
    return complaints[-1] if complaints else None


def unopened(port: int, opened: Collection[int]) -> str | None:
    """Return why a port can never be reached, or None if the group opens it."""
    if port in opened:
        return None
    known = f"it opens {', '.join(map(str, opened))}" if opened else "it opens none"
    return f"the group does not open port {port}: {known}; give ports=[{port}] to the container that listens on it"


def unanswered(port: int, problem: str) -> str:
    """Return what is often the cause if a group that runs does not answer on a port as was awaited."""
    return next(hint for sign, hint in UNANSWERED.items() if re.search(sign, problem)).format(port=port)


def _why(code: int | None) -> str:
    return OTHER_CRASH if code is None else CRASHES.get(code, OTHER_CRASH)


def _about_image(image: str) -> str:
    """Return what to look at in the name of an image that can not be pulled."""
    repository = image.partition("@")[0]
    if repository != repository.lower() and (lower := _lower_path(repository)) != repository:
        return f"registries want lower case: {lower}"
    return "check its name and tag, and its registry's credentials"


def _lower_path(repository: str) -> str:
    """Return the name with everything but its tag in lower case."""
    path, colon, tag = repository.rpartition(":")
    return path.lower() + colon + tag if colon and "/" not in tag else repository.lower()


def _phrase(container: ContainerState) -> str:
    parts = [container.state or "not started"]
    if container.exit_code is not None:
        meaning = f" ({INTERRUPTED})" if container.exit_code in PLATFORM_CODES else ""
        parts.append(f"with exit code {container.exit_code}{meaning}")
    elif container.detail:
        parts.append(f"({container.detail})")
    return " ".join(parts)

"""What a control plane can do to a run: the rows C01 to C40 of docs/reliability.md that concern more than one module.

Each ends with the invariant: nothing is left in the emulated Azure, and the decoys are untouched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.cleanup.ownership import DELETE_AFTER
from pytest_aci.emulator.configuration import Configuration, Quota
from pytest_aci.errors import ControlPlaneError, MayNotDelete, NoRoom, NotReady, ProvisioningFailed
from tests.chaos.azure import emulated_azure
from tests.chaos.scene import Scene
from tests.chaos.victim import tellers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.chaos.azure import Azure

PUT_HOME, PUT_GROUP = "ResourceGroups_CreateOrUpdate", "ContainerGroups_CreateOrUpdate"
DELETE_HOME, DELETE_GROUP = "ResourceGroups_Delete", "ContainerGroups_Delete"


@pytest.fixture
def play(azure: Azure, tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    """Make runs; when the test ends, everything has to be gone, decoys untouched, and no secret written."""
    scenes: list[Scene] = []

    def make(**settings: Any) -> Scene:
        scenes.append(Scene(azure, tmp_path, **settings))
        return scenes[-1]

    yield make
    for scene in scenes:
        scene.close()
    assert azure.left() == []
    assert not tellers(tmp_path)


def test_an_endpoint_that_refuses(play: Callable[..., Scene]) -> None:
    """C01: nothing listens at the endpoint: the error says which host, and nothing is owed."""
    scene = play(endpoint="http://127.0.0.1:9")
    assert re.search(
        r"cannot reach management endpoint 127\.0\.0\.1:9 \(after \d tries\)", scene.fails(ControlPlaneError)
    )
    assert not scene.run.books.folder.exists()


@pytest.mark.parametrize("operation", [PUT_HOME, PUT_GROUP])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_reply(azure: Azure, play: Callable[..., Scene], operation: str, when: str) -> None:
    """C02, C14: a PUT whose reply is lost is looked up, and used if it took effect, or sent again if not."""
    azure.fault("drop", operation=operation, when=when, times=1)
    scene = play()
    assert scene.up().state == "Running"
    assert len(azure.left()) == 2


def test_a_resource_group_that_exists(azure: Azure, play: Callable[..., Scene]) -> None:
    """C03: a resource group of our name that somebody else made is neither used nor changed."""
    scene = play()
    azure.put(scene.run.seat.identity.resource_group, tags={"team": "theirs"})
    told = scene.fails(Exception)
    assert "exists already and was not created by this run. Nothing of it is used or deleted." in told
    assert scene.close() == []
    assert azure.left() == [scene.run.seat.identity.resource_group]
    azure.remove(scene.run.seat.identity.resource_group)


def test_a_policy_that_refuses(azure: Azure, play: Callable[..., Scene]) -> None:
    """C04: a policy's refusal names the policy, and says what to do."""
    message = (
        'Resource \'x\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":"Tags!"}}]\'.'
    )
    azure.fault("error", operation=PUT_HOME, code="RequestDisallowedByPolicy", status=403, message=message)
    told = play().fails(ControlPlaneError)
    assert "demands something, often a tag: Tags!" in told
    assert "Set the tags that it demands" in told


def test_a_resource_group_that_is_being_deleted(azure: Azure, play: Callable[..., Scene]) -> None:
    """C05: another name is taken without a word."""
    azure.fault("error", operation=PUT_HOME, code="ResourceGroupBeingDeleted", times=1)
    scene = play()
    assert scene.up().resource_group != scene.run.seat.identity.resource_group


def test_an_invalid_field(azure: Azure, play: Callable[..., Scene]) -> None:
    """C06: a refused field is told in Azure's words, and nothing stays."""
    azure.fault("error", operation=PUT_GROUP, code="InvalidOsType")
    assert "ARM said: The 'osType' for container group" in play().fails(ControlPlaneError)


def test_capacity_in_another_region(azure: Azure, play: Callable[..., Scene]) -> None:
    """C08: without room in the first region, the next one is taken, one after the other and under another name."""
    azure.fault("capacity", group="web-????????????????")
    group = play(fallback_locations=("uksouth", "eastus")).up()
    assert group.location == "uksouth"
    assert re.fullmatch("web-r2-[0-9a-f]{16}", group.name)


def test_capacity_nowhere(azure: Azure, play: Callable[..., Scene]) -> None:
    """C08: without room in any region, all that were tried are told, after two more tries each."""
    azure.fault("capacity")
    told = play(fallback_locations=("uksouth",)).fails(NoRoom)
    assert "westeurope: ServiceUnavailable: The requested resource is not available" in told
    assert "uksouth: ServiceUnavailable" in told
    assert len([one for one in azure.requests("PUT", "/containerGroups/web") if one.status == 409]) == 6


def test_quota(azure: Azure, play: Callable[..., Scene]) -> None:
    """C09: a used-up quota is told with its figures, and what to do."""
    azure.fault("quota")
    told = play().fails(NoRoom)
    assert re.search(r"Limit: '\d+', Usage: '\d+'", told)
    assert "pytest-aci sweep" in told


def test_quota_that_the_run_itself_gives_back(tmp_path: Path) -> None:
    """C09: what was refused ahead for lack of quota is asked for again when a test needs it, and others have gone."""
    with emulated_azure(Configuration(quota=Quota(container_groups=2))) as azure:
        azure.plant_decoys()
        scene = Scene(azure, tmp_path)
        web, job = scene.order("web"), scene.order("job")
        scene.run.order([web])
        assert scene.run.shared(web).state == "Running"
        scene.run.order([job])
        assert azure.wait(lambda: [one for one in azure.requests("PUT", "/containerGroups/job") if one.status == 403])
        assert scene.run.release(web)
        assert scene.run.shared(job).state == "Running"
        assert scene.close() == []
        assert azure.left() == []
        assert azure.decoys_are_untouched()


@pytest.mark.parametrize("seconds", ["372", "1000000000"])
def test_throttled_for_longer_than_there_is_time(azure: Azure, play: Callable[..., Scene], seconds: str) -> None:
    """C10, C11: a wish to wait beyond the deadline is told, and not obeyed."""
    azure.fault("throttled", operation=PUT_GROUP, headers={"Retry-After": seconds})
    assert f"Trying again needs {seconds} s, and the deadline is in" in play().fails(ControlPlaneError)


@pytest.mark.parametrize("wish", ["", "-5", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "2"])
def test_throttled(azure: Azure, play: Callable[..., Scene], wish: str) -> None:
    """C10, C11: throttling is waited out, whatever the wish looks like."""
    azure.fault("throttled", operation=PUT_GROUP, headers={"Retry-After": wish}, times=2)
    assert play().up().state == "Running"


@pytest.mark.parametrize("operation", [PUT_GROUP, "ContainerGroups_Get"])
def test_faults_of_azure_that_pass(azure: Azure, play: Callable[..., Scene], operation: str) -> None:
    """C12: two faults of Azure's are waited out."""
    azure.fault("error", operation=operation, code="InternalServerError", group="web*", times=2)
    assert play().up().state == "Running"


def test_faults_of_azure_that_stay(azure: Azure, play: Callable[..., Scene]) -> None:
    """C13: a fault that stays is told with its correlation id, after looking whether the group exists."""
    azure.fault("error", operation=PUT_GROUP, code="InternalServerError")
    assert re.search("Correlation id: [0-9a-f-]{36}", play().fails(ControlPlaneError))
    assert azure.requests("GET", "/containerGroups/web")


def test_an_image_that_can_not_be_had(azure: Azure, play: Callable[..., Scene]) -> None:
    """C15: an image that is not accessible is told with a checklist, at once."""
    azure.fault("inaccessible-image")
    told = play().fails(ControlPlaneError)
    assert "registry_credentials" in told
    assert len(azure.requests("PUT", "/containerGroups/web")) == 2  # the decoy's, and one try


def test_capacity_after_the_answer(azure: Azure, play: Callable[..., Scene]) -> None:
    """C16: a deployment that fails later for lack of room is no other error than one that is refused for it."""
    azure.fault(
        "provisioning", outcome="Failed", code="InsufficientCapacity", message="no room", group="web-????????????????"
    )
    scene = play(fallback_locations=("uksouth",))
    assert scene.up().location == "uksouth"
    azure.fault("provisioning", outcome="Failed", code="InsufficientCapacity", message="no room", group="job*")
    assert "uksouth: InsufficientCapacity" in scene.fails(NoRoom, stem="job")


def test_a_deployment_that_fails(azure: Azure, play: Callable[..., Scene]) -> None:
    """A deployment that fails for another reason is told in Azure's words."""
    azure.fault("provisioning", outcome="Failed", code="Novel", message="unheard of")
    assert "ARM said Novel: unheard of" in play().fails(ProvisioningFailed)


def test_a_deployment_that_never_ends(azure: Azure, play: Callable[..., Scene]) -> None:
    """C17: our own deadline ends the wait, with the last state."""
    azure.fault("provisioning", outcome="stuck")
    told = play().fails(NotReady, timeout=3.0)
    assert re.search(r"was not ready after \d+ s", told)
    assert "Awaited: every container running." in told


def test_an_operation_that_is_forgotten(azure: Azure, play: Callable[..., Scene]) -> None:
    """C18: the group itself says how it goes; its operation is not needed."""
    azure.fault("error", operation="Operations_Status", code="OperationNotFound")
    assert play().up().state == "Running"
    azure.fault("provisioning", outcome="Failed", code="Novel", message="unheard of", group="job*")
    assert "could not be provisioned" in play().fails(ProvisioningFailed, stem="job")


def test_a_group_that_is_in_transition(azure: Azure, play: Callable[..., Scene]) -> None:
    """C27: a group in transition is deleted when it lets itself be."""
    scene = play()
    scene.up()
    azure.fault("error", operation=DELETE_GROUP, code="ContainerGroupTransitioning", times=20)
    assert scene.close() == []


def test_a_group_that_stays_in_transition(azure: Azure, play: Callable[..., Scene]) -> None:
    """C27: a group that stays in transition goes with its resource group."""
    scene = play()
    scene.up()
    azure.fault("error", operation=DELETE_GROUP, code="ContainerGroupTransitioning")
    assert scene.close() == []


def test_a_group_that_is_gone(azure: Azure, play: Callable[..., Scene]) -> None:
    """C28: what a test has deleted itself is deleted."""
    scene = play()
    group = scene.up()
    azure.remove(group.resource_group, group.name)
    assert scene.close() == []


def test_a_deletion_that_takes_time(azure: Azure, play: Callable[..., Scene]) -> None:
    """C29: a deletion that is accepted and takes its time is waited for."""
    scene = play()
    scene.up()
    azure.fault("deletion", operation=DELETE_HOME, seconds=0.5)
    assert scene.close() == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("locked", "somebody locked it against deletion"),  # C30
        ("forbidden", "Give it the role Contributor"),  # C31
        ("token-expired", "the token has expired"),  # C32
    ],
)
def test_a_deletion_that_is_refused(azure: Azure, play: Callable[..., Scene], kind: str, words: str) -> None:
    """C30, C31, C32: what can not be deleted is told with the reason and the command, and keeps its expiry tag."""
    scene = play()
    scene.up()
    home = scene.run.seat.identity.resource_group
    expires = azure.tags(home)[DELETE_AFTER]
    azure.fault(kind, operation=DELETE_HOME)
    (told,) = scene.close()
    assert words in told
    assert told.endswith(f"az group delete --yes --name {home}")
    assert azure.left() == [home]
    azure.heal()
    assert azure.tags(home)[DELETE_AFTER] == expires
    azure.remove(home)


@pytest.mark.parametrize("borrowed", ["", "theirs"])
def test_no_right_to_delete_from_the_start(azure: Azure, play: Callable[..., Scene], borrowed: str) -> None:
    """C31: who can create but not delete is told before anything is created."""
    scene = play(resource_group=borrowed)
    before = len(azure.requests("PUT"))
    role = {"actions": ["*"], "notActions": ["*/delete"], "dataActions": [], "notDataActions": []}
    azure.fault("answer", method="GET", path="*/permissions", status=200, body={"value": [role]})
    assert "Nothing was created: the credential can create but not delete in" in scene.fails(MayNotDelete)
    assert len(azure.requests("PUT")) == before


def test_a_storm_of_throttling(azure: Azure, play: Callable[..., Scene]) -> None:
    """C33: of many deletions that are throttled, all are done in the end."""
    scene = play()
    for number in range(20):
        scene.up(f"web{number}")
    azure.fault("throttled", operation=DELETE_GROUP, times=40)
    assert scene.close() == []


def test_a_deletion_that_is_given_up(azure: Azure, play: Callable[..., Scene]) -> None:
    """C34: a deletion that was accepted and fails later is noticed, and tried again."""
    scene = play()
    scene.up()
    azure.fault("deletion", operation=DELETE_HOME, outcome="Failed", code="ResourceGroupDeletionBlocked", times=1)
    assert scene.close() == []
    assert len(azure.requests("DELETE", scene.run.seat.identity.resource_group)) == 3  # the group, and twice its home


def test_tags_that_a_policy_takes_off(azure: Azure, play: Callable[..., Scene]) -> None:
    """C35: without tags, the name and the ledger are proof enough for the run itself."""
    scene = play()
    group = scene.up()
    azure.put(group.resource_group)
    assert scene.close() == []


def test_tags_of_another_run(azure: Azure, play: Callable[..., Scene]) -> None:
    """C38: with another run's proof on it, not even our own resource group is deleted."""
    scene = play()
    group = scene.up()
    azure.put(group.resource_group, tags={"pytest-aci-run": "another", "pytest-aci-owner": "x"})
    (told,) = scene.close()
    assert "its tags say that another run owns it" in told
    azure.remove(group.resource_group)


def test_a_borrowed_group(azure: Azure, play: Callable[..., Scene]) -> None:
    """A borrowed resource group survives the run that used it; what the run created in it does not."""
    azure.put("theirs", tags={"team": "theirs"})
    azure.put("theirs", "web-0123456789abcdef")
    scene = play(resource_group="theirs")
    group = scene.up()
    assert group.resource_group == "theirs"
    assert scene.close() == []
    assert azure.left() == ["theirs"]
    assert not [one for one in azure.requests("DELETE") if one.path.lower().endswith("/resourcegroups/theirs")]
    azure.remove("theirs")


def test_a_borrowed_group_that_is_missing(play: Callable[..., Scene]) -> None:
    """G09: a borrowed resource group that is not there is told before anything is created."""
    told = play(resource_group="nowhere").fails(Exception)
    assert "The resource group 'nowhere', named by --aci-resource-group, does not exist. Nothing was created." in told

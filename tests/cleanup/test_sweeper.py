from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from pytest_aci.arm.control_plane import Resource, ResourceGroup
from pytest_aci.arm.failures import not_arm, refusal, reply_lost, unreachable
from pytest_aci.cleanup import sweeper as module
from pytest_aci.cleanup.ledger import Claim
from pytest_aci.cleanup.outcome import Leftover, Outcome
from pytest_aci.cleanup.ownership import Identity, proof_tags
from pytest_aci.cleanup.sweeper import Sweeper, foreign, in_parallel, plan
from pytest_aci.errors import Unowned
from tests.arm.fake_control_plane import FakeControlPlane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.errors import ControlPlaneError

IDENTITY = Identity("20260102T120000Z-01234567", "0123456789abcdef")
OTHER = Identity("20260102T120000Z-fedcba98", "fedcba9876543210")
PLACE = IDENTITY.resource_group
HOME = Claim("resource_group", PLACE, PLACE, "2026-01-02T14:00:00Z")
WEB = Claim("container_group", IDENTITY.group("web"), PLACE, "2026-01-02T14:00:00Z")
JOB = Claim("container_group", IDENTITY.group("job"), PLACE, "2026-01-02T14:00:00Z")


def proof(identity: Identity = IDENTITY) -> dict[str, str]:
    """The tags that prove what a run created."""
    return proof_tags(identity, now=datetime(2026, 1, 2, 12, tzinfo=UTC), lifetime=7200, extra=())


def document(identity: Identity = IDENTITY) -> dict[str, object]:
    """A container group that a run created."""
    return {"location": "westeurope", "tags": proof(identity), "properties": {"containers": []}}


class Time:
    """A clock on which waiting takes no time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """The time that was slept."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def azure() -> FakeControlPlane:
    """An Azure with one resource group and two container groups of this run, and a decoy of somebody else."""
    plane = FakeControlPlane()
    plane.put_resource_group(PLACE, "westeurope", proof())
    plane.put_group(PLACE, WEB.name, document())
    plane.put_group(PLACE, JOB.name, document())
    plane.foreign("pytest-aci-decoy", "web")
    plane.calls.clear()
    return plane


@pytest.fixture
def time() -> Time:
    """A clock."""
    return Time()


@pytest.fixture
def settled() -> list[Claim]:
    """The claims that were settled, in order."""
    return []


@pytest.fixture
def sweeper(azure: FakeControlPlane, time: Time, settled: list[Claim]) -> Sweeper:
    """A sweeper of this run."""
    return Sweeper(
        azure, settled.append, run_id=IDENTITY.run_id, monotonic=time.monotonic, sleep=time.sleep, relist=True
    )


def only_the_decoy_is_left(azure: FakeControlPlane) -> bool:
    """Whether everything of this run is gone, and nothing else."""
    return list(azure.resource_groups) == ["pytest-aci-decoy"] and list(azure.groups) == [("pytest-aci-decoy", "web")]


def test_plan_puts_groups_before_what_holds_them() -> None:
    """Container groups are deleted before resource groups, however they were claimed."""
    assert plan([HOME, WEB, JOB]) == [[WEB, JOB], [HOME]]


def test_plan_of_nothing_is_nothing() -> None:
    """No claims, no waves."""
    assert plan([]) == []


def test_foreign_resources_are_of_another_type_or_run() -> None:
    """What a run did not make is of another type than container groups, or carries the proof of another run."""
    ours = Resource("/a", "Microsoft.ContainerInstance/containerGroups", WEB.name, proof())
    untagged = replace(ours, id="/b", name="made-by-the-test", tags={})
    disk = Resource("/c", "Microsoft.Compute/disks", "disk")
    theirs = replace(ours, id="/d", name=OTHER.group("web"), tags=proof(OTHER))
    assert foreign([ours, untagged, disk, theirs], IDENTITY.run_id) == ["/c", "/d"]


def test_paying_deletes_exactly_what_is_claimed(
    azure: FakeControlPlane, sweeper: Sweeper, settled: list[Claim]
) -> None:
    """Everything claimed is gone and settled; a decoy with a similar name is untouched."""
    assert sweeper.pay([HOME, WEB, JOB], seconds=60) == Outcome(gone=(HOME, WEB, JOB))
    assert only_the_decoy_is_left(azure)
    assert settled == [HOME, WEB, JOB]


def test_every_deletion_is_sent_before_anything_is_waited_for(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """One list tells the tags; then all deletions are sent, that of the resource group last, and none is awaited."""
    sweeper.send([HOME, WEB, JOB])
    verbs = [call.verb for call in azure.calls]
    assert verbs[:3] == ["list_groups", "delete_group", "delete_group"]
    assert verbs[3:] == ["get_resource_group", "list_resources", "delete_resource_group"]


def test_a_list_that_can_not_be_had_delays_nothing(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """Without the list, each group is looked at by itself before it is deleted."""
    azure.fail("list_groups", refusal(doing="list", code="InternalServerError", message="no", status=500))
    sweeper.send([WEB, JOB])
    verbs = [call.verb for call in azure.calls]
    assert sorted(verbs) == ["delete_group", "delete_group", "get_group", "get_group", "list_groups"]


def test_what_a_list_shows_as_anothers_is_left_alone(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A list is as good a proof as a look: what carries another run's tags is not deleted."""
    azure.put_group(PLACE, WEB.name, {**document(), "tags": proof(OTHER)})
    outcome = sweeper.pay([WEB, JOB], seconds=60)
    assert outcome.gone == (JOB,)
    assert [one.reason for one in outcome.left] == ["its tags say that another run owns it"]


def test_what_was_sent_is_not_sent_again(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """Paying after sending confirms, and asks for nothing twice."""
    sweeper.send([HOME, WEB])
    sweeper.pay([HOME, WEB], seconds=60)
    assert azure.verbs().count("delete_group") == 1
    assert azure.verbs().count("delete_resource_group") == 1


def test_what_was_paid_can_be_owed_again(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A group that is created again under the same name, when a test is run again, is deleted again."""
    assert sweeper.pay([WEB], seconds=60).gone == (WEB,)
    azure.put_group(PLACE, WEB.name, document())
    assert sweeper.pay([WEB], seconds=60).gone == (WEB,)
    assert (PLACE, WEB.name) not in azure.groups


def test_what_is_gone_already_is_paid(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A group that a test deleted itself is settled without a deletion."""
    azure.delete_group(PLACE, WEB.name)
    azure.calls.clear()
    assert sweeper.pay([WEB], seconds=60).gone == (WEB,)
    assert "delete_group" not in azure.verbs()


def test_one_failure_does_not_stop_the_others(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """What can not be deleted is left with Azure's reason; everything else is deleted."""
    locked = refusal(doing="delete", code="ScopeLocked", message="The scope is locked.", status=409, deleting=True)
    azure.fail("delete_group", locked, times=99, target=WEB.name)
    outcome = sweeper.pay([WEB, JOB], seconds=60)
    assert outcome.gone == (JOB,)
    (left,) = outcome.left
    assert left.claim == WEB
    assert "ARM said: The scope is locked." in left.reason
    assert left.command == f"az container delete --yes --resource-group {PLACE} --name {WEB.name}"


def test_a_lock_is_asked_once(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A lock is never removed, and not knocked at either."""
    locked = refusal(doing="delete", code="ScopeLocked", message="locked", status=409, deleting=True)
    azure.fail("delete_resource_group", locked, times=99)
    outcome = sweeper.pay([HOME], seconds=60)
    assert azure.verbs().count("delete_resource_group") == 1
    assert outcome.left[0].command == f"az group delete --yes --name {PLACE}"


@pytest.mark.parametrize(
    ("code", "message", "times"),
    [
        ("TooManyRequests", "slow down", 5),
        ("ContainerGroupTransitioning", "still transitioning", 20),
        ("InternalServerError", "oops", 3),
    ],
)
def test_what_can_be_tried_again_is(
    azure: FakeControlPlane, sweeper: Sweeper, code: str, message: str, times: int
) -> None:
    """Throttling, a group in transition and a fault of Azure's are tried again until they pass."""
    problem = refusal(doing="delete", code=code, message=message, status=409, deleting=True)
    azure.fail("delete_group", problem, times=times)
    assert sweeper.pay([WEB], seconds=600).gone == (WEB,)
    assert azure.verbs().count("delete_group") == times + 1


def test_azures_wish_to_wait_is_obeyed(azure: FakeControlPlane, sweeper: Sweeper, time: Time) -> None:
    """A Retry-After is waited for before the deletion is sent again."""
    headers = {"Retry-After": "40"}
    problem = refusal(doing="delete", code="TooManyRequests", message="", status=429, deleting=True, headers=headers)
    azure.fail("delete_group", problem)
    assert sweeper.pay([WEB], seconds=600).gone == (WEB,)
    assert time.now == 40


def test_nothing_waits_past_the_deadline(azure: FakeControlPlane, sweeper: Sweeper, time: Time) -> None:
    """A wish to wait that is longer than the time left ends the errand, with Azure's words as the reason."""
    headers = {"Retry-After": "1000000000"}
    problem = refusal(
        doing="delete", code="TooManyRequests", message="later", status=429, deleting=True, headers=headers
    )
    azure.fail("delete_group", problem)
    outcome = sweeper.pay([WEB], seconds=300)
    assert "ARM asks to wait 1e+09 s." in outcome.left[0].reason
    assert time.now == 0


def test_an_unknown_refusal_is_tried_twice_and_shown(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """What nobody knows is tried again a little, and then told in full."""
    azure.fail("delete_group", refusal(doing="delete", code="Novel", message="what?", status=418), times=99)
    outcome = sweeper.pay([WEB], seconds=600)
    assert outcome.left[0].reason.startswith("Could not delete: Novel (HTTP 418).")
    assert azure.verbs().count("delete_group") == 3


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize(
    "problem",
    [
        unreachable(doing="delete", host="h", reason="name resolution", tries=3),
        reply_lost(doing="delete", reason="reset", reading=False),
        not_arm(doing="delete", host="h", content_type="text/html", status=502),
    ],
    ids=lambda problem: str(problem.failure),
)
def test_what_azure_has_not_answered_is_asked_again(
    azure: FakeControlPlane, sweeper: Sweeper, problem: ControlPlaneError, times: int
) -> None:
    """A network that is away for a while leaves nothing behind."""
    azure.fail("delete_group", problem, times=times)
    assert sweeper.pay([WEB], seconds=300).gone == (WEB,)


def test_an_emulator_that_is_dead_is_not_waited_for(azure: FakeControlPlane, time: Time) -> None:
    """Nothing on this machine is out of reach for a while: what does not answer has ended."""
    azure.fail("get_group", unreachable(doing="look", host="localhost", reason="refused", tries=3), times=99)
    sweeper = Sweeper(azure, lambda _: None, run_id="", monotonic=time.monotonic, sleep=time.sleep, is_remote=False)
    assert sweeper.pay([WEB], seconds=300).left[0].claim == WEB
    assert time.now == 0


@pytest.mark.parametrize(
    ("code", "is_final"),
    [
        ("ScopeLocked", True),
        ("AuthorizationFailed", True),
        ("RequestDisallowedByPolicy", True),
        ("DenyAssignmentAuthorizationFailed", True),
        ("TooManyRequests", False),
        ("ContainerGroupTransitioning", False),
        ("ExpiredAuthenticationToken", False),
        ("Novel", False),
    ],
)
def test_what_is_refused_for_good_is_told(azure: FakeControlPlane, sweeper: Sweeper, code: str, is_final: bool) -> None:
    """A lock, a rule and missing rights stay; what another process may have more luck with is not final."""
    problem = refusal(doing="delete", code=code, message="no", status=400, deleting=True)
    azure.fail("delete_group", problem, times=999)
    assert [one.is_final for one in sweeper.pay([WEB], seconds=300).left] == [is_final]


def test_what_is_not_ours_is_final(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """Nobody deletes it, however often it is asked for."""
    azure.put_group(PLACE, WEB.name, document(OTHER))
    assert [one.is_final for one in sweeper.pay([WEB], seconds=60).left] == [True]


def test_what_arrives_late_is_deleted(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A PUT that was on its way when nothing was there to delete yet is noticed, and what it made is deleted."""
    azure.delete_group(PLACE, WEB.name)
    sweeper.send([WEB])
    azure.put_group(PLACE, WEB.name, document())
    assert sweeper.pay([WEB], seconds=60).gone == (WEB,)
    assert (PLACE, WEB.name) not in azure.groups


def test_a_home_that_goes_while_it_is_looked_at_is_gone(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A resource group that somebody deletes between two questions is paid, and no leftover."""
    gone = refusal(doing="list", code="ResourceGroupNotFound", message="gone", status=404)
    azure.fail("list_resources", gone)
    looks = iter([ResourceGroup(PLACE, "/x", "westeurope", proof(), "Succeeded"), None])
    azure.get_resource_group = lambda name: next(looks)  # type: ignore[method-assign] # it goes between two looks
    assert sweeper.pay([HOME], seconds=60) == Outcome(gone=(HOME,))


def test_looks_are_throttled_too(azure: FakeControlPlane, sweeper: Sweeper, time: Time) -> None:
    """Azure's wish to wait is obeyed between looks as well, and forgotten after a look that was answered."""
    sweeper.send([WEB])
    headers = {"Retry-After": "40"}
    azure.fail("get_group", refusal(doing="get", code="TooManyRequests", message="", status=429, headers=headers))
    assert sweeper.pay([WEB], seconds=600).gone == (WEB,)
    assert time.now == 40


def test_a_fault_of_the_users_own_stops_no_other_deletion(azure: FakeControlPlane, time: Time) -> None:
    """A hook or a credential that raises leaves what it was asked about, and nothing else."""

    @contextmanager
    def using(claim: Claim) -> Iterator[None]:
        yield
        if claim == WEB:
            raise ValueError("the hook is wrong")

    sweeper = Sweeper(
        azure, lambda _: None, run_id=IDENTITY.run_id, monotonic=time.monotonic, sleep=time.sleep, using=using
    )
    outcome = sweeper.pay([HOME, WEB, JOB], seconds=60)
    assert outcome == Outcome(gone=(HOME, JOB), left=(Leftover(WEB, "the hook is wrong"),))
    assert only_the_decoy_is_left(azure)


def test_a_lost_reply_is_looked_up(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A deletion whose reply got lost after it was obeyed is paid."""
    azure.fail("delete_group", reply_lost(doing="delete", reason="reset", reading=True), after=True)
    assert sweeper.pay([WEB], seconds=60).gone == (WEB,)


def test_a_slow_deletion_is_waited_for(
    azure: FakeControlPlane, sweeper: Sweeper, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group that a GET still shows after its deletion was accepted is looked at until it is gone."""
    delete = azure.delete_group
    monkeypatch.setattr(azure, "delete_group", lambda place, name: True)
    slept = time.sleep

    def sleep(seconds: float) -> None:
        slept(seconds)
        if time.now >= 30:
            delete(PLACE, WEB.name)

    monkeypatch.setattr(sweeper, "_sleep", sleep)
    assert sweeper.pay([WEB], seconds=60).gone == (WEB,)
    assert 30 <= time.now <= 31


def test_what_stays_is_left(azure: FakeControlPlane, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """What still exists when the time is over is left, and never told to be gone."""
    monkeypatch.setattr(azure, "delete_group", lambda place, name: True)
    outcome = sweeper.pay([WEB], seconds=5)
    assert outcome.left == (Leftover(WEB, "its deletion was accepted, and it still exists"),)
    assert outcome.gone == ()


def test_without_waiting_an_accepted_deletion_counts(
    azure: FakeControlPlane, sweeper: Sweeper, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With teardown=nowait, the run ends when its deletions are accepted."""
    monkeypatch.setattr(azure, "delete_group", lambda place, name: True)
    assert sweeper.pay([WEB], seconds=60, wait=False).gone == (WEB,)
    assert time.now == 0


def test_in_a_hurry_nothing_is_waited_for(
    azure: FakeControlPlane, sweeper: Sweeper, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it has to be quick, deletions are sent and what is not gone yet is told to be left."""
    monkeypatch.setattr(azure, "delete_group", lambda place, name: True)
    assert sweeper.pay([WEB], seconds=60, hurried=lambda: True).left[0].claim == WEB
    assert time.now == 0


def test_a_deletion_that_azure_gave_up_is_sent_again(
    azure: FakeControlPlane, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resource group that is back to Succeeded after its deletion was accepted is deleted again, then left."""
    sent: list[str] = []

    def accept(name: str) -> bool:
        sent.append(name)
        return True

    monkeypatch.setattr(azure, "delete_resource_group", accept)
    outcome = sweeper.pay([HOME], seconds=600)
    assert sent == [PLACE] * 4
    assert outcome.left[0].reason == "its deletion was accepted, but Azure gave it up: its state is Succeeded"


def test_a_list_has_to_agree(azure: FakeControlPlane, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that a GET does not find but a list shows is not gone."""
    monkeypatch.setattr(azure, "get_group", lambda place, name: None)
    outcome = sweeper.pay([WEB], seconds=60)
    assert outcome.left == (Leftover(WEB, "a GET does not find it any more, but the list shows it"),)


def test_what_another_run_owns_is_left_alone(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A claim is no excuse: if the tags say that another run owns the thing, it is not deleted."""
    azure.put_resource_group(PLACE, "westeurope", proof(OTHER))
    azure.put_group(PLACE, WEB.name, document(OTHER))
    outcome = sweeper.pay([HOME, WEB], seconds=60)
    assert [one.reason for one in outcome.left] == ["its tags say that another run owns it"] * 2
    assert (PLACE, WEB.name) in azure.groups


def test_what_a_policy_took_the_tags_off_is_still_ours(azure: FakeControlPlane, sweeper: Sweeper) -> None:
    """A claim and the random name are proof enough when a policy removed all tags."""
    azure.put_resource_group(PLACE, "westeurope", {})
    assert sweeper.pay([HOME], seconds=60).gone == (HOME,)


def test_a_resource_group_with_foreign_things_stays(
    azure: FakeControlPlane, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resource group in which somebody put something else is not deleted; our container group in it is."""
    disk = Resource("/disk", "Microsoft.Compute/disks", "disk")
    monkeypatch.setattr(azure, "list_resources", lambda place: [disk])
    outcome = sweeper.pay([HOME, WEB], seconds=60)
    assert outcome.gone == (WEB,)
    assert outcome.left == (Leftover(HOME, "it holds what this run did not create: /disk", is_final=True),)
    assert PLACE in azure.resource_groups


def test_a_group_that_can_not_be_deleted_goes_with_its_resource_group(
    azure: FakeControlPlane, sweeper: Sweeper
) -> None:
    """A group that stays in transition is paid when the resource group that holds it is gone."""
    problem = refusal(doing="delete", code="ContainerGroupTransitioning", message="", status=409, deleting=True)
    azure.fail("delete_group", problem, times=99)
    assert sweeper.pay([HOME, WEB], seconds=600).left == ()
    assert only_the_decoy_is_left(azure)


def test_each_claim_has_its_own_tape(azure: FakeControlPlane, time: Time) -> None:
    """All requests of a claim are made inside the block that belongs to it."""
    inside: list[str] = []

    @contextmanager
    def using(claim: Claim) -> Iterator[None]:
        inside.append(claim.name)
        yield

    Sweeper(azure, lambda _: None, run_id=IDENTITY.run_id, monotonic=time.monotonic, sleep=time.sleep, using=using).pay(
        [WEB], seconds=60
    )
    assert inside == [WEB.name, WEB.name]


def test_a_full_disk_does_not_stop_deleting(azure: FakeControlPlane, time: Time) -> None:
    """When paid claims can not be settled on disk, everything is deleted all the same."""

    def settle(_: Claim) -> None:
        raise Unowned(path="ledger", reason="No space left on device")

    sweeper = Sweeper(azure, settle, run_id=IDENTITY.run_id, monotonic=time.monotonic, sleep=time.sleep)
    assert sweeper.pay([HOME, WEB, JOB], seconds=60).left == ()
    assert only_the_decoy_is_left(azure)


def test_what_may_appear_yet_is_not_gone(azure: FakeControlPlane, time: Time, settled: list[Claim]) -> None:
    """A claim whose PUT is under way is not settled because nothing is there; once it can not come any more, it is."""
    sweeper = slow(azure, time, settled, until=30)
    azure.delete_group(PLACE, WEB.name)
    assert sweeper.pay([WEB], seconds=60).gone == (WEB,)
    assert settled == [WEB]
    assert 30 <= time.now <= 31


@pytest.mark.parametrize("wait", [True, False])
def test_what_appears_late_is_deleted(azure: FakeControlPlane, time: Time, settled: list[Claim], wait: bool) -> None:
    """What its PUT makes of it meanwhile is found and deleted, also where nobody waits for what is accepted."""
    sweeper = slow(azure, time, settled, until=60)
    azure.delete_group(PLACE, WEB.name)
    slept = time.sleep

    def sleep(seconds: float) -> None:
        slept(seconds)
        if time.now == 20:
            azure.put_group(PLACE, WEB.name, document())

    sweeper._sleep = sleep
    assert sweeper.pay([WEB], seconds=60, wait=wait).gone == (WEB,)
    assert (PLACE, WEB.name) not in azure.groups
    assert time.now < 25


def test_in_a_hurry_what_may_appear_yet_is_left(azure: FakeControlPlane, time: Time, settled: list[Claim]) -> None:
    """Who can not wait leaves it unsettled, and says why; the watchdog may go on."""
    azure.delete_group(PLACE, WEB.name)
    sweeper = slow(azure, time, settled, until=60)
    (left,) = sweeper.pay([WEB], seconds=60, hurried=lambda: time.now >= 1).left
    assert left == Leftover(
        WEB, "it does not exist, but Azure was asked for it and has not answered: it may appear yet", is_final=False
    )
    assert settled == []


def test_what_does_not_appear_in_time_is_left(azure: FakeControlPlane, time: Time, settled: list[Claim]) -> None:
    """Whoever knows that others look for longer has not to wait until nothing can come any more."""
    azure.delete_group(PLACE, WEB.name)
    (left,) = slow(azure, time, settled, until=60, patience=15).pay([WEB], seconds=300).left
    assert not left.is_final
    assert settled == []
    assert 15 <= time.now <= 16


def slow(azure: FakeControlPlane, time: Time, settled: list[Claim], *, until: float, patience: float = 99) -> Sweeper:
    """A sweeper of a run whose PUTs may take effect until that time."""
    return Sweeper(
        azure,
        settled.append,
        run_id=IDENTITY.run_id,
        monotonic=time.monotonic,
        sleep=time.sleep,
        is_under_way=lambda _: time.now < until,
        patience=patience,
    )


def test_a_hurry_ends_a_long_pause(azure: FakeControlPlane, sweeper: Sweeper, time: Time) -> None:
    """Whoever asks to be quick while Azure's wish to wait is obeyed waits a second more at most."""
    headers = {"Retry-After": "60"}
    problem = refusal(doing="delete", code="TooManyRequests", message="", status=429, deleting=True, headers=headers)
    azure.fail("delete_group", problem)
    outcome = sweeper.pay([WEB], seconds=600, hurried=lambda: time.now >= 2)
    assert [one.claim for one in outcome.left] == [WEB]
    assert time.now <= 3
    assert azure.verbs().count("delete_group") == 1


def test_a_hurry_does_not_wait_for_an_answer(
    azure: FakeControlPlane, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion that hangs is told to be left, and keeps neither the run nor its process."""
    asked, may_answer = Event(), Event()

    def delete(place: str, name: str) -> bool:
        asked.set()
        return may_answer.wait(60)

    monkeypatch.setattr(azure, "delete_group", delete)
    outcome = sweeper.pay([WEB], seconds=60, hurried=asked.is_set)
    assert outcome.left == (Leftover(WEB, "Azure has not answered its deletion"),)
    assert not may_answer.is_set()
    may_answer.set()


class Unstartable(Thread):
    """A thread where the machine has none left after the first *left*."""

    left = 0

    def start(self) -> None:
        """Start it, if there is one."""
        Unstartable.left -= 1
        if Unstartable.left < 0:
            raise RuntimeError("can't start new thread")
        super().start()


@pytest.mark.parametrize("left", [0, 1])
def test_deletion_goes_on_without_threads(
    azure: FakeControlPlane, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """At the interpreter's shutdown, where no thread starts any more, deletions are sent one after the other."""
    monkeypatch.setattr(module, "Thread", Unstartable)
    monkeypatch.setattr(Unstartable, "left", left)
    assert sweeper.pay([HOME, WEB, JOB], seconds=60).left == ()
    assert only_the_decoy_is_left(azure)


@pytest.mark.parametrize("left", [0, 1, 9])
def test_what_threads_have_done_is_not_done_again(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """When threads run out halfway, only the rest is done without them."""
    done: list[Claim] = []
    monkeypatch.setattr(module, "Thread", Unstartable)
    monkeypatch.setattr(Unstartable, "left", left)
    in_parallel(done.append, [WEB, JOB])
    assert sorted(done, key=str) == [JOB, WEB]

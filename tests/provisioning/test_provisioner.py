from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.arm.failures import refusal, reply_lost
from pytest_aci.cleanup.ownership import CREATED, DELETE_AFTER, GROUP_NAME, OWNER, RUN, STEM_LENGTH, moment_of
from pytest_aci.errors import (
    BorrowedGroupMissing,
    ControlPlaneError,
    NoRoom,
    NotOurs,
    NotReady,
    ProvisioningFailed,
    RunEnded,
)
from pytest_aci.prices import Prices
from pytest_aci.provisioning.budget import Budget
from pytest_aci.provisioning.conditions import exit_code
from pytest_aci.provisioning.provisioner import SECONDS_UNTIL_GONE, Terms, stems
from tests.arm.fake_control_plane import failed, pending, running, terminated
from tests.provisioning.builders import IDENTITY, Workshop

if TYPE_CHECKING:
    from pytest_aci.arm.control_plane import GroupState

HOME = IDENTITY.resource_group
NO_ROOM = refusal(doing="create", code="InsufficientCapacity", message="no room", status=409)


@pytest.fixture
def workshop() -> Workshop:
    """A provisioner."""
    return Workshop()


def test_a_resource_group_is_claimed_before_it_is_put(workshop: Workshop) -> None:
    """The run's resource group carries the proof and the user's tags, and is owed."""
    made = workshop.provisioner.create_resource_group()
    assert made.name == HOME
    assert {"team", RUN, OWNER, DELETE_AFTER} <= set(made.tags)
    assert [claim.name for claim in workshop.ledger.open] == [HOME]


def test_the_servers_clock_decides_when_a_thing_expires(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine whose clock is slow, nothing is born expired, not even the first thing that is created."""
    noon = workshop.clock.now() + timedelta(hours=3)
    monkeypatch.setattr(workshop.azure, "_now", lambda: noon)
    home = workshop.provisioner.create_resource_group()
    group = workshop.provisioner.up(workshop.wish(), home)
    for tags in (home.tags, workshop.azure.groups[HOME, group.name]["tags"]):
        assert moment_of(tags, CREATED) == noon
        assert moment_of(tags, DELETE_AFTER) == noon + timedelta(hours=2)


def test_a_resource_group_of_somebody_else_is_refused(workshop: Workshop) -> None:
    """A name that is taken is not put, not claimed, and not deleted."""
    workshop.azure.foreign(HOME)
    with pytest.raises(NotOurs, match=f"The resource group '{HOME}' exists already and was not created by this run"):
        workshop.provisioner.create_resource_group()
    assert workshop.azure.verbs() == ["get_resource_group"]
    assert not workshop.ledger.open


def test_a_resource_group_of_a_dead_worker_is_taken_over(workshop: Workshop) -> None:
    """What another process of the same run has created before it died is used, and owed by who uses it."""
    workshop.provisioner.create_resource_group()
    heir = Workshop()
    heir.azure.resource_groups = workshop.azure.resource_groups
    assert heir.provisioner.create_resource_group().name == HOME
    assert "put_resource_group" not in heir.azure.verbs()
    assert [claim.name for claim in heir.ledger.open] == [HOME]


def test_a_put_that_answers_200_is_a_hard_stop(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that was free and then is taken, by the answer of the PUT itself, is somebody else's."""
    workshop.azure.foreign(HOME)
    monkeypatch.setattr(workshop.azure, "get_resource_group", lambda name: None)
    with pytest.raises(NotOurs):
        workshop.provisioner.create_resource_group()
    assert not workshop.ledger.open


def test_a_group_comes_up(workshop: Workshop) -> None:
    """A group is looked for, claimed, put and watched, and its handle is filled."""
    home = workshop.provisioner.create_resource_group()
    group = workshop.provisioner.up(workshop.wish(), home)
    assert group.name == IDENTITY.group("web")
    assert group.state == "Running"
    assert workshop.azure.verbs(group.name)[:2] == ["get_group", "put_group"]
    assert [claim.name for claim in workshop.ledger.open] == [HOME, group.name]


def test_a_dns_label_has_the_runs_own_suffix(workshop: Workshop) -> None:
    """Labels are taken in a whole region: two runs of one suite ask for different ones."""
    home = workshop.provisioner.create_resource_group()
    group = workshop.provisioner.up(workshop.wish(dns_label="hello"), home)
    address = workshop.azure.groups[HOME, group.name]["properties"]["ipAddress"]
    assert address["dnsNameLabel"] == f"hello-{IDENTITY.nonce}"


def test_a_refused_group_is_not_owed(workshop: Workshop) -> None:
    """When ARM refuses for good, nothing was created, so nothing is owed."""
    home = workshop.provisioner.create_resource_group()
    workshop.azure.fail("put_group", refusal(doing="create", code="InvalidOsType", message="", status=400))
    with pytest.raises(ControlPlaneError, match="InvalidOsType"):
        workshop.provisioner.up(workshop.wish(), home)
    assert [claim.name for claim in workshop.ledger.open] == [HOME]


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_reply(workshop: Workshop, after: bool) -> None:
    """A PUT whose reply is lost is looked up: taken over if it took effect, sent again if not."""
    home = workshop.provisioner.create_resource_group()
    workshop.azure.fail("put_group", reply_lost(doing="create", reason="reset", reading=False), after=after)
    group = workshop.provisioner.up(workshop.wish(), home)
    assert group.state == "Running"
    assert workshop.azure.verbs(group.name).count("put_group") == (1 if after else 2)


def test_an_uncertain_group_stays_owed(workshop: Workshop) -> None:
    """A PUT that fails so that nobody knows whether it took effect leaves its claim open."""
    home = workshop.provisioner.create_resource_group()
    workshop.azure.fail("put_group", reply_lost(doing="create", reason="reset", reading=False), times=9)
    with pytest.raises(ControlPlaneError):
        workshop.provisioner.up(workshop.wish(), home)
    assert len(workshop.ledger.open) == 2


@pytest.mark.parametrize(
    ("problem", "is_over"),
    [
        (None, True),
        (refusal(doing="create", code="TooManyRequests", message="", status=429), True),
        (reply_lost(doing="create", reason="reset", reading=True), False),
        (refusal(doing="create", code="InternalServerError", message="", status=500), False),
        (ValueError("raised by a signal's handler"), False),
        (KeyboardInterrupt(), False),
    ],
    ids=str,
)
def test_the_ledger_knows_what_may_appear_yet(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, problem: BaseException | None, is_over: bool
) -> None:
    """A PUT is over when Azure has said yes or no; until then, and where the answer is lost, it may take effect."""
    group = workshop.provisioner.create_resource_group()
    put, asked = workshop.azure.put_group, []

    def observed(*arguments: Any) -> Any:
        asked.append(set(workshop.ledger.asked))
        if problem and len(asked) == 1:
            raise problem
        return put(*arguments)

    monkeypatch.setattr(workshop.azure, "put_group", observed)
    monkeypatch.setattr(workshop.clock, "sleep", lambda _: asked.append(set(workshop.ledger.asked)))
    with suppress(ValueError, KeyboardInterrupt):
        workshop.provisioner.up(workshop.wish(), group)
    (claim,) = asked[0]
    assert claim.name == IDENTITY.group("web")
    assert (asked[1:2] or [set(workshop.ledger.asked)])[0] == (set() if is_over else {claim})


def test_a_refusal_answers_no_earlier_put(workshop: Workshop) -> None:
    """What was asked for before, and has had no answer, may take effect though the second PUT is refused."""
    group = workshop.provisioner.create_resource_group()
    workshop.azure.fail("put_group", reply_lost(doing="create", reason="reset", reading=True))
    workshop.azure.fail("put_group", refusal(doing="create", code="InvalidOsType", message="no", status=400))
    with pytest.raises(ControlPlaneError):
        workshop.provisioner.up(workshop.wish(), group)
    assert [claim.name for claim in workshop.ledger.asked] == [IDENTITY.group("web")]


def test_a_put_that_overtakes_itself(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second PUT that answers 200 because the first one arrived after all is our own."""
    home = workshop.provisioner.create_resource_group()
    workshop.azure.fail("put_group", reply_lost(doing="create", reason="reset", reading=False), after=True)
    get, looks = workshop.azure.get_group, iter((1, 2))

    def get_late(place: str, name: str) -> GroupState | None:
        return None if next(looks, None) else get(place, name)

    monkeypatch.setattr(workshop.azure, "get_group", get_late)
    assert workshop.provisioner.up(workshop.wish(), home).state == "Running"
    assert workshop.azure.verbs(IDENTITY.group("web")).count("put_group") == 2


def test_a_group_that_does_not_come_up_is_deleted(workshop: Workshop) -> None:
    """A group that is not ready in time is deleted at once, since it would cost money and quota."""
    home = workshop.provisioner.create_resource_group()
    workshop.azure.script(pending)
    with pytest.raises(NotReady, match=r"was not ready after \d+ s"):
        workshop.provisioner.up(workshop.wish(timeout=5), home)
    assert workshop.azure.verbs(IDENTITY.group("web"))[-1] == "delete_group"


def test_a_failing_deletion_does_not_hide_why(workshop: Workshop) -> None:
    """When the group that did not come up can not be deleted either, the first error is the one that is told."""
    home = workshop.provisioner.create_resource_group()
    workshop.azure.script(pending, terminated(3))
    workshop.azure.fail("delete_group", refusal(doing="delete", code="ScopeLocked", message="", status=409))
    with pytest.raises(NotReady, match="main exited with 3"):
        workshop.provisioner.up(workshop.wish(until=exit_code(0), ports=(), restart_policy="Never"), home)
    assert len(workshop.ledger.open) == 2


def test_a_failed_group_can_be_kept() -> None:
    """With keeps_failed, a group that does not come up stays, to be looked at."""
    workshop = Workshop(Terms("westeurope", 7200.0, keeps_failed=True))
    home = workshop.provisioner.create_resource_group()
    workshop.azure.script(pending, failed("Novel", "unheard of"))
    with pytest.raises(ProvisioningFailed, match="ARM said Novel: unheard of"):
        workshop.provisioner.up(workshop.wish(), home)
    assert "delete_group" not in workshop.azure.verbs()


def test_a_failed_group_is_told_with_the_id_of_its_request(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure's support asks for the correlation id of the PUT, above all when it was accepted and failed later."""
    home = workshop.provisioner.create_resource_group()
    put = workshop.azure.put_group
    monkeypatch.setattr(workshop.azure, "put_group", lambda *words: replace(put(*words), correlation_id="12-34"))
    workshop.azure.script(pending, failed("Novel", "unheard of"))
    with pytest.raises(ProvisioningFailed, match="Correlation id: 12-34"):
        workshop.provisioner.up(workshop.wish(), home)


def test_the_next_region() -> None:
    """Without room, the next region is tried under another name, and the failed group is gone first."""
    workshop = Workshop(Terms("westeurope", 7200.0, fallback_locations=("uksouth", "eastus")))
    home = workshop.provisioner.create_resource_group()
    workshop.azure.fail("put_group", NO_ROOM, times=3, target=f"/{IDENTITY.group('web')}")
    group = workshop.provisioner.up(workshop.wish(), home)
    assert group.name == IDENTITY.group("web-r2")
    assert group.location == "uksouth"


def test_a_region_is_tried_once() -> None:
    """A region that is named again as a fallback, or twice, had no room a moment ago."""
    workshop = Workshop(Terms("westeurope", 7200.0, fallback_locations=("uksouth", "westeurope", "uksouth")))
    home = workshop.provisioner.create_resource_group()
    workshop.azure.fail("put_group", NO_ROOM, times=99, target="/web")
    with pytest.raises(NoRoom) as raised:
        workshop.provisioner.up(workshop.wish(), home)
    assert list(raised.value.tried) == ["westeurope", "uksouth"]
    asked = dict.fromkeys(call.target for call in workshop.azure.calls if call.verb == "put_group")
    assert list(asked) == [f"{HOME}/{IDENTITY.group(stem)}" for stem in ("web", "web-r2")]


@pytest.mark.parametrize("stem", ["a" * STEM_LENGTH, "a" * (STEM_LENGTH - 4) + "-bcd", "web"])
def test_every_region_has_a_name_that_azure_takes_and_ledgers_know(stem: str) -> None:
    """However many regions are tried, and however long the name is, all of them differ and none is too long."""
    names = [IDENTITY.group(each) for each in stems(stem, 101)]
    assert len(set(names)) == 101
    assert [name for name in names if not GROUP_NAME.fullmatch(name)] == []


def test_no_region() -> None:
    """When no region has room, each is told with its reason."""
    workshop = Workshop(Terms("westeurope", 7200.0, fallback_locations=("uksouth",)))
    home = workshop.provisioner.create_resource_group()
    workshop.azure.script(pending, failed("InsufficientCapacity.", "no room"), group="web-r2")
    workshop.azure.fail("put_group", NO_ROOM, times=99, target=f"/{IDENTITY.group('web')}")
    with pytest.raises(NoRoom) as raised:
        workshop.provisioner.up(workshop.wish(), home)
    assert list(raised.value.tried) == ["westeurope", "uksouth"]
    assert "westeurope: InsufficientCapacity: no room" in str(raised.value)
    assert "uksouth: InsufficientCapacity: no room" in str(raised.value)


def test_who_has_no_room_is_told_what_the_run_holds(workshop: Workshop) -> None:
    """The run's own groups may be what uses the quota up."""
    home = workshop.provisioner.create_resource_group()
    workshop.provisioner.up(workshop.wish(), home)
    workshop.azure.fail("put_group", NO_ROOM, times=99, target=f"/{IDENTITY.group('job')}")
    with pytest.raises(NoRoom, match="Container groups that this process of the run holds itself: 1"):
        workshop.provisioner.up(workshop.wish("job"), home)


def test_a_group_without_room_is_gone_before_the_next_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed for lack of room after its answer is deleted, and waited for, before another region is tried."""
    workshop = Workshop(Terms("westeurope", 7200.0, fallback_locations=("uksouth",)))
    azure, clock = workshop.azure, workshop.clock
    home = workshop.provisioner.create_resource_group()
    azure.script(pending, failed("InsufficientCapacity.", "no room"), group=IDENTITY.group("web"))
    delete, sleep, put = azure.delete_group, clock.sleep, azure.put_group
    leaving: list[str] = []

    def delete_slowly(_place: str, name: str) -> bool:
        leaving.append(name)
        return True

    def sleep_while_it_leaves(seconds: float) -> None:
        sleep(seconds)
        while leaving:
            delete(home.name, leaving.pop())

    def put_if_it_is_gone(*arguments: Any) -> Any:
        assert leaving == []
        return put(*arguments)

    monkeypatch.setattr(azure, "delete_group", delete_slowly)
    monkeypatch.setattr(azure, "put_group", put_if_it_is_gone)
    monkeypatch.setattr(clock, "sleep", sleep_while_it_leaves)
    assert workshop.provisioner.up(workshop.wish(), home).location == "uksouth"
    assert (home.name, IDENTITY.group("web")) not in azure.groups


def test_a_group_without_room_costs_nothing() -> None:
    """A budget for one group is enough for the next region too: nothing of the failed one has run."""
    budget = Budget(0.2, Prices(0.05, 0.0), 7200.0)
    workshop = Workshop(Terms("westeurope", 7200.0, fallback_locations=("uksouth",)), budget=budget)
    home = workshop.provisioner.create_resource_group()
    workshop.azure.script(pending, failed("InsufficientCapacity.", "no room"), group=IDENTITY.group("web"))
    assert workshop.provisioner.up(workshop.wish(cpu=2.0), home).location == "uksouth"


def test_a_failed_group_that_is_kept_is_not_waited_for() -> None:
    """What is kept does not go, so the next region is tried at once: a quota is that of one region."""
    workshop = Workshop(Terms("westeurope", 7200.0, fallback_locations=("uksouth",), keeps_failed=True))
    home = workshop.provisioner.create_resource_group()
    workshop.azure.script(pending, failed("InsufficientCapacity.", "no room"))
    with pytest.raises(NoRoom):
        workshop.provisioner.up(workshop.wish(), home)
    assert [name for _, name in workshop.azure.groups] == [IDENTITY.group("web"), IDENTITY.group("web-r2")]
    assert workshop.clock.monotonic() < SECONDS_UNTIL_GONE


def test_a_resource_group_that_azure_does_not_know_yet(workshop: Workshop) -> None:
    """The PUT right after that of the resource group may meet a server that has not heard of it: it is tried again."""
    home = workshop.provisioner.create_resource_group()
    unknown = refusal(doing="create", code="ResourceGroupNotFound", message="", status=404)
    workshop.azure.fail("put_group", unknown, times=3)
    assert workshop.provisioner.up(workshop.wish(), home).state == "Running"
    workshop.azure.fail("put_group", unknown, times=99)
    with pytest.raises(ControlPlaneError, match="if they are given, else look into Azure's activity log"):
        workshop.provisioner.up(workshop.wish("job"), home)
    assert [claim.name for claim in workshop.ledger.open] == [HOME, IDENTITY.group("web")]


def test_after_the_end_nothing_is_created(workshop: Workshop) -> None:
    """Once the run is being closed, nothing is claimed and nothing is put."""
    home = workshop.provisioner.create_resource_group()
    workshop.gate.close()
    with pytest.raises(RunEnded):
        workshop.provisioner.up(workshop.wish(), home)
    assert "put_group" not in workshop.azure.verbs()


def test_borrowing_claims_nothing(workshop: Workshop) -> None:
    """A borrowed resource group is only looked at: it is never owed, so nothing can delete it."""
    workshop.azure.foreign("theirs")
    workshop.azure.script(running)
    home = workshop.provisioner.borrow_resource_group("theirs")
    group = workshop.provisioner.up(workshop.wish(), home)
    assert [claim.name for claim in workshop.ledger.open] == [group.name]


def test_borrowing_outlasts_throttling(workshop: Workshop) -> None:
    """The one look at a borrowed resource group, on which all tests depend, is made again when ARM asks to wait."""
    workshop.azure.foreign("theirs")
    busy = refusal(doing="get", code="TooManyRequests", message="", status=429, headers={"Retry-After": "3"})
    workshop.azure.fail("get_resource_group", busy, times=2)
    assert workshop.provisioner.borrow_resource_group("theirs").name == "theirs"
    assert workshop.clock.slept == [3, 3]


def test_what_can_not_be_borrowed(workshop: Workshop) -> None:
    """A borrowed resource group that is missing is told before anything is created."""
    with pytest.raises(BorrowedGroupMissing, match="'theirs', named by --aci-resource-group, does not exist"):
        workshop.provisioner.borrow_resource_group("theirs")

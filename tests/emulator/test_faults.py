"""The rule engine by itself, and its three doors."""

# ruff: noqa: E501, ISC004 # one case is one row, however long

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pytest_aci.emulator.door import Door, DoorError
from pytest_aci.emulator.faults import KINDS, Faults, Rule, RuleError

from .running import Client, Running, container, group_document

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATE = ("ContainerGroups_CreateOrUpdate", "PUT", "/subscriptions/s/.../containerGroups/web", "web")
GET = ("ContainerGroups_Get", "GET", "/subscriptions/s/.../containerGroups/web", "web")


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """One emulator for all tests of the doors; each test takes its rules back."""
    with Running() as running:
        running.client().make_rg("rg")
        yield running


@pytest.fixture
def client(shared: Running) -> Client:
    """A client with a resource group `rg`."""
    return shared.client()


@pytest.fixture
def door(shared: Running) -> Door:
    """The emulator's own doors from another process's view."""
    return Door.of(shared.server.ready_line())


def fired(faults: Faults, times: int, request: tuple[str, str, str, str] = CREATE) -> list[bool]:
    """Which of so many same requests a rule caught."""
    return [faults.consult(*request).rule is not None for _ in range(times)]


def test_rule_without_limits_always_fires() -> None:
    """A rule is in force until it is taken back."""
    faults = Faults()
    faults.add(Rule("capacity"))
    assert fired(faults, 3) == [True, True, True]


def test_times() -> None:
    """`times` lets a rule fire so often and no more: capacity twice, then all is well."""
    faults = Faults()
    faults.add(Rule("capacity", times=2))
    assert fired(faults, 4) == [True, True, False, False]


def test_after() -> None:
    """`after` leaves the first matches alone."""
    faults = Faults()
    faults.add(Rule("capacity", after=2))
    assert fired(faults, 4) == [False, False, True, True]


def test_nth() -> None:
    """`nth` takes one match only, counted from 1."""
    faults = Faults()
    faults.add(Rule("capacity", nth=3))
    assert fired(faults, 5) == [False, False, True, False, False]


def test_seed_makes_chance_repeatable() -> None:
    """With a probability, the same seed gives the same faults, and another seed gives others."""

    def run(seed: int) -> list[bool]:
        faults = Faults()
        faults.add(Rule("capacity", probability=0.5, seed=seed))
        return fired(faults, 64)

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert any(run(1))
    assert not all(run(1))


@pytest.mark.parametrize(
    ("fields", "catches"),
    [
        ({}, True),
        ({"operation": "ContainerGroups_*"}, True),
        ({"operation": "containergroups_createorupdate"}, True),
        ({"operation": "ContainerGroups_Get ContainerGroups_CreateOrUpdate"}, True),
        ({"operation": "ContainerGroups_Delete"}, False),
        ({"method": "PUT"}, True),
        ({"method": "GET"}, False),
        ({"group": "we*"}, True),
        ({"group": "other-*"}, False),
        ({"path": "*/containerGroups/web"}, True),
        ({"path": "*/resourcegroups/*"}, False),
    ],
)
def test_match(fields: dict[str, Any], catches: bool) -> None:
    """A rule matches by operation, method, path and group, as shell patterns without regard to case."""
    faults = Faults()
    faults.add(Rule("error", code="ScopeLocked", **fields))
    assert fired(faults, 1) == [catches]


def test_kinds_are_about_their_own_operations() -> None:
    """A capacity fault leaves a GET alone unless the rule says otherwise."""
    faults = Faults()
    faults.add(Rule("capacity"))
    assert fired(faults, 1, GET) == [False]


def test_first_answer_wins_and_delays_add_up() -> None:
    """Of two rules that answer, the one that was added first does; delays of all rules are summed."""
    faults = Faults()
    first = Rule("error", code="ScopeLocked")
    faults.add(first)
    faults.add(Rule("capacity"))
    faults.add(Rule("delay", seconds=1.0))
    faults.add(Rule("delay", seconds=0.5))
    effects = faults.consult(*CREATE)
    assert effects.rule is first
    assert effects.delay == 1.5


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "A fault rule is a JSON object with at least a 'kind'"),
        ({}, "A fault rule is a JSON object with at least a 'kind'"),
        ({"kind": "meteor"}, "There is no fault of kind 'meteor'. The kinds are: answer, error, delay"),
        ({"kind": "delay", "secs": 1}, "A fault rule has no field 'secs'. The fields are: kind, operation"),
        ({"kind": "delay", "seconds": "1"}, "'seconds' is '1', which is of the wrong type."),
        ({"kind": "drop", "when": "now"}, "'when' is 'now'; it must be 'before' or 'after'"),
        ({"kind": "provisioning", "outcome": "Odd"}, "'outcome' is 'Odd'; it must be one of 'stuck', 'Failed', 'Canceled'."),
        ({"kind": "answer"}, "'status' is None; an answer needs one between 200 and 599."),
        ({"kind": "answer", "status": 99}, "'status' is 99; an answer needs one between 200 and 599."),
        ({"kind": "error", "code": "InternalServerError", "status": 1234}, "'status' is 1234; an answer needs one between 200 and 599."),
        ({"kind": "answer", "status": 204, "body": {}}, "'status' is 204, which can have no 'body'."),
        ({"kind": "throttled", "headers": {"Retry-After": 1}}, "The header 'Retry-After' is 1; it must be one line of text, and named as headers are."),
        ({"kind": "throttled", "headers": {"x": "a\r\nb"}}, "The header 'x' is 'a\\r\\nb'; it must be one line of text"),
        ({"kind": "throttled", "headers": {"x": "\0"}}, "The header 'x' is '\\x00'; it must be one line of text"),
        ({"kind": "throttled", "headers": {"a b": ""}}, "The header 'a b' is ''; it must be one line of text"),
        ({"kind": "answer", "status": 200, "headers": {"Content-Length": "5"}}, "The header 'Content-Length' can not be had: the emulator makes it of the body it really sends."),
        ({"kind": "error", "code": "ScopeLocked", "headers": {"transfer-encoding": "chunked"}}, "The header 'transfer-encoding' can not be had:"),
        ({"kind": "capacity", "nth": 0}, "'nth' is 0; it must be 1 or more."),
        ({"kind": "capacity", "times": -1}, "'times' is -1; it must be 1 or more."),
        ({"kind": "capacity", "after": -1}, "'after' is -1; it must be 0 or more."),
        ({"kind": "delay", "seconds": -5}, "'seconds' is -5; it must be 0 or more."),
        ({"kind": "delay", "seconds": float("nan")}, "'seconds' is nan; it must be 0 or more."),
        ({"kind": "capacity", "probability": 7}, "'probability' is 7; it must be between 0 and 1."),
        ({"kind": "error", "code": "Odd"}, "'Odd' is no known error code; another one needs a 'status' and a 'message'."),
    ],
)  # fmt: skip
def test_rules_that_can_not_be_understood(document: Any, sentence: str) -> None:
    """A wrong rule is refused with what is wrong and what is right."""
    with pytest.raises(RuleError) as refused:
        Rule.read(document)
    assert str(refused.value).startswith(sentence)


def test_http_door_needs_the_token(shared: Running) -> None:
    """Without the token of the ready line none of the emulator's own doors opens."""
    for path in ("faults", "requests", "groups"):
        answer = httpx.get(f"{shared.server.url}/_emulator/{path}", trust_env=False)
        assert answer.status_code == 401
        assert answer.json()["error"]["message"] == (
            "The emulator's own doors need the token of its ready line in the header 'x-emulator-token'."
        )


@pytest.mark.parametrize(("kind", "fields"), [("throttled", {}), ("error", {"code": "ScopeLocked"}), ("drop", {})])
def test_own_doors_know_no_faults(client: Client, door: Door, kind: str, fields: dict[str, Any]) -> None:
    """No rule is used up by, or breaks, what the plugin itself asks the emulator, with a token or without."""
    with door.fault(kind, **fields):
        assert client.http.get("/_emulator/addresses").status_code == 200
        assert [each["seen"] for each in door.faults()] == [0]


def test_http_door_refuses_a_wrong_rule(door: Door) -> None:
    """The sentence of a refused rule reaches the caller."""
    with pytest.raises(DoorError, match=r"There is no fault of kind 'meteor'\."), door.fault("meteor"):
        pass


@pytest.mark.parametrize("operation", ["ContainerGroups_Gett", "ContainerGroups_Get Emulator_Groups"])
def test_rule_about_no_operation(door: Door, operation: str) -> None:
    """A rule that can never fire, as no request is called so, is refused with all that are."""
    wrong = operation.rsplit(maxsplit=1)[-1]
    with (
        pytest.raises(
            DoorError, match=rf"There is no operation '{wrong}'\. The operations are: .*ContainerGroups_Get, "
        ),
        door.fault("delay", operation=operation),
    ):
        pass


def test_a_fault_ends_with_its_block(door: Door) -> None:
    """The Python door takes a rule back, also when the block fails."""
    with contextlib.suppress(KeyError), door.fault("capacity"):
        assert [each["fired"] for each in door.faults()] == [0]
        raise KeyError
    assert door.faults() == []


@pytest.mark.parametrize(
    ("kind", "status", "code", "message"),
    [
        ("capacity", 409, "ServiceUnavailable",
         "The requested resource is not available in the location 'westeurope' at this moment. Please retry with a different "
         "resource request or in another location. Resource requested: '1' CPU '1.5' GB memory 'Linux' OS"),
        ("quota", 403, "ContainerGroupQuotaReached",
         "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'StandardCores' exceeded in "
         "region 'westeurope'. Limit: '10', Usage: '10' Requested: '1'."),
        ("dns-label-taken", 409, "DnsNameLabelNotAvailable",
         "The DNS name label '' in container group 'web' not available. Try using a different label."),
        ("inaccessible-image", 400, "InaccessibleImage",
         "The image 'app' in container group 'web' is not accessible. Please check the image and registry credential."),
        ("registry-error", 409, "RegistryErrorResponse",
         "An error response is received from the docker registry 'index.docker.io'. Please retry later."),
        ("throttled", 429, "SubscriptionRequestsThrottled", "Please try again after '1' seconds."),
        ("forbidden", 403, "AuthorizationFailed", "does not have authorization to perform action"),
        ("token-expired", 401, "ExpiredAuthenticationToken", "is earlier than current UTC time"),
    ],
)  # fmt: skip
def test_faults_that_answer(  # noqa: PLR0917 # pytest passes by name
    client: Client, door: Door, kind: str, status: int, code: str, message: str
) -> None:
    """Each kind of refusal answers with Azure's status, code and wording, and nothing is created."""
    with door.fault(kind):
        answer = client.make_group("rg", "web")
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert message in answer.json()["error"]["message"]
    assert client.ask("GET", client.cg("rg", "web")).status_code == 404


def test_capacity_twice_then_ok(client: Client, door: Door) -> None:
    """E14: a script that says "capacity twice then ok" does exactly that."""
    with door.fault("capacity", times=2):
        answers = [client.make_group("rg", "third-time").status_code for _ in range(3)]
    assert answers == [409, 409, 201]


def test_throttled_says_when_to_come_back(client: Client, door: Door) -> None:
    """A 429 carries `Retry-After`."""
    with door.fault("throttled"):
        assert client.ask("GET", client.rg("rg")).headers["Retry-After"] == "1"


def test_token_expired_challenges(client: Client, door: Door) -> None:
    """A 401 carries a challenge, which makes a client fetch a new token."""
    with door.fault("token-expired", times=1):
        answer = client.ask("GET", client.rg("rg"))
    assert answer.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_answer_as_the_rule_spells_it(client: Client, door: Door) -> None:
    """Any status, header and body can be asked for."""
    with door.fault(
        "answer", status=503, headers={"X-Why": "test"}, body={"odd": True}, operation="ResourceGroups_Get"
    ):
        answer = client.ask("GET", client.rg("rg"))
    assert (answer.status_code, answer.headers["X-Why"], answer.json()) == (503, "test", {"odd": True})


def test_answer_of_a_gateway(client: Client, door: Door) -> None:
    """A page of HTML comes as it was given, and a header takes the place of the emulator's own."""
    headers = {"content-type": "text/html", "Date": "Thu, 01 Jan 1970 00:00:00 GMT", "x-cache": "MISS"}
    with door.fault("answer", status=502, headers=headers, body="<h1>Bad Gateway, désolé</h1>"):
        answer = client.ask("GET", client.rg("rg"))
    assert answer.content == "<h1>Bad Gateway, désolé</h1>".encode()
    assert {name: answer.headers.get_list(name) for name in headers} == {name: [headers[name]] for name in headers}


def test_text_is_json_unless_said_otherwise(client: Client, door: Door) -> None:
    """A body that is a text is a JSON string with JSON's type, whoever says so."""
    for headers in ({}, {"Content-Type": "application/problem+json"}):
        with door.fault("answer", status=200, headers=headers, body="text"):
            assert client.ask("GET", client.rg("rg")).content == b'"text"'


def test_drop_before_changes_nothing(client: Client, door: Door) -> None:
    """A connection cut before the request took effect leaves no group."""
    with door.fault("drop", operation="ContainerGroups_CreateOrUpdate"), pytest.raises(httpx.TransportError):
        client.make_group("rg", "dropped-before")
    assert client.ask("GET", client.cg("rg", "dropped-before")).status_code == 404


def test_drop_after_has_changed_everything(client: Client, door: Door) -> None:
    """A connection cut after the request took effect: the group is there, and only its creator does not know."""
    with (
        door.fault("drop", when="after", operation="ContainerGroups_CreateOrUpdate"),
        pytest.raises(httpx.TransportError),
    ):
        client.make_group("rg", "dropped-after")
    assert client.ask("GET", client.cg("rg", "dropped-after")).status_code == 200


def test_hidden_then_seen(client: Client, door: Door) -> None:
    """Eventual consistency: a group that exists is not found at first, nor listed."""
    client.poll(client.make_group("rg", "late"))
    with door.fault("hidden", group="late", operation="ContainerGroups_Get", times=2):
        seen = [client.ask("GET", client.cg("rg", "late")).status_code for _ in range(3)]
    client.poll(client.make_group("rg", "early"))
    with door.fault("hidden", group="LATE"):
        listed = client.ask("GET", client.cg("rg", "").rstrip("/")).json()["value"]
    assert seen == [404, 404, 200]
    assert "early" in (names := {each["name"] for each in listed})
    assert "late" not in names
    with door.fault("hidden"):
        assert client.ask("GET", client.cg("rg", "").rstrip("/")).json()["value"] == []


@pytest.mark.parametrize("outcome", ["Failed", "Canceled"])
def test_operation_ends_badly(client: Client, door: Door, outcome: str) -> None:
    """Provisioning can end as Failed with a code of one's choice, or as Canceled; the group then is Failed."""
    with door.fault("provisioning", outcome=outcome, code="InsufficientCapacity", message="There is no room."):
        operation = client.poll(client.make_group("rg", f"ends-{outcome.lower()}"))
    group = client.get_group("rg", f"ends-{outcome.lower()}")["properties"]
    assert operation["status"] == outcome
    assert (operation.get("error") is not None) == (outcome == "Failed")
    assert group["provisioningState"] == "Failed"
    assert group["instanceView"]["events"][0]["name"] == "InsufficientCapacity."


def test_operation_is_stuck(client: Client, door: Door, shared: Running) -> None:
    """A stuck operation never ends by itself, and its group can still be deleted."""
    with door.fault("provisioning", outcome="stuck"):
        answer = client.make_group("rg", "stuck")
    status = client.http.get(answer.headers["Azure-AsyncOperation"]).json()
    assert status["status"] == "Pending"
    assert client.ask("DELETE", client.cg("rg", "stuck")).status_code == 200
    assert client.http.get(answer.headers["Azure-AsyncOperation"]).json()["status"] == "Canceled"


def test_deletion_is_stuck(client: Client, door: Door) -> None:
    """A resource group whose deletion is stuck stays Deleting, and so does its result."""
    client.make_rg("stuck-rg")
    with door.fault("deletion", group="stuck-rg", outcome="stuck"):
        answer = client.ask("DELETE", client.rg("stuck-rg"))
    assert client.http.get(answer.headers["Location"]).status_code == 202
    assert client.ask("GET", client.rg("stuck-rg")).json()["properties"]["provisioningState"] == "Deleting"


def test_deletion_that_was_stuck_begins_anew(client: Client, door: Door) -> None:
    """A test can clean up behind itself: once the rule is taken back, a second DELETE goes through."""
    client.make_rg("unstuck-rg")
    with door.fault("deletion", group="unstuck-rg", outcome="stuck"):
        for _ in range(2):
            answer = client.ask("DELETE", client.rg("unstuck-rg"))
            assert client.http.get(answer.headers["Location"]).status_code == 202
    assert client.wait_deleted(client.ask("DELETE", client.rg("unstuck-rg"))).status_code == 200
    assert client.ask("GET", client.rg("unstuck-rg")).status_code == 404


TRANSITIONING = "ContainerGroupTransitioning"


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"outcome": "Failed", "code": "MyCode", "message": "My words."}, "MyCode", "My words."),
        ({"outcome": "Failed", "message": "My words."}, TRANSITIONING, "My words."),
        ({"outcome": "stuck"}, TRANSITIONING, "The container group 'undying' is still transitioning"),
    ],
)
def test_deletion_of_a_container_group_fails(
    client: Client, door: Door, fields: dict[str, str], code: str, message: str
) -> None:
    """A container group that can not be deleted is refused in the words of the rule, and is still there."""
    client.poll(client.make_group("rg", "undying"))
    with door.fault("deletion", operation="ContainerGroups_Delete", group="undying", **fields):
        answer = client.ask("DELETE", client.cg("rg", "undying"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
    assert message in answer.json()["error"]["message"]
    assert client.ask("DELETE", client.cg("rg", "undying")).status_code == 200


def test_rule_about_the_polls_of_one_group(client: Client, door: Door) -> None:
    """A rule that is narrowed to a group meets the polls of that group's operations, and of no other."""
    client.make_rg("polled-rg")
    polled, other = client.make_group("polled-rg", "polled"), client.make_group("polled-rg", "other")
    with door.fault("error", operation="Operations_Status", group="polled", code="InternalServerError"):
        statuses = [client.http.get(each.headers["Azure-AsyncOperation"]).status_code for each in (polled, other)]
    assert statuses == [500, 200]
    with door.fault("error", operation="OperationResults_Get", group="polled-rg", code="InternalServerError", times=1):
        deletion = client.ask("DELETE", client.rg("polled-rg"))
        assert client.http.get(deletion.headers["Location"]).status_code == 500
    client.wait_deleted(deletion)


def test_deletion_fails(client: Client, door: Door) -> None:
    """A deletion that failed says so with capitalised keys, and the resource group is as before."""
    client.make_rg("failing-rg")
    with door.fault("deletion", group="failing-rg", outcome="Failed"):
        result = client.wait_deleted(client.ask("DELETE", client.rg("failing-rg")))
    assert result.status_code == 409
    assert result.json()["Error"]["Code"] == "ResourceGroupDeletionTimeout"
    assert client.ask("GET", client.rg("failing-rg")).json()["properties"]["provisioningState"] == "Succeeded"


def test_deletion_that_can_not_end_a_container_says_so(client: Client, shared: Running) -> None:
    """A resource group whose processes can not be ended is not said to be gone; a second deletion tries again."""
    client.make_rg("resisting")
    client.poll(client.make_group("resisting", "web"))
    sandbox = shared.runtime.opened[-1]
    close = sandbox.close

    async def fail() -> None:
        sandbox.close = close  # type: ignore[method-assign] # only the first time
        raise OSError("the engine does not answer")

    sandbox.close = fail  # type: ignore[method-assign] # no fake fails by itself
    result = client.wait_deleted(client.ask("DELETE", client.rg("resisting")))
    assert result.status_code == 409
    assert result.json()["Error"] == {
        "Code": "ResourceGroupDeletionBlocked",
        "Message": "Deletion of resource group 'resisting' failed as these resources could not be deleted: web",
    }
    assert sandbox in shared.runtime.open_sandboxes
    assert client.wait_deleted(client.ask("DELETE", client.rg("resisting"))).status_code == 200
    assert sandbox not in shared.runtime.open_sandboxes


def test_locked(client: Client, door: Door) -> None:
    """A lock refuses the deletion and names the scope."""
    with door.fault("locked"):
        answer = client.ask("DELETE", client.rg("rg"))
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "ScopeLocked"


def test_short_token(client: Client, door: Door) -> None:
    """A token can be given a short life."""
    with door.fault("short-token", seconds=2):
        answer = client.http.post("/tenant/oauth2/v2.0/token", data={"client_id": "c", "scope": "s/.default"})
    assert answer.json()["expires_in"] == 2


def test_rules_say_how_often_they_fired(client: Client, door: Door) -> None:
    """The list of rules tells a test whether its fault has happened."""
    with door.fault("capacity", after=1) as rule:
        client.make_group("rg", "counted-one")
        client.make_group("rg", "counted-two")
        counted = next(each for each in door.faults() if each["id"] == rule)
    assert (counted["seen"], counted["fired"]) == (2, 1)
    assert door.faults() == []


def test_audit_log(client: Client, door: Door) -> None:
    """The audit log has every request's method, path, operation and status, in order."""
    last = door.requests()[-1]["number"]
    client.ask("GET", client.rg("rg"))
    client.ask("GET", client.rg("nowhere"))
    entries = [each for each in door.requests(last) if not each["operation"].startswith("Emulator_")]
    assert [(each["method"], each["operation"], each["status"]) for each in entries] == [
        ("GET", "ResourceGroups_Get", 200),
        ("GET", "ResourceGroups_Get", 404),
    ]
    assert entries[0]["path"] == client.rg("rg")
    assert entries[0]["api_version"] == "2025-04-01"


def test_every_kind_is_tried_here() -> None:
    """No kind of fault is without a test in this file."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []


@pytest.mark.parametrize(
    ("image", "state", "code"),
    [("fault/exit:3", "Failed", 3), ("fault/exit", "Failed", 1), ("fault/oom", "Failed", 137), ("fault/crash:0", "Failed", 1)],
)  # fmt: skip
def test_fault_images_that_end(client: Client, image: str, state: str, code: int) -> None:
    """An image name stands for an exit: no process runs for it."""
    name = image.replace("/", "-").replace(":", "-")
    client.poll(client.make_group("rg", name, group_document(container(image=image), restartPolicy="Never")))
    group = client.until("rg", name, lambda group: group["properties"]["instanceView"]["state"] == state)
    view = group["properties"]["containers"][0]["properties"]["instanceView"]
    assert view["currentState"]["exitCode"] == code


def test_fault_image_that_runs(client: Client, shared: Running) -> None:
    """`fault/run` runs until it is stopped, and its sandbox holds no process."""
    client.poll(client.make_group("rg", "fault-run", group_document(container(image="fault/run"))))
    assert client.get_group("rg", "fault-run")["properties"]["instanceView"]["state"] == "Running"
    client.ask("POST", client.cg("rg", "fault-run", "/stop"))
    assert client.get_group("rg", "fault-run")["properties"]["instanceView"]["state"] == "Stopped"


@pytest.mark.parametrize("image", ["fault/inaccessible", "fault/meteor", "fault/exit:many"])
def test_fault_images_that_can_not_be_had(client: Client, image: str) -> None:
    """An inaccessible image, and a fault that there is not, are refused by the PUT."""
    answer = client.make_group("rg", "no-image", group_document(container(image=image)))
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(f"The image '{image}' in container group 'no-image'")


def test_fault_image_that_can_not_start(client: Client) -> None:
    """An image whose program is missing lets the provisioning fail."""
    operation = client.poll(
        client.make_group("rg", "unstartable", group_document(container(image="fault/unstartable")))
    )
    assert operation["status"] == "Failed"
    assert operation["error"]["message"].endswith("to create containerd task: exec: no such file or directory")

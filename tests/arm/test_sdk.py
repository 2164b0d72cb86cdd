from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.arm.control_plane import Grant
from pytest_aci.arm.sdk import SdkControlPlane
from pytest_aci.errors import ControlPlaneError, Policy, ReplyLost, UnsafeEndpoint
from tests.arm.scripted_arm import Answer, ScriptedArm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azure.core.rest import HttpRequest

RG = f"/subscriptions/{NOBODY}/resourcegroups/rg"
GROUP = f"/subscriptions/{NOBODY}/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups/web"
OPERATION = f"/subscriptions/{NOBODY}/providers/Microsoft.ContainerInstance/locations/westeurope/operations/1"
DOCUMENT: dict[str, Any] = {
    "location": "westeurope",
    "properties": {"containers": [{"name": "main", "properties": {"image": "nginx"}}], "osType": "Linux"},
}
RESOURCE_GROUP = {
    "id": RG,
    "name": "rg",
    "location": "westeurope",
    "tags": {"a": "b"},
    "properties": {"provisioningState": "Succeeded"},
}


def refused(code: str, message: str, status: int, **headers: str) -> Answer:
    """An error as ARM shapes it."""
    return Answer(status, {"error": {"code": code, "message": message}}, headers)


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server whose answers are prepared."""
    with ScriptedArm() as server:
        yield server


@pytest.fixture
def plane(arm: ScriptedArm) -> Iterator[SdkControlPlane]:
    """The control plane over that server."""
    control_plane = SdkControlPlane(Connection(arm.url, NOBODY))
    yield control_plane
    control_plane.close()


def test_put_tells_created_from_overwritten(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A 201 is a new resource group; a 200 is one that existed and has been overwritten."""
    arm.say("PUT", RG, Answer(201, RESOURCE_GROUP), Answer(200, RESOURCE_GROUP))
    first = plane.put_resource_group("rg", "westeurope", {"a": "b"})
    assert (first.created, first.resource.tags) == (True, {"a": "b"})
    assert plane.put_resource_group("rg", "westeurope", {"a": "b"}).created is False
    assert json.loads(arm.asked[0].body) == {"location": "westeurope", "tags": {"a": "b"}}


def test_put_group_is_one_request_and_tells_the_operation(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A PUT of a group sends the document as it is, waits for nothing, and hands out URL and id of the operation."""
    url = f"{arm.url}{OPERATION}?api-version=2018-06-01&t=1&c=x"
    headers = {"Azure-AsyncOperation": url, "x-ms-correlation-request-id": "12-34"}
    arm.say("PUT", GROUP, Answer(201, {**DOCUMENT, "name": "web"}, headers))
    answer = plane.put_group("rg", "web", DOCUMENT)
    assert (answer.created, answer.operation_url, answer.resource.name) == (True, url, "web")
    assert answer.correlation_id == "12-34"
    assert json.loads(arm.asked[0].body) == DOCUMENT
    assert len(arm.asked) == 1


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_put_is_never_repeated(arm: ScriptedArm, plane: SdkControlPlane, status: int) -> None:
    """Whatever a PUT is answered, it is sent once: the second one would look as if the name had been taken."""
    arm.say("PUT", GROUP, Answer(status, {"error": {"code": "InternalServerError", "message": "no"}}))
    with pytest.raises(ControlPlaneError):
        plane.put_group("rg", "web", DOCUMENT)
    assert arm.methods() == ["PUT"]


@pytest.mark.parametrize("lost", [Answer(201, cut=0), Answer(201, {**DOCUMENT, "name": "web"}, cut=10)])
def test_lost_reply_of_a_put_is_an_error_of_its_own(arm: ScriptedArm, plane: SdkControlPlane, lost: Answer) -> None:
    """A PUT whose answer breaks off, before or inside its body, may have taken effect: the error says to look."""
    arm.say("PUT", GROUP, lost)
    with pytest.raises(ReplyLost, match="Look whether it took effect") as caught:
        plane.put_group("rg", "web", DOCUMENT)
    assert caught.value.policy is Policy.WAIT
    assert arm.methods() == ["PUT"]


def test_read_is_repeated_a_few_times(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A GET that fails on the server's side is asked again."""
    arm.say("GET", RG, refused("InternalServerError", "no", 500), Answer(200, RESOURCE_GROUP))
    group = plane.get_resource_group("rg")
    assert group is not None
    assert arm.methods() == ["GET", "GET"]


def test_read_that_never_works_is_given_up(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A GET that fails three times is an error."""
    arm.say("GET", RG, refused("InternalServerError", "no", 500))
    with pytest.raises(ControlPlaneError, match="Could not get resource group 'rg': InternalServerError"):
        plane.get_resource_group("rg")
    assert arm.methods() == ["GET", "GET", "GET"]


def test_throttled_read_does_not_sleep(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A 429 comes back at once with the seconds that Azure asks for; waiting is up to who knows the deadline."""
    arm.say("GET", RG, refused("SubscriptionRequestsThrottled", "slow down", 429, **{"Retry-After": "372"}))
    with pytest.raises(ControlPlaneError, match="wait 372 s") as caught:
        plane.get_resource_group("rg")
    assert (caught.value.failure, caught.value.retry_after) == ("throttled", 372.0)
    assert arm.methods() == ["GET"]


def test_missing_things_are_none(plane: SdkControlPlane) -> None:
    """What is not there is None, not an error."""
    assert plane.get_resource_group("rg") is None
    assert plane.get_group("rg", "web") is None


@pytest.mark.parametrize(
    "answer",
    [Answer(404), Answer(404, {"detail": "Not Found"}), Answer(404, "Not found", {"Content-Type": "text/plain"})],
)
def test_another_servers_404_is_not_a_missing_thing(arm: ScriptedArm, plane: SdkControlPlane, answer: Answer) -> None:
    """Every server says so of a path that it does not know: without a code of ARM's, nothing counts as gone."""
    for path in (RG, GROUP):
        arm.say("GET", path, answer)
        arm.say("DELETE", path, answer)
    asked: list[Callable[[], object]] = [
        lambda: plane.get_resource_group("rg"),
        lambda: plane.get_group("rg", "web"),
        lambda: plane.delete_resource_group("rg"),
        lambda: plane.delete_group("rg", "web"),
    ]
    for ask in asked:
        with pytest.raises(ControlPlaneError) as caught:
            ask()
        assert (caught.value.failure, caught.value.status) == ("not-arm", 404)


@pytest.mark.parametrize("body", [{"hello": 1}, None, "[]", "null", {"value": [1]}])
def test_documents_of_another_shape(arm: ScriptedArm, plane: SdkControlPlane, body: Any) -> None:
    """What is read without the SDK's models is told as no answer of ARM's, too."""
    answer = Answer(200, body, {"Content-Type": "application/json"})
    arm.say("GET", GROUP.rpartition("/")[0], answer)
    arm.say("GET", f"{RG.rpartition('/resourcegroups')[0]}/providers/Microsoft.Authorization/permissions", answer)
    for ask in (lambda: plane.deployments("rg"), plane.grants):
        with pytest.raises(ControlPlaneError, match="not an ARM answer"):
            ask()


def test_unknown_subscription_is_not_a_missing_thing(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A 404 about the subscription is an error: the code decides, not the status."""
    arm.say("GET", GROUP, refused("SubscriptionNotFound", "The subscription 'x' could not be found.", 404))
    with pytest.raises(ControlPlaneError, match="--aci-subscription") as caught:
        plane.get_group("rg", "web")
    assert caught.value.failure == "no-such-subscription"


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (Answer(200, {**DOCUMENT, "name": "web"}), True),
        (Answer(202), True),
        (Answer(204), False),
        (refused("ResourceNotFound", "gone", 404), False),
        (refused("ResourceGroupNotFound", "gone", 404), False),
        (refused("ResourceGroupBeingDeleted", "is in deprovisioning state", 409), True),
    ],
)
def test_deletion_tells_whether_there_was_something(
    arm: ScriptedArm, plane: SdkControlPlane, answer: Answer, accepted: bool
) -> None:
    """A deletion is accepted, or there was nothing to delete; one that is under way already counts as accepted."""
    arm.say("DELETE", GROUP, answer)
    assert plane.delete_group("rg", "web") is accepted
    assert arm.methods() == ["DELETE"]


def test_deleting_a_resource_group_does_not_wait(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """The 202 of a resource group's deletion is enough; nothing is polled."""
    arm.say("DELETE", RG, Answer(202, headers={"Location": f"{arm.url}/operationresults/1", "Retry-After": "15"}))
    assert plane.delete_resource_group("rg") is True
    assert arm.methods() == ["DELETE"]


def test_deletion_refused_by_a_lock_is_quarantined(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A locked resource group is an error that names the lock's scope."""
    message = "The scope 'a' cannot perform delete operation because following scope(s) are locked: '/x/rg'. Please …"
    arm.say("DELETE", RG, refused("ScopeLocked", message, 409))
    with pytest.raises(ControlPlaneError, match="Remove the lock at /x/rg") as caught:
        plane.delete_resource_group("rg")
    assert caught.value.policy is Policy.QUARANTINE


def test_partial_list_is_an_error(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """When a later page fails the whole list fails: a part of it never looks like all."""
    path = f"/subscriptions/{NOBODY}/resourcegroups"
    first = {"value": [RESOURCE_GROUP], "nextLink": f"{arm.url}{path}/page2?x=1"}
    arm.say("GET", path, Answer(200, first))
    arm.say("GET", f"{path}/page2", refused("InternalServerError", "no", 500))
    with pytest.raises(ControlPlaneError, match="list the resource groups"):
        plane.list_resource_groups()


def test_lists_follow_pages(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """All pages together are the list."""
    path = f"/subscriptions/{NOBODY}/resourcegroups"
    arm.say("GET", path, Answer(200, {"value": [RESOURCE_GROUP], "nextLink": f"{arm.url}{path}/page2?x=1"}))
    arm.say("GET", f"{path}/page2", Answer(200, {"value": [{**RESOURCE_GROUP, "name": "rg2"}]}))
    assert [group.name for group in plane.list_resource_groups()] == ["rg", "rg2"]


def test_deployments_are_read_off_all_pages_of_a_list(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """Name and provisioning state of every group, page by page; a page on another host is not asked for."""
    path = f"/subscriptions/{NOBODY}/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups"

    def page(name: str, state: str, link: str | None = None) -> Answer:
        return Answer(200, {"value": [{"name": name, "properties": {"provisioningState": state}}], "nextLink": link})

    arm.say("GET", path, page("web", "Pending", f"{arm.url}{path}/page2?x=1"))
    arm.say("GET", f"{path}/page2", page("db", "Succeeded"), page("db", "Succeeded", "http://192.0.2.1/page3"))
    assert plane.deployments("rg") == {"web": "Pending", "db": "Succeeded"}
    assert "api-version=" in arm.asked[0].path
    with pytest.raises(UnsafeEndpoint):
        plane.deployments("rg")


def test_operation_is_read_whole(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """The status of an operation carries its error, and events oldest first with ARM's seven digits of a second."""
    event = {
        "count": 2,
        "firstTimestamp": "2023-05-01T16:52:17.6964869Z",
        "lastTimestamp": "2023-05-01T16:52:18Z",
        "name": "InsufficientCapacity.",
        "message": "no room",
        "type": "Warning",
    }
    body = {"status": "Failed", "error": {"code": "Failed", "message": "m"}, "properties": {"events": [event]}}
    arm.say("GET", OPERATION, Answer(200, body))
    status = plane.operation(f"{arm.url}{OPERATION}?api-version=2018-06-01")
    assert (status.status, status.code, status.message) == ("Failed", "Failed", "m")
    assert status.events[0].name == "InsufficientCapacity."
    assert status.events[0].first is not None
    assert status.events[0].first.microsecond == 696486


def test_operation_url_may_be_relative_and_is_sent_verbatim(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A relative URL is one of the same host; its signature goes back as it came."""
    arm.say("GET", OPERATION, Answer(200, {"status": "Creating"}))
    assert plane.operation(f"{OPERATION}?api-version=2018-06-01&c=MII%2Bx&s=a%3D").status == "Creating"
    assert arm.asked[0].path == f"{OPERATION}?api-version=2018-06-01&c=MII%2Bx&s=a%3D"


@pytest.mark.parametrize("url", ["http://127.0.0.2:1/x", "https://evil.example/x", "//evil.example/x"])
def test_operation_url_of_another_host_is_refused(arm: ScriptedArm, plane: SdkControlPlane, url: str) -> None:
    """Nothing is asked of another host, so that no token goes there."""
    with pytest.raises(UnsafeEndpoint, match=r"no token was sent to it: an operation is asked about at 127\.0\.0\.1"):
        plane.operation(url)
    assert arm.asked == []


def test_the_port_of_an_operation_url_may_go_without_saying(monkeypatch: pytest.MonkeyPatch) -> None:
    """ARM's own address is the same one in capitals and with the port that https has anyway."""
    sent: list[str] = []

    def send(_plane: SdkControlPlane, request: HttpRequest) -> Any:
        sent.append(request.url)
        return SimpleNamespace(content=b"", status_code=200)

    monkeypatch.setattr(SdkControlPlane, "_send", send)
    plane = SdkControlPlane(Connection("https://management.azure.com", NOBODY))
    for url in ("https://management.azure.com:443/x", "https://Management.Azure.com/x"):
        assert plane.operation(url).status == "Succeeded"
    for url in ("https://management.azure.com:444/x", "http://management.azure.com:443/x"):
        with pytest.raises(UnsafeEndpoint):
            plane.operation(url)
    assert len(sent) == 2


def test_operation_without_a_body_runs_or_is_done(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A resource group's deletion answers 202 while it runs and 200 when it is done, both empty."""
    arm.say("GET", OPERATION, Answer(202), Answer(200))
    assert plane.operation(OPERATION).status == "InProgress"
    assert plane.operation(OPERATION).status == "Succeeded"


def test_logs_pass_their_options(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """Tail and timestamps go into the query; without them the query has neither."""
    path = f"{GROUP}/containers/main/logs"
    arm.say("GET", path, Answer(200, {"content": "a\nb\n"}), Answer(200, {}))
    assert plane.logs("rg", "web", "main", tail=2, timestamps=True) == "a\nb\n"
    assert plane.logs("rg", "web", "main") == ""
    assert "tail=2" in arm.asked[0].path
    assert "timestamps=true" in arm.asked[0].path.lower()
    assert "tail" not in arm.asked[1].path


def test_exec_starts_a_command(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """An exec hands out address and password of the output, and the container's path."""
    path = f"{GROUP}/containers/main/exec"
    arm.say("POST", path, Answer(200, {"webSocketUri": "wss://x/y", "password": "p[[EOM]]"}))
    session = plane.exec("rg", "web", "main", "ls -l", rows=10, columns=20)
    assert (session.uri, session.password, session.path) == ("wss://x/y", "p[[EOM]]", path)
    assert json.loads(arm.asked[0].body) == {"command": "ls -l", "terminalSize": {"rows": 10, "cols": 20}}
    assert "[[EOM]]" not in repr(session)


def test_expired_token_is_renewed_once(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A 401 is asked again once, also for a PUT: nothing has been done yet."""
    expired = refused("ExpiredAuthenticationToken", "The access token expiry UTC time …", 401)
    arm.say("PUT", RG, expired, Answer(201, RESOURCE_GROUP), expired)
    assert plane.put_resource_group("rg", "westeurope", {}).created is True
    with pytest.raises(ControlPlaneError, match=r"Sign in again"):
        plane.put_resource_group("rg", "westeurope", {})
    assert len(arm.asked) == 4


def test_unregistered_provider_is_told_not_registered(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A missing registration is an error with the command that cures it; the subscription is not changed."""
    message = "The subscription is not registered to use namespace 'Microsoft.ContainerInstance'. See …"
    arm.say("PUT", GROUP, refused("MissingSubscriptionRegistration", message, 409))
    with pytest.raises(ControlPlaneError, match=r"az provider register -n Microsoft.ContainerInstance --wait"):
        plane.put_group("rg", "web", DOCUMENT)
    assert arm.methods() == ["PUT"]


def test_grants_are_patterns_of_a_scope(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """What roles allow and take back, in the whole subscription or in one resource group."""
    scope = RG.partition("/resourcegroups/")[0]
    role = {"actions": ["*"], "notActions": ["*/delete"], "dataActions": [], "notDataActions": []}
    for path in (scope, f"{scope}/resourcegroups/rg"):
        arm.say("GET", f"{path}/providers/Microsoft.Authorization/permissions", Answer(200, {"value": [role]}))
    assert plane.grants() == plane.grants("rg") == [Grant(("*",), ("*/delete",))]


def test_html_is_not_an_arm_answer(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A page in place of JSON is told as such, with the host that sent it."""
    arm.say("GET", GROUP, Answer(200, "<html>Please log in</html>", {"Content-Type": "text/html"}))
    with pytest.raises(ControlPlaneError, match=r"not an ARM answer \(text/html from 127\.0\.0\.1\)"):
        plane.get_group("rg", "web")


def test_html_with_an_error_status_is_not_an_arm_answer(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A proxy's error page is told as such, too."""
    arm.say("PUT", GROUP, Answer(407, "<html>Proxy</html>", {"Content-Type": "text/html"}))
    with pytest.raises(ControlPlaneError, match=r"HTTP 407.*\n.*not an ARM answer \(text/html from 127\.0\.0\.1\)"):
        plane.put_group("rg", "web", DOCUMENT)


def test_redirect_is_not_followed(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """ARM never redirects: whoever does gets no token."""
    arm.say("GET", GROUP, Answer(302, headers={"Location": "http://login.example/"}))
    with pytest.raises(ControlPlaneError, match=r"not an ARM answer \(a redirect to login\.example from"):
        plane.get_group("rg", "web")


def test_json_that_is_none_is_not_an_arm_answer(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """A body that only claims to be JSON is told as such."""
    arm.say("GET", GROUP, Answer(200, "{oops"))
    with pytest.raises(ControlPlaneError, match="not an ARM answer"):
        plane.get_group("rg", "web")


def test_nobody_at_home() -> None:
    """A refused connection names the endpoint and how often it was tried."""
    with ScriptedArm() as gone:
        url = gone.url
    with pytest.raises(ControlPlaneError, match=r"cannot reach management endpoint 127\.0\.0\.1:\d+ \(after 3 tries\)"):
        SdkControlPlane(Connection(url, NOBODY)).get_resource_group("rg")


def test_creations_left_are_what_aci_said_last(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """The lower one of both counters counts; an answer without them, such as that to a read, changes nothing."""
    shown = {"name": "web", "properties": {"containers": []}}
    name = "x-ms-ratelimit-remaining-subscription-resource-requests"
    arm.say("DELETE", GROUP, Answer(200, shown, {f"{name}-pt5m": "1499", f"{name}-pt1h": "812"}))
    arm.say("GET", GROUP, Answer(200, shown))
    assert plane.creations_left() is None
    plane.delete_group("rg", "web")
    plane.get_group("rg", "web")
    assert plane.creations_left() == 812


def test_server_time_is_read_off_any_answer(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """The server's clock is read off its answers, errors included."""
    assert plane.server_time() is None
    arm.say("GET", RG, refused("InternalServerError", "x", 500, Date="Tue, 03 Feb 2026 04:05:06 GMT"))
    with pytest.raises(ControlPlaneError):
        plane.get_resource_group("rg")
    moment = plane.server_time()
    assert moment is not None
    assert moment.isoformat(timespec="hours") == "2026-02-03T04+00:00"


def test_no_token_is_sent_to_loopback(arm: ScriptedArm, plane: SdkControlPlane) -> None:
    """Without a credential no Authorization header is sent."""
    plane.get_resource_group("rg")
    assert "Authorization" not in arm.asked[0].headers

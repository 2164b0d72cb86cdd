from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    DeserializationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from pytest_aci.arm.connection import NOBODY, Connection
from pytest_aci.arm.explain import explain
from pytest_aci.errors import Policy, ReplyLost
from tests.arm.scripted_arm import Answer, ScriptedArm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.errors import ControlPlaneError


@pytest.fixture
def arm() -> Iterator[ScriptedArm]:
    """A server whose answers are prepared."""
    with ScriptedArm() as server:
        yield server


def explained(arm: ScriptedArm, answer: Answer) -> ControlPlaneError:
    """What is made of the SDK's exception about an answer."""
    arm.say("GET", f"/subscriptions/{NOBODY}/resourcegroups/rg", answer)
    with Connection(arm.url, NOBODY).resource_client(retry_total=0) as client:
        with pytest.raises(HttpResponseError) as caught:
            client.resource_groups.get("rg")
        return explain(caught.value, doing="look", host="h")


def test_innermost_code_decides(arm: ScriptedArm) -> None:
    """The reason is looked for inside the wrapper, and headers are kept."""
    inner = {"code": "ScopeLocked", "message": "scope(s) are locked: '/x'."}
    body = {"error": {"code": "DeploymentFailed", "message": "see details", "details": [inner]}}
    error = explained(arm, Answer(400, body, {"x-ms-correlation-request-id": "c-1", "Retry-After": "9"}))
    assert (error.failure, error.code, error.status) == ("locked", "ScopeLocked", 400)
    assert (error.correlation_id, error.retry_after) == ("c-1", 9.0)


def test_code_in_a_header_is_enough(arm: ScriptedArm) -> None:
    """An answer without a body may tell its code in a header."""
    assert explained(arm, Answer(403, headers={"x-ms-error-code": "AuthorizationFailed"})).failure == "not-authorized"


def test_body_that_is_a_list_says_nothing(arm: ScriptedArm) -> None:
    """JSON that is no error document leaves only HTTP's own words."""
    assert explained(arm, Answer(403, ["x"])).failure == "not-authorized"


def test_gateway_page_is_not_arm(arm: ScriptedArm) -> None:
    """An error page names its content type and the host that sent it."""
    error = explained(arm, Answer(502, "<html>", {"Content-Type": "text/html; charset=utf-8"}))
    assert error.message == "not an ARM answer (text/html from 127.0.0.1)"


def test_connection_that_failed_is_unreachable() -> None:
    """Words of the innermost cause are told, not those of the layers around it."""
    outer = ServiceRequestError("outer", error=ConnectionError(OSError(111, "Connection refused")))
    error = explain(outer, doing="look", host="arm.example")
    assert error.failure == "unreachable"
    assert error.message.endswith("arm.example (after 3 tries): [Errno 111] Connection refused")


@pytest.mark.parametrize(("reading", "policy"), [(True, Policy.RETRY), (False, Policy.WAIT)])
def test_answer_that_broke_off_is_lost(reading: bool, policy: Policy) -> None:
    """A read may be repeated, a change has to be looked up."""
    for problem in (ServiceResponseError("reset"), HttpResponseError("chunked")):
        error = explain(problem, doing="x", host="h", reading=reading)
        assert isinstance(error, ReplyLost)
        assert error.policy is policy


def test_credential_that_refuses_is_a_sign_in_failure() -> None:
    """What a credential raises is recognised by Microsoft's own number, on one line."""
    problem = ClientAuthenticationError("Authentication failed:\nAADSTS7000215: Invalid client secret provided.")
    error = explain(problem, doing="x", host="h", deleting=True)
    assert (error.failure, error.policy) == ("sign-in-failed", Policy.QUARANTINE)
    assert error.message == "Authentication failed: AADSTS7000215: Invalid client secret provided."


def test_document_of_another_shape_is_not_arm() -> None:
    """What the SDK cannot make a model of did not come from ARM."""
    assert explain(DeserializationError("odd"), doing="x", host="h").failure == "not-arm"

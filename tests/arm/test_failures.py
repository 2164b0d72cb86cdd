from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pytest_aci.arm.control_plane import Event, OperationStatus
from pytest_aci.arm.failures import (
    failed_operation,
    innermost,
    not_arm,
    quota,
    refusal,
    reply_lost,
    retry_after,
    unreachable,
)
from pytest_aci.errors import ControlPlaneError, Policy, Quota

QUOTA = (
    "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'StandardCores' exceeded in "
    "region 'westeurope'. Limit: '10', Usage: '9' Requested: '2'."
)
PULL = "The image 'x' in container group 'y' is not accessible. Please check the image and registry credential."


@pytest.mark.parametrize(
    ("code", "policy"),
    [
        ("ResourceGroupBeingDeleted", Policy.GONE),
        ("ResourceGroupNotFound", Policy.GONE),
        ("ContainerGroupTransitioning", Policy.QUARANTINE),
        ("AuthorizationFailed", Policy.QUARANTINE),
        ("ExpiredAuthenticationToken", Policy.QUARANTINE),
    ],
)
def test_failed_deletion_has_a_policy_of_its_own(code: str, policy: Policy) -> None:
    """What refuses a deletion leaves something behind, or means that it is gone already."""
    assert refusal(doing="delete x", code=code, message="", status=409, deleting=True).policy is policy


def test_unknown_code_shows_everything() -> None:
    """A code that nobody has seen yet is shown with message and correlation id, and stops the run."""
    headers = {"X-Ms-Correlation-Request-Id": "1234-5678"}
    error = refusal(doing="create group 'g'", code="BrandNew", message="Odd.", status=418, headers=headers)
    assert (error.failure, error.policy) == ("unknown", Policy.STOP)
    assert str(error) == (
        "Could not create group 'g': BrandNew (HTTP 418).\n"
        "  ARM said: Odd.\n"
        "  What to do: Look the code up in Azure's documentation, and report it to us if it should be known here.\n"
        "  Correlation id: 1234-5678"
    )


def test_an_emulator_tells_why_it_has_not_the_image() -> None:
    """Its reason, which it gives in a header, takes the place of what is likely with Azure."""
    error = refusal(doing="x", code="InaccessibleImage", message=PULL, headers={"X-Emulator-Reason": "no Docker"})
    assert (error.failure, error.message, error.cause) == ("inaccessible-image", PULL, "no Docker")
    assert "--aci-runtime=docker" in error.action


def test_answer_without_words_is_judged_by_http() -> None:
    """Only when there is neither code nor message do HTTP's own words stand in."""
    assert refusal(doing="x", code=None, message="", status=429).failure == "throttled"
    assert refusal(doing="x", code=None, message="", status=503).failure == "server-busy"
    assert refusal(doing="x", code=None, message="", status=799).code == "799"


@pytest.mark.parametrize("status", [429, 503])
def test_http_decides_where_code_and_message_are_unknown(status: int) -> None:
    """An unknown code is repeated if its status means by itself that this passes; the words stay Azure's."""
    error = refusal(doing="x", code="OperationNotAllowed", message="too many", status=status)
    assert (error.policy, error.code, error.message) == (Policy.RETRY, "OperationNotAllowed", "too many")
    assert error.retries > 0
    assert refusal(doing="x", code="OperationNotAllowed", message="", status=500).retries == 0


def test_an_unknown_refusal_that_asks_to_wait_is_repeated() -> None:
    """Who says when to ask again means that it will be different then, whatever the code; the advice is as before."""
    error = refusal(doing="x", code="BrandNew", message="Odd.", status=409, headers={"Retry-After": "7"})
    assert (error.failure, error.policy, error.retry_after) == ("unknown", Policy.RETRY, 7.0)
    assert error.retries > 0
    assert "Look the code up in Azure's documentation" in error.action


def test_correlation_id_is_found_in_prose() -> None:
    """A message that tells the correlation id is enough."""
    guid = "01234567-89ab-cdef-0123-456789abcdef"
    error = refusal(doing="x", code="InternalServerError", message=f"activity id is 'y', correlation id is '{guid}'.")
    assert error.correlation_id == guid


def test_token_is_never_shown() -> None:
    """Something that looks like a token is cut out of Azure's words."""
    error = refusal(
        doing="x", code="InvalidAuthenticationToken", message="bad eyJhbGciOiJSUzI1.eyJzdWIiOiIx.c2lnbg end"
    )
    assert "eyJ" not in str(error)
    assert "bad <token> end" in str(error)


def test_quota_is_parsed() -> None:
    """Limit, usage and request of a quota message are numbers."""
    assert quota(QUOTA) == Quota(name="StandardCores", region="westeurope", limit=10, used=9, requested=2)
    assert refusal(doing="x", code="ContainerGroupQuotaReached", message=QUOTA).quota == quota(QUOTA)
    assert quota("nothing of the kind") is None


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry-after": "17"}, "", 17.0),
        ({"retry-after": "0"}, "", None),
        ({"retry-after": "-5"}, "", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, "", 30.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=30), usegmt=True)}, "", None),
        ({"retry-after": "Foo, not a date"}, "", None),
        ({"retry-after-ms": "250"}, "", 0.25),
        ({}, "Please try again after '372' seconds.", 372.0),
        ({}, "Please try again.", None),
    ],
)
def test_retry_after_is_understood(headers: dict[str, str], message: str, seconds: float | None) -> None:
    """A wish to wait is read from headers or prose, and nonsense is no wish."""
    assert retry_after(headers, message, now=NOW) == seconds


def test_innermost_known_code_wins() -> None:
    """Wrappers around the reason are looked through: details, inner errors, and JSON inside a message."""
    inner = {"code": "InaccessibleImage", "message": PULL}
    assert innermost({"error": {"code": "DeploymentFailed", "message": "see", "details": [inner]}})[0] == inner["code"]
    wrapped = json.dumps({"error": inner})
    assert innermost({"error": {"code": "Conflict", "message": wrapped}}) == (inner["code"], inner["message"])
    nested = {"error": {"code": "A", "message": "a", "innererror": {"code": "B", "message": "b"}}}
    assert innermost(nested) == ("B", "b")
    assert innermost({"Error": {"Code": "ResourceGroupDeletionTimeout", "Message": "m"}})[1] == "m"
    assert innermost({"error": {"code": "Conflict", "message": "{ not json"}}) == ("Conflict", "{ not json")
    assert innermost({}) == (None, "")


def test_failed_operation_is_explained_by_its_events() -> None:
    """A deployment that fails later tells the reason in an event; its own code says nothing."""
    event = Event(name="InsufficientCapacity.", message="no room", type="Warning")
    pulled = Event(name="Pulled", message="Successfully pulled image", type="Normal")
    error = failed_operation(OperationStatus("Failed", "Failed", "it failed", (pulled, event)), doing="create 'g'")
    assert (error.failure, error.policy) == ("capacity", Policy.REGION)
    plain = failed_operation(OperationStatus("Failed", "Strange", "it failed"), doing="create 'g'")
    assert (plain.failure, plain.code, plain.message) == ("unknown", "Strange", "it failed")
    assert plain.correlation_id is None


def test_failed_operation_has_the_correlation_id_of_the_request() -> None:
    """Azure's support finds a deployment by the id of the request that began it."""
    status = OperationStatus("Failed", "Strange", "it failed")
    assert failed_operation(status, doing="create 'g'", correlation_id="1234-5678").correlation_id == "1234-5678"


@pytest.mark.parametrize(("ahead", "words"), [(-600, "s ahead of Azure's"), (600, "s behind Azure's"), (3, None)])
def test_clock_that_is_wrong_is_told_with_a_token_that_is_refused(ahead: int, words: str | None) -> None:
    """When a token's times are refused, the server's Date says whether this machine's clock is to blame."""
    headers = {"Date": format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)}
    error = refusal(doing="x", code="ExpiredAuthenticationToken", message="m", status=401, headers=headers)
    assert ("the clock of this machine is" in error.cause) is (words is not None)
    assert words is None or words in error.cause


@pytest.mark.parametrize(
    ("reason", "action"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "Set REQUESTS_CA_BUNDLE"),
        ("Tunnel connection failed: 407 Proxy Authentication Required", "Check HTTPS_PROXY"),
        ("Failed to resolve 'x' ([Errno -2] Name or service not known)", "Check --aci-endpoint"),
        ("[Errno 111] Connection refused", "Check --aci-endpoint"),
    ],
)
def test_unreachable_endpoint_says_what_to_check(reason: str, action: str) -> None:
    """A connection that fails names host and tries, and the setting that may be to blame."""
    error = unreachable(doing="create 'g'", host="arm.example", reason=reason, tries=3)
    assert "cannot reach management endpoint arm.example (after 3 tries)" in str(error)
    assert action in str(error)
    assert "ARM said" not in str(error)


def test_lost_replies_and_strangers_are_control_plane_errors() -> None:
    """What is no answer of ARM at all is the same kind of error, with a policy."""
    assert reply_lost(doing="x", reason="reset", reading=True).policy is Policy.RETRY
    assert reply_lost(doing="x", reason="reset", reading=False).policy is Policy.WAIT
    stranger = not_arm(doing="x", host="h", content_type="text/html")
    assert isinstance(stranger, ControlPlaneError)
    assert "not an ARM answer (text/html from h)" in str(stranger)

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

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
CAPACITY = (
    "The requested resource is not available in the location 'westeurope' at this moment. Please retry with a "
    "different resource request or in another location. Resource requested: '4' CPU '16' GB memory 'Linux' OS"
)
HUB = "An error response is received from the docker registry 'index.docker.io'. Please retry later."
PULL = "The image 'x' in container group 'y' is not accessible. Please check the image and registry credential."
LABEL = "The DNS name label 'x' in container group 'y' not available. Try using a different label."
BAD_LABEL = "The DNS name label 'X' in container group 'y' is invalid. It can contain only lowercase letters …"
LOCKED = "The scope 'a' cannot perform delete operation because following scope(s) are locked: '/b'. Please remove …"
FORBIDDEN = (
    """Resource 'x' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"Require tag"}}]'"""
)
REGION = (
    "The provided location 'westeurop' is not available for resource type 'Microsoft.ContainerInstance/x'. "
    "List of available regions for the resource type is 'westus,eastus,westeurope,northeurope'."
)


class Mode(NamedTuple):
    """One of the known failure modes: what Azure says, and what we make of it (*words* of cause or action)."""

    number: int
    code: str
    message: str
    status: int
    name: str
    policy: Policy
    words: str


MODES = [
    Mode(1, "InaccessibleImage", PULL, 400, "inaccessible-image", Policy.FIX, "registry_credentials"),
    Mode(1, "BadRequest", PULL, 400, "inaccessible-image", Policy.FIX, "registry_credentials"),
    Mode(2, "RegistryErrorResponse", HUB, 409, "docker-hub-limit", Policy.FIX, "mcr.microsoft.com"),
    Mode(
        2, "RegistryErrorResponse", "registry 'x.azurecr.io'", 409, "registry-error", Policy.FIX, "registry of your own"
    ),
    Mode(3, "Unknown", "TOOMANYREQUESTS: cache rule", 429, "registry-error", Policy.FIX, "how often"),
    Mode(4, "InternalServerError", "The tracking activity id", 500, "internal-error", Policy.RETRY, "correlation id"),
    Mode(5, "InvalidImageRegistryCredentialType", "", 400, "registry-credential", Policy.FIX, "identities"),
    Mode(5, "AmbiguousImageResitryCredentialType", "", 400, "registry-credential", Policy.FIX, "identities"),
    Mode(5, "InvalidImageRegistryIdentity", "", 400, "registry-credential", Policy.FIX, "identities"),
    Mode(7, "OsVersionNotSupported", "The OS version", 400, "windows-version", Policy.FIX, "ltsc2022"),
    Mode(8, "ContainerGroupQuotaReached", QUOTA, 400, "quota", Policy.WAIT, "pytest-aci sweep"),
    Mode(8, "BadRequest", QUOTA, 400, "quota", Policy.WAIT, "pytest-aci sweep"),
    Mode(
        9, "ServiceUnavailable", QUOTA.replace("'10'", "'0'"), 409, "quota-zero", Policy.FIX, "limit of StandardCores"
    ),
    Mode(10, "ServiceUnavailable", CAPACITY, 409, "capacity", Policy.REGION, "--aci-location"),
    Mode(12, "LocationNotAvailableForResourceType", REGION, 400, "no-such-region", Policy.FIX, "Nearest: westeurope"),
    Mode(
        13,
        "BadRequest",
        "Virtual network is not supported in location 'x'",
        400,
        "no-virtual-network",
        Policy.REGION,
        "",
    ),
    Mode(14, "ResourceRequestsThrottled", "again after '372' seconds", 429, "throttled", Policy.RETRY, "wait 372 s"),
    Mode(15, "SubscriptionRequestsThrottled", "after '6' seconds", 429, "throttled", Policy.RETRY, "wait 6 s"),
    Mode(15, "TooManyRequestsReceived", "", 429, "throttled", Policy.RETRY, "-n"),
    Mode(15, "RetryableErrorDueToAnotherOperation", "", 429, "another-operation", Policy.RETRY, "under way"),
    Mode(17, "DnsNameLabelNotAvailable", LABEL, 409, "dns-label-taken", Policy.RENAME, "label x"),
    Mode(17, "InternalServerError", LABEL, 500, "dns-label-taken", Policy.RENAME, "label x"),
    Mode(18, "BadRequest", BAD_LABEL, 400, "dns-label-invalid", Policy.FIX, "dns_label so that X"),
    Mode(20, "InvalidOsType", "The 'osType' …", 400, "invalid-request", Policy.FIX, "Change the spec"),
    Mode(20, "ResourceRequestsNotSpecified", "", 400, "invalid-request", Policy.FIX, "Change the spec"),
    Mode(
        20, "InvalidRequestContent", "… Path 'properties.x', line 1", 400, "invalid-request", Policy.FIX, "properties.x"
    ),
    Mode(
        23, "X", "The updates on container group 'y' are invalid.", 400, "exists-and-differs", Policy.RENAME, "not ours"
    ),
    Mode(24, "ContainerGroupTransitioning", "", 409, "transitioning", Policy.RETRY, "Wait a few minutes"),
    Mode(25, "ResourceDeploymentFailure", "", 200, "never-provisioned", Policy.FIX, "events and logs"),
    Mode(27, "NotFound", "", 404, "not-found", Policy.GONE, "deleted meanwhile"),
    Mode(29, "ResourceNotFound", "", 404, "not-found", Policy.GONE, "deleted meanwhile"),
    Mode(32, "ContainerLogNotAvailable", "Log of container", 404, "log-not-available", Policy.WAIT, "started yet"),
    Mode(
        34, "BadRequest", "… is not supported for Windows container groups.", 400, "windows-limit", Policy.FIX, "Linux"
    ),
    Mode(
        36, "MissingSubscriptionRegistration", "namespace 'A.B'", 409, "provider-not-registered", Policy.FIX, "-n A.B"
    ),
    Mode(37, "RequestDisallowedByPolicy", FORBIDDEN, 403, "forbidden-by-policy", Policy.FIX, "Require tag"),
    Mode(39, "AuthorizationFailed", "The client", 403, "not-authorized", Policy.FIX, "Contributor"),
    Mode(40, "ExpiredAuthenticationToken", "", 401, "token-expired", Policy.FIX, "Sign in again"),
    Mode(40, "Unknown", "AADSTS700024: Client assertion", 401, "token-expired", Policy.FIX, "five minutes"),
    Mode(41, "ScopeLocked", LOCKED, 409, "locked", Policy.QUARANTINE, "lock at /b"),
    Mode(42, "DenyAssignmentAuthorizationFailed", "", 403, "denied", Policy.QUARANTINE, "manages the subscription"),
    Mode(43, "ResourceGroupBeingDeleted", "", 409, "being-deleted", Policy.RENAME, "on its way out"),
    Mode(45, "ResourceGroupDeletionBlocked", "", 409, "deletion-blocked", Policy.QUARANTINE, "pytest-aci sweep"),
    Mode(46, "InUseSubnetCannotBeDeleted", "", 400, "network-in-use", Policy.WAIT, "stay untouched"),
    Mode(46, "NetworkProfileAlreadyInUseWithContainerNics", "", 400, "network-in-use", Policy.WAIT, "stay untouched"),
]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: f"{mode.number}-{mode.code}")
def test_known_failure_has_name_policy_and_advice(mode: Mode) -> None:
    """Each known way to be refused is recognised by code and message, and says what to do."""
    error = refusal(doing="create group 'g'", code=mode.code, message=mode.message, status=mode.status)
    assert (error.failure, error.policy) == (mode.name, mode.policy)
    assert mode.words in str(error)
    assert mode.code in str(error)
    assert mode.message in str(error)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: f"{mode.number}-{mode.code}")
def test_status_decides_nothing(mode: Mode) -> None:
    """The same words under another HTTP status mean the same."""
    assert refusal(doing="x", code=mode.code, message=mode.message, status=418).failure == mode.name


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
        "  Azure said: Odd.\n"
        "  What to do: Look the code up in Azure's documentation, and report it to us if it should be known here.\n"
        "  Correlation id: 1234-5678"
    )


def test_answer_without_words_is_judged_by_http() -> None:
    """Only when there is neither code nor message do HTTP's own words stand in."""
    assert refusal(doing="x", code=None, message="", status=429).failure == "throttled"
    assert refusal(doing="x", code=None, message="", status=503).failure == "server-busy"
    assert refusal(doing="x", code=None, message="", status=799).code == "799"


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
    assert "Azure said" not in str(error)


def test_lost_replies_and_strangers_are_control_plane_errors() -> None:
    """What is no answer of ARM at all is the same kind of error, with a policy."""
    assert reply_lost(doing="x", reason="reset", reading=True).policy is Policy.RETRY
    assert reply_lost(doing="x", reason="reset", reading=False).policy is Policy.WAIT
    stranger = not_arm(doing="x", host="h", content_type="text/html")
    assert isinstance(stranger, ControlPlaneError)
    assert "not an ARM answer (text/html from h)" in str(stranger)

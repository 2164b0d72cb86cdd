from __future__ import annotations

from typing import NamedTuple

import pytest

from pytest_aci.arm.failures import refusal
from pytest_aci.arm.known import KNOWN_FAILURES
from pytest_aci.errors import Policy

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
NO_PROGRAM = (
    "Error: Failed to start container main, Error response: to create containerd task: "
    "exec: 'nosuchprog': executable file not found in $PATH"
)
LOCKED = "The scope 'a' cannot perform delete operation because following scope(s) are locked: '/b'. Please remove …"
FORBIDDEN = (
    """Resource 'x' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"Require tag"}}]'"""
)
REGION = (
    "The provided location 'westeurop' is not available for resource type 'Microsoft.ContainerInstance/x'. "
    "List of available regions for the resource type is 'westus,eastus,westeurope,northeurope'."
)
OTHERS = [
    ("InvalidSubscriptionId", "The provided subscription identifier 'x' is malformed or invalid."),
    ("NetworkProfileNotFound", "Network profile 'x' is not found for container group 'y'."),
    ("InvalidResourceGroupLocation", "Invalid resource group location 'a'."),
    ("ResourceGroupNotFound", "Resource group 'x' could not be found."),
    ("DisabledSubscription", ""),
    ("X", "Container Group 'x' in resource group 'y' is stopped"),
    ("X", "AADSTS90002: Tenant 'x' not found."),
    ("X", "AADSTS7000215: Invalid client secret provided."),
    ("ServerTimeout", "The request timed out."),
]
"""What else Azure says, beyond the failure modes of container groups."""


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
    Mode(25, "Failed", NO_PROGRAM, 200, "no-such-program", Policy.FIX, "image has no program nosuchprog"),
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
    ("message", "words"),
    [
        ('exec: "": executable file not found in $PATH', "the image has no program ''"),
        (LABEL.replace("'x'", "''"), "uses the DNS name label ''"),
        (BAD_LABEL.replace("'X'", "''"), "so that '' follows"),
        (QUOTA.replace("StandardCores", "").replace("'10'", "'0'"), "a limit of '' in"),
    ],
)
def test_an_empty_name_is_told_as_such(message: str, words: str) -> None:
    """Where Azure quotes an empty name, the advice does so too."""
    assert words in str(refusal(doing="x", code="X", message=message))


def test_every_row_is_met() -> None:
    """Each row of the table is the first to match at least one refusal of these tests or of the other ones."""
    met = {mode.name for mode in MODES} | {refusal(doing="x", code=code, message=said).failure for code, said in OTHERS}
    assert {known.name for known in KNOWN_FAILURES} - met == set()


def test_no_row_hides_another() -> None:
    """No row matches everything, so that the ones below it can be reached."""
    assert [known.name for known in KNOWN_FAILURES if known.match("", "") is not None] == []

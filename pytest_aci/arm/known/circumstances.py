"""Why a request fails whatever it asks for: states of resources, rights and rules, and faults of Azure's own."""

from __future__ import annotations

from pytest_aci.arm.known.row import KnownFailure
from pytest_aci.errors import Policy

_RETRY, _WAIT, _FIX, _QUARANTINE = Policy.RETRY, Policy.WAIT, Policy.FIX, Policy.QUARANTINE

_STATES = (
    KnownFailure(
        "transitioning",
        r"^ContainerGroupTransitioning:|still transitioning",
        "the group is still starting, stopping or being deleted",
        "Wait a few minutes; a group that never settles can only be deleted with its resource group.",
        _RETRY,
        on_delete=_QUARANTINE,
        retries=30,
        pause=10.0,
    ),
    KnownFailure(
        "never-provisioned",
        r"^(ResourceDeploymentFailure|Canceled):|reach a successful provisioning state",
        "the main process ended, a volume or subnet could not be attached, or a reserved port is used",
        "Look at the events and logs of the containers.",
        _FIX,
    ),
    KnownFailure(
        "log-not-available",
        r"^ContainerLogNotAvailable:",
        "the container has not started yet",
        "Wait until it runs, or look at its events.",
        _WAIT,
        retries=6,
        pause=5.0,
    ),
    KnownFailure(
        "being-deleted",
        r"^ResourceGroupBeingDeleted:",
        "the resource group is on its way out",
        "Use another resource group; this one will be gone.",
        Policy.RENAME,
        on_delete=Policy.GONE,
    ),
    KnownFailure(
        "no-such-resource-group",
        r"^ResourceGroupNotFound:",
        "the resource group does not exist in this subscription, or has been deleted meanwhile",
        "Check --aci-resource-group and --aci-subscription if they are given, else look into Azure's activity log.",
        _FIX,
        on_delete=Policy.GONE,
        retries=5,  # what the run has just created may be unknown to another of Azure's servers for some seconds
        pause=1.0,
    ),
    KnownFailure(
        "not-found",
        r"^\w*NotFound:",
        "it has been deleted meanwhile, by another process or by somebody else",
        "Ask for it again; if it should still be there, look into Azure's activity log.",
        Policy.GONE,
    ),
    KnownFailure(
        "deletion-blocked",
        r"^ResourceGroupDeletion(Blocked|Timeout):",
        "something inside the resource group could not be deleted",
        "Delete what the message names, then run `pytest-aci sweep`.",
        _QUARANTINE,
    ),
)

_GOVERNANCE = (
    KnownFailure(
        "provider-not-registered",
        r"^(MissingSubscriptionRegistration|SubscriptionNotRegistered):(.*namespace '(?P<namespace>[^']*)')?",
        "the subscription has never used this service",
        "Run `az provider register -n {namespace} --wait` once; it changes the subscription, so we do not.",
        _FIX,
    ),
    KnownFailure(
        "subscription-disabled",
        r"^(ReadOnlyDisabledSubscription|DisabledSubscription|SubscriptionDisabled\w*):",
        "the subscription is disabled or read-only",
        "Have it enabled again, or set --aci-subscription to another one.",
        _FIX,
        on_delete=_QUARANTINE,
    ),
    KnownFailure(
        "forbidden-by-policy",
        r'^RequestDisallowedByPolicy:(.*?"policyAssignment":\{"name":"(?P<policy>[^"]*)")?',
        "an Azure Policy of the subscription demands something, often a tag: {policy}",
        "Set the tags that it demands, or ask for an exemption.",
        _FIX,
    ),
    KnownFailure(
        "not-authorized",
        r"^((Linked)?AuthorizationFailed|Forbidden):",
        "the credential lacks a role, or got it only minutes ago",
        "Give it the role Contributor on what the message names.",
        _FIX,
        on_delete=_QUARANTINE,
    ),
    KnownFailure(
        "locked",
        r"^ScopeLocked:(.*scope\(s\) are locked: '(?P<scope>[^']*)')?",
        "somebody locked it against deletion",
        "Remove the lock at {scope} if it is yours, then run `pytest-aci sweep`; we never remove locks.",
        _QUARANTINE,
    ),
    KnownFailure(
        "denied",
        r"^DenyAssignmentAuthorizationFailed:",
        "a deny assignment protects it",
        "Ask whoever manages the subscription.",
        _QUARANTINE,
    ),
    KnownFailure(
        "wrong-cloud",
        r"AADSTS(90002|900382|900023)\b|^InvalidAuthenticationTokenTenant:",
        "the tenant is not the subscription's, or lives in another cloud than this endpoint",
        "Check the tenant, and set --aci-endpoint to its cloud: azure, usgov or china.",
        _FIX,
    ),
    KnownFailure(
        "token-expired",
        r"^(ExpiredAuthenticationToken|InvalidAuthenticationToken|AuthenticationFailed|Unauthorized):|AADSTS700024\b",
        "the token has expired, or is not valid yet: a CI's identity token lives for five minutes only",
        "Sign in again, and check the clock of this machine.",
        _FIX,
        on_delete=_QUARANTINE,
        retries=1,
    ),
    KnownFailure(
        "sign-in-failed",
        r"AADSTS\d+",
        "Microsoft's sign-in refused the credential",
        "Check client id, tenant, and secret or certificate.",
        _FIX,
        on_delete=_QUARANTINE,
    ),
)

_THE_REST = (
    KnownFailure(
        "internal-error",
        r"^(InternalServerError|InternalError):",
        "a fault inside Azure; a taken DNS label and an unreachable registry have been reported as this, too",
        "Run again; if it stays, give Azure's support the correlation id.",
        _RETRY,
        retries=3,
        pause=2.0,
    ),
    KnownFailure(
        "server-busy",
        r"^(ServerTimeout|GatewayTimeout|BadGateway|ServiceUnavailable|OperationTimedOut|RequestTimeout|ServerBusy):",
        "a fault or an overload inside Azure",
        "Run again; if it stays, give Azure's support the correlation id.",
        _RETRY,
        retries=4,
        pause=2.0,
    ),
    KnownFailure(
        "invalid-request",
        r"^InvalidRequestContent:.*Path '(?P<path>[^']+)'",
        "the document sent to ARM has a wrong or missing field",
        "Look at {path} in the spec or model that the group was made from.",
        _FIX,
    ),
    KnownFailure(
        "invalid-request",
        r"^(Invalid\w*|\w*NotSpecified|MissingIpAddressPorts|UnreferencedIpAddressPorts|BadRequest|\w+NotSupported):",
        "the request breaks a rule that only Azure knows",
        "Change the spec or the option as the message says.",
        _FIX,
    ),
)

CIRCUMSTANCES = (*_STATES, *_GOVERNANCE, *_THE_REST)

"""What is known about the ways in which Azure refuses: one row each, the more particular ones first.

A row is chosen by the innermost code and the message, never by the HTTP status: a lack of capacity arrives as 409,
a taken DNS label has been seen as 500, and a failed deployment is a 200.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_aci.errors import Policy


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """One way to be refused.

    *signs* is a regular expression, without case, searched in `code: message`; its named groups fill the `{fields}`
    of *cause* and *action*. The same request is worth sending again *retries* times, *pause* seconds apart, before
    *policy* applies; *on_delete* replaces the policy when it was a deletion that failed.
    """

    name: str
    signs: str
    cause: str
    action: str
    policy: Policy
    on_delete: Policy | None = None
    retries: int = 0
    pause: float = 0.0

    def match(self, code: str, message: str) -> dict[str, str] | None:
        """The named groups of *signs* when this row describes the refusal, else None."""
        found = re.search(self.signs, f"{code}: {message}", re.IGNORECASE | re.DOTALL)
        return {key: value or "" for key, value in found.groupdict().items()} if found else None


_RETRY, _WAIT, _FIX, _QUARANTINE = Policy.RETRY, Policy.WAIT, Policy.FIX, Policy.QUARANTINE
_NOT_OURS = "It is not ours and stays as it is. Run again: the next run takes another name."

_IMAGES = (
    KnownFailure(
        "inaccessible-image",
        r"^InaccessibleImage:|image '[^']*' in container group '[^']*' is not accessible|Failed to pull image",
        "a typing error, a missing tag, a private image without credential, or a registry that ACI may not reach",
        "Check the image's tag and give registry_credentials for a private one; "
        "a registry behind a firewall wants a user-assigned identity.",
        _FIX,
    ),
    KnownFailure(
        "docker-hub-limit",
        r"^RegistryErrorResponse:.*docker\.io",
        "Docker Hub limits anonymous pulls, and ACI's addresses are shared with strangers",
        "Use an image of mcr.microsoft.com or of your own registry, or give Docker Hub credentials.",
        _FIX,
        retries=2,
        pause=60.0,
    ),
    KnownFailure(
        "registry-error",
        r"^RegistryErrorResponse:|: .*toomanyrequests: ",
        "the image's registry answered with an error, or limits how often it may be asked",
        "Run again later, or keep a copy of the image in a registry of your own.",
        _FIX,
        retries=2,
        pause=60.0,
    ),
    KnownFailure(
        "registry-credential",
        r"^(InvalidImageRegistry\w+|AmbiguousImageRe(si|gis)tryCredentialType):",
        "a registry credential has both or neither of user name and identity, or an identity that the group lacks",
        "Give each of registry_credentials either username and password, or one of the group's own identities.",
        _FIX,
    ),
    KnownFailure(
        "windows-version",
        r"^OsVersionNotSupported:",
        "the Windows image is older or newer than ACI's hosts",
        "Use a tag of a long-term servicing release, such as ltsc2022.",
        _FIX,
    ),
    KnownFailure(
        "windows-limit",
        r"not supported for Windows container groups",
        "Windows container groups lack features of Linux ones",
        'Leave the feature out, or use os_type="Linux".',
        _FIX,
    ),
)

_CAPACITY = (
    KnownFailure(
        "quota-zero",
        r"quota '(?P<quota>[^']*)'.*Limit: '0'",
        "the subscription has no allowance of this kind at all, or the same name was tried in many regions at once",
        "This is no lack of capacity: ask for a limit of {quota} in Azure's portal, or use another region.",
        _FIX,
    ),
    KnownFailure(
        "quota",
        r"^ContainerGroupQuotaReached:|quota '[^']*' exceeded in region",
        "the allowance of the region is used up, by running groups or by failed ones that still exist",
        "Run `pytest-aci sweep`, start fewer groups at once, use another region, or ask for a higher limit.",
        _WAIT,
    ),
    KnownFailure(
        "capacity",
        r"^InsufficientCapacity\.?:|not available in the location '[^']*' at this moment",
        "the region has no room for a group of this size, or lacks a feature that it asks for",
        "Ask for at most 1 core and 1.5 GB, or use another region (--aci-location).",
        Policy.REGION,
        retries=2,
        pause=10.0,
    ),
    KnownFailure(
        "no-such-region",
        r"^(LocationNotAvailableForResourceType|NoRegisteredProviderFound):"
        r".*?location '(?P<given>[^']*)'(?:.*(?:available regions|supported locations)[^']*'(?P<known>[^']*)')?",
        "ACI is not offered in this region, or the region's name is misspelt",
        "Set --aci-location to a region that offers container groups.{nearest}",
        _FIX,
    ),
    KnownFailure(
        "no-virtual-network",
        r"Virtual network is not supported in location",
        "the region does not offer container groups in a virtual network",
        "Use another region (--aci-location), or leave subnet_ids out.",
        Policy.REGION,
    ),
    KnownFailure(
        "throttled",
        r"^(TooManyRequests(Received)?|\w+RequestsThrottled):",
        "the subscription sent more requests than ARM or ACI allow in a few minutes",
        "Wait, start fewer groups at once, or use fewer workers (-n).",
        _RETRY,
        retries=8,
        pause=5.0,
    ),
    KnownFailure(
        "another-operation",
        r"^(RetryableErrorDueToAnotherOperation|AnotherOperationInProgress|Conflict):",
        "another change of the same resource is under way",
        "Run again when it has ended.",
        _RETRY,
        retries=8,
        pause=5.0,
    ),
)

_REQUESTS = (
    KnownFailure(
        "dns-label-taken",
        r"DNS name label '(?P<label>[^']*)' in container group '[^']*' (is )?not available",
        "somebody in this region uses the DNS name label {label}",
        "Run again: the next run adds another suffix to the label.",
        Policy.RENAME,
    ),
    KnownFailure(
        "dns-label-invalid",
        r"DNS name label '(?P<label>[^']*)' in container group '[^']*' is invalid",
        "a DNS name label has 5 to 63 lower-case letters, digits and hyphens, and starts with a letter",
        "Change dns_label so that {label} follows that rule.",
        _FIX,
    ),
    KnownFailure(
        "exists-and-differs",
        r"^InvalidContainerGroupUpdate:|updates on container group '[^']*' are invalid|you must delete it first",
        "a container group of this name exists already and differs",
        _NOT_OURS,
        Policy.RENAME,
    ),
    KnownFailure(
        "location-differs",
        r"^InvalidResourceGroupLocation:",
        "a resource group of this name exists in another region",
        _NOT_OURS,
        Policy.RENAME,
    ),
    KnownFailure(
        "network-in-use",
        r"^(InUseSubnetCannotBeDeleted|NetworkProfileAlreadyInUseWithContainerNics):|serviceAssociationLinks",
        "container groups let go of their network some minutes after they are gone",
        "Wait; the subnet and its delegation are yours and stay untouched.",
        _WAIT,
    ),
    KnownFailure(
        "no-such-network",
        r"^(NetworkProfileNotFound|SubnetNotFound|VnetNotFound):",
        "the group asks for a network that does not exist",
        "Check subnet_ids: the subnet must exist and be delegated to Microsoft.ContainerInstance/containerGroups.",
        _FIX,
    ),
    KnownFailure(
        "no-such-subscription",
        r"^(InvalidSubscriptionId|SubscriptionNotFound|InvalidSubscription):",
        "the subscription does not exist, or the credential can not see it",
        "Set --aci-subscription to one of those that `az account list` shows.",
        _FIX,
    ),
    KnownFailure(
        "group-stopped",
        r"Container Group '[^']*' in resource group '[^']*' is stopped",
        "a stopped group can be started, not restarted",
        "Call start() instead of restart().",
        _FIX,
    ),
)

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
        "Check --aci-resource-group and --aci-subscription.",
        _FIX,
        on_delete=Policy.GONE,
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

KNOWN_FAILURES = (*_IMAGES, *_CAPACITY, *_REQUESTS, *_STATES, *_GOVERNANCE, *_THE_REST)

"""Why a container group can not be created: its image, the region's capacity, the request itself."""

from __future__ import annotations

from pytest_aci.arm.known.row import KnownFailure
from pytest_aci.errors import Policy

_RETRY, _WAIT, _FIX = Policy.RETRY, Policy.WAIT, Policy.FIX
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

_COMMANDS = (
    KnownFailure(
        "no-such-program",
        r"exec: [\"'](?P<program>[^\"']*)[\"']:.*(executable file not found|no such file or directory)",
        "the image has no program {program}",
        'Check the first word of the command; for the words of a shell, give ["/bin/sh", "-c", "..."].',
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
        r"^(LocationNotAvailableForResource(Type|Group)|NoRegisteredProviderFound):"
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

CREATION = (*_IMAGES, *_COMMANDS, *_CAPACITY, *_REQUESTS)

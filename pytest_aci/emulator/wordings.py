"""The table of errors that the emulated Azure answers with: code, status, wording, and who refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

GATEWAY = "gateway"  # ARM's front door refused
SERVICE = "service"  # the resource provider broke down
PROVIDER = ""  # the resource provider refused in good health: no `x-ms-failure-cause`


class Wording(NamedTuple):
    """One row of the table below. *cause* is the value of `x-ms-failure-cause`; empty means that there is none."""

    status: int
    message: str
    cause: str = PROVIDER


WORDINGS: Mapping[str, Wording] = {
    # ARM's front door
    "ResourceGroupNotFound": Wording(404, "Resource group '{group}' could not be found.", GATEWAY),
    "ResourceNotFound": Wording(
        404,
        "The Resource '{type}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        GATEWAY,
    ),
    "ParentResourceNotFound": Wording(
        404, "Can not perform requested operation on nested resource. Parent resource '{parent}' not found.", GATEWAY
    ),
    "SubscriptionNotFound": Wording(404, "The subscription '{subscription}' could not be found.", GATEWAY),
    "InvalidSubscriptionId": Wording(
        400, "The provided subscription identifier '{subscription}' is malformed or invalid.", GATEWAY
    ),
    "NoRegisteredProviderFound": Wording(
        400,
        "No registered resource provider found for location '{location}' and API version '{version}' for type "
        "'{type}'. The supported api-versions are '{versions}'. The supported locations are '{locations}'.",
        GATEWAY,
    ),
    "MissingApiVersionParameter": Wording(
        400, "The api-version query parameter (?api-version=) is required for all requests.", GATEWAY
    ),
    "InvalidApiVersionParameter": Wording(
        400, "The api-version '{version}' is invalid. The supported versions are '{versions}'.", GATEWAY
    ),
    "LocationNotAvailableForResourceType": Wording(
        400,
        "The provided location '{location}' is not available for resource type '{type}'. "
        "List of available regions for the resource type is '{locations}'.",
        GATEWAY,
    ),
    "LocationNotAvailableForResourceGroup": Wording(
        400,
        "The provided location '{location}' is not available for resource group. "
        "List of available regions is '{locations}'.",
        GATEWAY,
    ),
    "LocationRequired": Wording(400, "The location property is required for this definition.", GATEWAY),
    "InvalidRequestContent": Wording(
        400, "The request content was invalid and could not be deserialized: '{reason}'.", GATEWAY
    ),
    "RequestContentTooLarge": Wording(
        413, "The request content size exceeds the maximum size of {limit} bytes.", GATEWAY
    ),
    "RequestTimeout": Wording(408, "The request content did not arrive within {seconds} seconds.", GATEWAY),
    "MethodNotAllowed": Wording(405, "The requested resource does not support http method '{method}'.", GATEWAY),
    "MisdirectedRequest": Wording(
        421,
        "This server does not answer for the host '{host}': it is an emulator, reachable on loopback only.",
        GATEWAY,
    ),
    "ForeignOrigin": Wording(
        403, "This emulator answers no web pages; this request was sent by a page of '{origin}'.", GATEWAY
    ),
    "InvalidResourceNamespace": Wording(404, "The resource namespace '{namespace}' is invalid.", GATEWAY),
    "InvalidResourceType": Wording(
        404,
        "The resource type '{type}' could not be found in the namespace '{namespace}' for api version '{version}'.",
        GATEWAY,
    ),
    "NotFound": Wording(404, "No resource answers at '{path}'.", GATEWAY),
    "InvalidResourceGroupName": Wording(
        400,
        "The provided resource group name '{name}' has these invalid characters or length. The name can only be 1 to "
        "90 letters, digits, '-', '.', '(', ')' or '_', and it cannot end with '.'.",
        GATEWAY,
    ),
    "InvalidResourceGroupLocation": Wording(
        409,
        "Invalid resource group location '{location}'. The Resource group already exists in location '{existing}'.",
        GATEWAY,
    ),
    "ResourceGroupBeingDeleted": Wording(
        409, "The resource group '{group}' is in deprovisioning state and cannot perform this operation.", GATEWAY
    ),
    "InvalidTagCount": Wording(
        400, "The number of tags '{count}' is greater than the maximum number of tags '50' for a resource.", GATEWAY
    ),
    "InvalidTagNameLength": Wording(
        400, "The tag name '{name}' is longer than the maximum length of '512' characters.", GATEWAY
    ),
    "InvalidTagValueLength": Wording(
        400, "The value of the tag '{name}' is longer than the maximum length of '256' characters.", GATEWAY
    ),
    "InvalidFilterInQueryString": Wording(400, "Invalid $filter '{filter}' specified in the query string.", GATEWAY),
    "InvalidSkipToken": Wording(400, "The $skiptoken '{token}' is invalid.", GATEWAY),
    "MissingSubscriptionRegistration": Wording(
        409,
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how "
        "to register subscriptions.",
        GATEWAY,
    ),
    "ScopeLocked": Wording(
        409,
        "The scope '{scope}' cannot perform delete operation because following scope(s) are locked: '{scope}'. "
        "Please remove the lock and try again.",
        GATEWAY,
    ),
    "AuthorizationFailed": Wording(
        403,
        "The client '{client}' with object id '{client}' does not have authorization to perform action '{action}' over "
        "scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
        GATEWAY,
    ),
    "LinkedAuthorizationFailed": Wording(
        403,
        "The client '{client}' with object id '{client}' has permission to perform action '{action}' on scope "
        "'{scope}'; however the linked subscription '{subscription}' was not found. ",
        GATEWAY,
    ),
    "ExpiredAuthenticationToken": Wording(
        401,
        "The access token expiry UTC time '{expiry}' is earlier than current UTC time '{now}'.",
        GATEWAY,
    ),
    "InvalidSignature": Wording(403, "The signature of the operation URL does not match.", GATEWAY),
    "SubscriptionRequestsThrottled": Wording(
        429,
        "Number of requests for subscription '{subscription}' and operation '{action}' exceeded the backend storage "
        "limit. Please try again after '{seconds}' seconds.",
        GATEWAY,
    ),
    "ResourceRequestsThrottled": Wording(
        429,
        "Number of requests for action '{action}' exceeded the limit of '{limit}' for time interval '{interval}'. "
        "Please try again after '{seconds}' seconds.",
        GATEWAY,
    ),
    "ServerTimeout": Wording(
        503,
        "The request timed out. Diagnostic information: timestamp '{now}', subscription id '{subscription}', "
        "tracking id '{correlation}', request correlation id '{correlation}'.",
        GATEWAY,
    ),
    "GatewayTimeout": Wording(
        504, "The gateway did not receive a response from '{namespace}' within the specified time period.", SERVICE
    ),
    # Microsoft.ContainerInstance
    "InternalServerError": Wording(
        500,
        "Encountered an internal server error. The tracking activity id is '{request}', correlation id is "
        "'{correlation}'.",
        SERVICE,
    ),
    "ContainerLogNotAvailable": Wording(
        404,
        "Log of container '{container}' in container group '{group}' is not available yet. Please check container "
        "'InstanceView' for more information or retry later.",
    ),
    "ContainerNotFound": Wording(
        404, "The container '{container}' is not found in container group '{group}'."
    ),
    "OperationNotFound": Wording(404, "The operation '{operation}' is not found."),
    "NetworkProfileNotFound": Wording(
        400, "Network profile '{profile}' is not found for container group '{group}'."
    ),
    "MissingIpAddressPorts": Wording(
        400, "The ports in the 'ipAddress' of container group '{group}' cannot be empty."
    ),
    "UnreferencedIpAddressPorts": Wording(
        400,
        "Following ports '{ports}' in the 'ipAddress' are not used by any container in container group '{group}'.",
    ),
    "InvalidIpAddressPorts": Wording(
        400, "The ports in the 'ipAddress' of container group '{group}' are invalid: {rule}"
    ),
    "InvalidIpAddressTypeForNetworkProfile": Wording(
        400, "IP Address type in container group '{group}' is invalid: {rule}"
    ),
    "DuplicateContainerPorts": Wording(
        400, "The port '{port}/{protocol}' is used by more than one container in container group '{group}'."
    ),
    "InvalidContainerPort": Wording(
        400, "The port '{port}' in container '{container}' of container group '{group}' is invalid. It must be between "
        "1 and 65535."
    ),
    "InvalidOsType": Wording(
        # The literal '<null>' stands there in Azure's answer even when the group has a name.
        400, "The 'osType' for container group '<null>' is invalid. The value must be one of 'Windows,Linux'."
    ),
    "ResourceRequestsNotSpecified": Wording(
        # 'contain group' is Azure's own slip.
        400,
        "The resource requests are not specified in container '{container}' of contain group '{group}'. Both memory "
        "and CPU requests are required since API version '2017-07-01-preview'.",
    ),
    "InvalidResourceRequests": Wording(
        400, "The resource request '{value}' for '{what}' in container '{container}' of container group '{group}' is "
        "invalid: {rule}"
    ),
    "InvalidContainerGroupName": Wording(
        400, "The container group name '{group}' is invalid. It can contain only lowercase letters, numbers and single "
        "hyphens, must start and end with a letter or number, and be between 1 and 63 characters long."
    ),
    "InvalidContainerName": Wording(
        400, "The container name '{container}' in container group '{group}' is invalid. It can contain only lowercase "
        "letters, numbers and hyphens, must start and end with a letter or number, and be between 1 and 63 characters "
        "long."
    ),
    "DuplicateContainerName": Wording(
        400, "The container name '{container}' is used more than once in container group '{group}'."
    ),
    "InvalidContainerEnvironmentVariable": Wording(
        400, "The environment variable name '{name}' in container '{container}' of container group '{group}' is "
        "invalid: {rule}"
    ),
    "InvalidVolumeName": Wording(
        400, "The volume name '{volume}' in container group '{group}' is invalid. It can contain only lowercase "
        "letters, numbers and single hyphens, and must be between 5 and 63 characters long."
    ),
    "InvalidVolume": Wording(400, "The volume '{volume}' in container group '{group}' is invalid: {rule}"),
    "VolumeNotFound": Wording(
        400, "The volume '{volume}' mounted in container '{container}' is not defined in container group '{group}'."
    ),
    "InvalidVolumeMount": Wording(
        400, "The mount path '{path}' in container '{container}' of container group '{group}' is invalid: {rule}"
    ),
    "InvalidDnsNameLabel": Wording(
        400,
        "The DNS name label '{label}' in container group '{group}' is invalid. It can contain only lowercase letters, "
        "numbers and hyphens. The first character must be a letter. The last character must be a letter or number. "
        "The value must be between 5 and 63 characters long.",
    ),
    "DnsNameLabelNotAvailable": Wording(
        409,
        "The DNS name label '{label}' in container group '{group}' not available. Try using a different label.",
    ),
    "InvalidValue": Wording(
        400, "The '{what}' '{value}' for container group '{group}' is invalid. The value must be one of '{allowed}'."
    ),
    "InvalidInitContainer": Wording(
        400, "The init container '{container}' in container group '{group}' is invalid: {rule}"
    ),
    "InvalidProbe": Wording(
        400, "The {which} probe of container '{container}' in container group '{group}' is invalid: {rule}"
    ),
    "MissingContainers": Wording(400, "The containers in container group '{group}' cannot be empty."),
    "TooManyContainers": Wording(
        400, "The number of containers '{count}' in container group '{group}' exceeds the limit of '60'."
    ),
    "TooManyVolumes": Wording(
        400, "The number of volumes '{count}' in container group '{group}' exceeds the limit of '20'."
    ),
    "MissingImage": Wording(400, "The image of container '{container}' in container group '{group}' cannot be empty."),
    "InvalidImageRegistryCredentials": Wording(
        400, "The 'imageRegistryCredentials' of container group '{group}' are invalid: {rule}"
    ),
    "InaccessibleImage": Wording(
        400,
        "The image '{image}' in container group '{group}' is not accessible. Please check the image and registry "
        "credential.",
    ),
    "RegistryErrorResponse": Wording(
        409, "An error response is received from the docker registry '{registry}'. Please retry later."
    ),
    "OsVersionNotSupported": Wording(400, "The OS version of image '{image}' is not supported."),
    "ServiceUnavailable": Wording(
        # 409, not 503: that is how ACI says that a region is full.
        409,
        "The requested resource is not available in the location '{location}' at this moment. Please retry with a "
        "different resource request or in another location. Resource requested: '{cpu}' CPU '{memory}' GB memory "
        "'{os}' OS",
    ),
    "ContainerGroupQuotaReached": Wording(
        403,
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '{quota}' exceeded in "
        "region '{location}'. Limit: '{limit}', Usage: '{usage}' Requested: '{requested}'.",
    ),
    "InvalidContainerGroupUpdate": Wording(
        400,
        "The updates on container group '{group}' are invalid. If you are going to update the os type, restart policy, "
        "network profile, CPU, memory or GPU resources for a container group, you must delete it first and then create "
        "a new one.",
    ),
    "ContainerGroupStopped": Wording(409, "Container Group '{name}' in resource group '{group}' is stopped"),
    "ContainerGroupTransitioning": Wording(
        409, "The container group '{group}' is still transitioning, please retry later."
    ),
    "InvalidLogTail": Wording(400, "The value '{tail}' of the query parameter 'tail' is not a number of lines."),
    "InvalidExecRequest": Wording(400, "The exec request on container '{container}' is invalid: {rule}"),
}  # fmt: skip

"""The route table: every method and path that the emulator answers, and how a request finds its row."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from . import facts, versions
from .calls import CONTAINERS, OPEN, OWN, RESOURCES, SUBSCRIPTIONS, Call, Route
from .errors import ArmError
from .operations import container_groups as groups
from .operations import containers, locations, own, resource_groups, sign_in, subscriptions
from .records import CONTAINER_GROUP_TYPE
from .regions import DISPLAY_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUB = "/subscriptions/{subscription}"
_RG = _SUB + "/resourcegroups/{resource_group}"
_ACI = "/providers/Microsoft.ContainerInstance"
_CG = _RG + _ACI + "/containerGroups/{group}"
_LOC = _SUB + _ACI + "/locations/{location}"
_LINK = (
    _RG + "/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}" + _ACI
    + "/serviceAssociationLinks/default"
)  # fmt: skip

ROUTES: tuple[Route, ...] = (
    # resource groups
    Route("PUT", _RG, "ResourceGroups_CreateOrUpdate", resource_groups.put, RESOURCES),
    Route("GET", _RG, "ResourceGroups_Get", resource_groups.get, RESOURCES),
    Route("HEAD", _RG, "ResourceGroups_CheckExistence", resource_groups.head, RESOURCES),
    Route("PATCH", _RG, "ResourceGroups_Update", resource_groups.patch, RESOURCES),
    Route("DELETE", _RG, "ResourceGroups_Delete", resource_groups.delete, RESOURCES),
    Route("GET", _SUB + "/resourcegroups", "ResourceGroups_List", resource_groups.list_all, RESOURCES),
    Route("GET", _RG + "/resources", "Resources_ListByResourceGroup", resource_groups.list_resources, RESOURCES),
    Route("GET", _SUB + "/resources", "Resources_List", resource_groups.list_resources, RESOURCES),
    Route("GET", _SUB + "/operationresults/{token}", "OperationResults_Get", resource_groups.result, RESOURCES),
    # container groups
    Route("PUT", _CG, "ContainerGroups_CreateOrUpdate", groups.put),
    Route("GET", _CG, "ContainerGroups_Get", groups.get),
    Route("PATCH", _CG, "ContainerGroups_Update", groups.patch),
    Route("DELETE", _CG, "ContainerGroups_Delete", groups.delete),
    Route("GET", _SUB + _ACI + "/containerGroups", "ContainerGroups_List", groups.list_all),
    Route("GET", _RG + _ACI + "/containerGroups", "ContainerGroups_ListByResourceGroup", groups.list_by_resource_group),
    Route("POST", _CG + "/start", "ContainerGroups_Start", groups.start),
    Route("POST", _CG + "/stop", "ContainerGroups_Stop", groups.stop),
    Route("POST", _CG + "/restart", "ContainerGroups_Restart", groups.restart),
    Route(
        "GET",
        _CG + "/outboundNetworkDependenciesEndpoints",
        "ContainerGroups_GetOutboundNetworkDependenciesEndpoints",
        groups.outbound_dependencies,
    ),
    Route("DELETE", _LINK, "SubnetServiceAssociationLink_Delete", groups.delete_subnet_link),
    # containers
    Route("GET", _CG + "/containers/{container}/logs", "Containers_ListLogs", containers.logs),
    Route("POST", _CG + "/containers/{container}/exec", "Containers_ExecuteCommand", containers.execute),
    Route("POST", _CG + "/containers/{container}/attach", "Containers_Attach", containers.attach),
    # locations and the provider
    Route("GET", _LOC + "/operations/{operation}", "Operations_Status", groups.operation_status),
    Route("GET", _LOC + "/usages", "Location_ListUsage", locations.usages),
    Route("GET", _LOC + "/capabilities", "Location_ListCapabilities", locations.capabilities),
    Route("GET", _LOC + "/cachedImages", "Location_ListCachedImages", locations.cached_images),
    Route("GET", _ACI + "/operations", "Operations_List", locations.operations),
    # subscriptions and providers
    Route("GET", "/subscriptions", "Subscriptions_List", subscriptions.list_all, SUBSCRIPTIONS),
    Route("GET", _SUB, "Subscriptions_Get", subscriptions.get, SUBSCRIPTIONS),
    Route("GET", _SUB + "/locations", "Subscriptions_ListLocations", subscriptions.locations, SUBSCRIPTIONS),
    Route("GET", "/tenants", "Tenants_List", subscriptions.tenants, SUBSCRIPTIONS),
    Route("GET", _SUB + "/providers", "Providers_List", subscriptions.providers, RESOURCES),
    Route(
        "GET",
        _SUB + "/providers/Microsoft.Authorization/permissions",
        "Permissions_ListForSubscription",
        subscriptions.permissions,
        SUBSCRIPTIONS,
    ),
    Route(
        "GET",
        _RG + "/providers/Microsoft.Authorization/permissions",
        "Permissions_ListForResourceGroup",
        subscriptions.permissions,
        SUBSCRIPTIONS,
    ),
    Route("GET", _SUB + "/providers/{namespace}", "Providers_Get", subscriptions.provider, RESOURCES),
    Route("POST", _SUB + "/providers/{namespace}/register", "Providers_Register", subscriptions.register, RESOURCES),
    Route(
        "POST", _SUB + "/providers/{namespace}/unregister", "Providers_Unregister", subscriptions.unregister, RESOURCES
    ),
    # signing in
    Route("POST", "/{tenant}/oauth2/v2.0/token", "Tokens_V2", sign_in.token_v2, OPEN),
    Route("POST", "/{tenant}/oauth2/token", "Tokens_V1", sign_in.token_v1, OPEN),
    Route("GET", "/msi/token", "Tokens_AppService", sign_in.app_service, OPEN),
    Route("GET", "/metadata/identity/oauth2/token", "Tokens_InstanceMetadata", sign_in.instance_metadata, OPEN),
    Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", "OpenId_V2", sign_in.openid, OPEN),
    Route("GET", "/{tenant}/.well-known/openid-configuration", "OpenId_V1", sign_in.openid, OPEN),
    Route("GET", "/{tenant}/discovery/instance", "Discovery_Instance", sign_in.instance_discovery, OPEN),
    Route("GET", "/{tenant}/discovery/v2.0/keys", "Discovery_Keys", sign_in.keys, OPEN),
    Route("GET", "/metadata/endpoints", "Metadata_Endpoints", sign_in.metadata_endpoints, OPEN),
    # the emulator's own doors
    Route("GET", "/_emulator/faults", "Emulator_ListFaults", own.list_faults, OWN),
    Route("POST", "/_emulator/faults", "Emulator_AddFault", own.add_fault, OWN),
    Route("DELETE", "/_emulator/faults", "Emulator_ClearFaults", own.clear_faults, OWN),
    Route("DELETE", "/_emulator/faults/{fault}", "Emulator_RemoveFault", own.remove_fault, OWN),
    Route("GET", "/_emulator/requests", "Emulator_Requests", own.requests, OWN),
    Route("DELETE", "/_emulator/requests", "Emulator_ClearRequests", own.clear_requests, OWN),
    Route("GET", "/_emulator/addresses", "Emulator_Addresses", own.addresses, OWN),
    Route("GET", "/_emulator/groups", "Emulator_Groups", own.groups, OWN),
)  # fmt: skip

# How a path finds its rows: the length of a template and the places of its literal segments, then these segments in
# lower case, lead to the rows, by method.
_Places = tuple[int, ...]
_INDEX: dict[int, dict[_Places, dict[tuple[str, ...], dict[str, Route]]]] = {}
for _route in ROUTES:
    _literals = {place: step.lower() for place, step in enumerate(_route.steps) if not step.startswith("{")}
    _same_length = _INDEX.setdefault(len(_route.steps), {})
    _same_places = _same_length.setdefault(tuple(_literals), {})
    _same_places.setdefault(tuple(_literals.values()), {})[_route.method] = _route


def find(method: str, raw_path: str) -> tuple[Route, dict[str, str]]:
    """The row for a request and what its template took from the path.

    The path is taken apart before it is unquoted, so that an encoded slash or dot never makes a new segment. Empty
    segments do not count: `az container export` asks for `Microsoft.ContainerInstance//containerGroups`.

    Raises:
        ArmError: 404 for a path that no row has, 405 with `Allow` for a method that no row of the path has.
    """
    segments = [unquote(each) for each in raw_path.split("/") if each]
    lower = [each.lower() for each in segments]
    allowed: list[str] = []
    for places, rows in _INDEX.get(len(segments), {}).items():
        found = rows.get(tuple([lower[place] for place in places]))
        if found is None:
            continue
        route = found.get(method)
        if route is not None:
            return route, {step[1:-1]: each for step, each in zip(route.steps, segments, strict=True) if step[0] == "{"}
        allowed += found
    if allowed:
        raise ArmError("MethodNotAllowed", method=method, headers={"Allow": ", ".join(dict.fromkeys(allowed))})
    raise _nothing_there(segments, raw_path)


def check_version(route: Route, call: Call) -> str:
    """The request's api-version.

    Raises:
        ArmError: It is missing, malformed, or unknown to the provider, in the provider's own words.
    """
    given = call.query.get("api-version", "")
    if route.provider in (OPEN, OWN):
        return given
    if not given:
        raise ArmError("MissingApiVersionParameter")
    known = versions.CONTAINER_INSTANCE if route.provider == CONTAINERS else versions.RESOURCES
    version = given.lower()
    if not versions.SHAPE.fullmatch(version) or (route.provider == RESOURCES and version not in known):
        raise ArmError("InvalidApiVersionParameter", version=given, versions=",".join(reversed(known)))
    if route.provider == CONTAINERS and version not in known:
        raise ArmError(
            "NoRegisteredProviderFound",
            location=facts.location(call),
            version=given,
            type="containerGroups",
            versions=", ".join(known),
            locations=", ".join(DISPLAY_NAMES),
        )
    return version


def check_registration(route: Route, call: Call) -> None:
    """Refuse a write to a provider that the subscription is not registered for; the SDK then registers it."""
    if route.provider != CONTAINERS or route.method not in ("PUT", "POST"):
        return
    if call.subscription not in call.cloud.registered:
        namespace = CONTAINER_GROUP_TYPE.partition("/")[0]
        message = f"The subscription is not registered for the resource type 'containerGroups' in '{namespace}'."
        detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": message}
        raise ArmError("MissingSubscriptionRegistration", namespace=namespace, details=[detail])


def _nothing_there(segments: Sequence[str], raw_path: str) -> ArmError:
    lower = [each.lower() for each in segments]
    if "providers" in lower[:-1]:
        place = lower.index("providers") + 1
        namespace = segments[place]
        if namespace.lower() not in ("microsoft.containerinstance", "microsoft.resources"):
            return ArmError("InvalidResourceNamespace", namespace=namespace)
        kind = "/".join(segments[place + 1 :: 2])
        return ArmError("InvalidResourceType", type=kind, namespace=namespace, version="")
    return ArmError("NotFound", path=raw_path)

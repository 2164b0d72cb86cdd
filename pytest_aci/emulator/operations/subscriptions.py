"""Subscriptions, tenants, locations and resource providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_aci.emulator import versions
from pytest_aci.emulator.answers import Answer
from pytest_aci.emulator.errors import ArmError
from pytest_aci.emulator.regions import DISPLAY_NAMES

if TYPE_CHECKING:
    from pytest_aci.emulator.calls import Call

CONTAINER_INSTANCE, RESOURCES = "Microsoft.ContainerInstance", "Microsoft.Resources"
AUTHORIZATIONS = [
    {
        "applicationId": "6bb8e274-af5d-4df2-98a3-4fd78b4cafd9",
        "roleDefinitionId": "3c60422b-a83a-428d-9830-22609c77aa6c",
    }
]
TYPES = {
    CONTAINER_INSTANCE: (
        "containerGroups", "serviceAssociationLinks", "locations", "locations/capabilities", "locations/usages",
        "locations/operations", "locations/operationresults", "operations", "locations/cachedImages",
        "locations/deleteVirtualNetworkOrSubnets",
    ),
    RESOURCES: ("tenants", "locations", "providers", "resources", "subscriptions", "subscriptions/resources",
                "subscriptions/providers", "subscriptions/operationresults", "resourceGroups",
                "subscriptions/resourceGroups", "operations"),
}  # fmt: skip
VERSIONS = {CONTAINER_INSTANCE: versions.CONTAINER_INSTANCE, RESOURCES: versions.RESOURCES}


async def list_all(call: Call) -> Answer:
    """The subscriptions that exist."""
    return call.page([_subscription(call, each) for each in call.configuration.subscriptions])


async def get(call: Call) -> Answer:
    """One subscription."""
    return Answer(200, _subscription(call, call.subscription))


async def locations(call: Call) -> Answer:
    """The regions."""
    value = [
        {
            "id": f"/subscriptions/{call.subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        }
        for name, display in DISPLAY_NAMES.items()
    ]
    return Answer(200, {"value": value})


async def permissions(_call: Call) -> Answer:
    """What the caller may do: everything, as an owner of the subscription."""
    grant: dict[str, list[str]] = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}
    return Answer(200, {"value": [grant]})


async def tenants(call: Call) -> Answer:
    """The one tenant."""
    tenant = call.configuration.tenant
    value = [
        {
            "id": f"/tenants/{tenant}",
            "tenantId": tenant,
            "countryCode": "ZZ",
            "displayName": "Emulator",
            "domains": ["emulator.invalid"],
            "tenantCategory": "Home",
            "defaultDomain": "emulator.invalid",
            "tenantType": "AAD",
        }
    ]
    return Answer(200, {"value": value})


async def providers(call: Call) -> Answer:
    """Both resource providers."""
    return call.page([_provider(call, each) for each in TYPES])


async def provider(call: Call) -> Answer:
    """One resource provider."""
    return Answer(200, _provider(call, _namespace(call)))


async def register(call: Call) -> Answer:
    """Done at once."""
    namespace = _namespace(call)
    call.cloud.registered.add(call.subscription)
    return Answer(200, _provider(call, namespace))


async def unregister(call: Call) -> Answer:
    """From now on a PUT of a container group is refused until the provider is registered again."""
    namespace = _namespace(call)
    if namespace == CONTAINER_INSTANCE:
        call.cloud.registered.discard(call.subscription)
    return Answer(200, _provider(call, namespace))


def _namespace(call: Call) -> str:
    given = call.parameters["namespace"]
    for each in TYPES:
        if each.lower() == given.lower():
            return each
    raise ArmError("InvalidResourceNamespace", namespace=given)


def _subscription(call: Call, subscription: str) -> dict[str, Any]:
    tenant = call.configuration.tenant
    return {
        "id": f"/subscriptions/{subscription}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription,
        "tenantId": tenant,
        "displayName": "pytest-aci emulator",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _provider(call: Call, namespace: str) -> dict[str, Any]:
    registered = namespace != CONTAINER_INSTANCE or call.subscription in call.cloud.registered
    document: dict[str, Any] = {
        "id": f"/subscriptions/{call.subscription}/providers/{namespace}",
        "namespace": namespace,
    }
    if namespace == CONTAINER_INSTANCE:
        document["authorizations"] = AUTHORIZATIONS
    document["resourceTypes"] = [
        {
            "resourceType": name,
            "locations": list(DISPLAY_NAMES.values()) if name == "containerGroups" else [],
            "apiVersions": list(reversed(VERSIONS[namespace])),
            "capabilities": "SystemAssignedResourceIdentity" if name == "containerGroups" else "None",
        }
        for name in TYPES[namespace]
    ]
    document["registrationState"] = "Registered" if registered else "NotRegistered"
    document["registrationPolicy"] = "RegistrationRequired" if namespace == CONTAINER_INSTANCE else "RegistrationFree"
    return document

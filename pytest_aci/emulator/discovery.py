"""`/metadata/endpoints` in its three shapes: how a client learns the addresses of a cloud."""

from __future__ import annotations

from typing import Any

AUDIENCES = ["https://management.core.windows.net/", "https://management.azure.com/"]


def metadata(version: str, base: str, login: str, tenant: str) -> Any:
    """The document for an api-version: 2015-01-01 is a dict, 2019-05-01 a list of clouds, 2022-09-01 a dict again.

    *base* is the address of ARM, *login* that of the authority, both without a slash at the end.
    """
    if version < "2018":
        return {
            "galleryEndpoint": f"{base}/",
            "graphEndpoint": f"{base}/",
            "portalEndpoint": f"{base}/",
            "authentication": {"loginEndpoint": f"{login}/", "audiences": AUDIENCES},
        }
    if version < "2022":
        return [_cloud_2019(base, login, tenant)]
    return _cloud_2022(base, login, tenant)


def _authentication(login: str, tenant: str) -> dict[str, Any]:
    return {
        "loginEndpoint": f"{login}/",
        "audiences": AUDIENCES,
        "tenant": tenant,
        "identityProvider": "AAD",
    }


def _cloud_2019(base: str, login: str, tenant: str) -> dict[str, Any]:
    return {
        "portal": f"{base}/",
        "authentication": _authentication(login, tenant),
        "media": f"{base}/",
        "graphAudience": f"{base}/",
        "graph": f"{base}/",
        "name": "Emulator",
        "suffixes": {
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "keyVaultDns": "vault.azure.net",
            "storage": "core.windows.net",
            "azureFrontDoorEndpointSuffix": "azurefd.net",
        },
        "batch": f"{base}/",
        "resourceManager": f"{base}/",
        "vmImageAliasDoc": f"{base}/",
        "activeDirectoryDataLake": f"{base}/",
        "sqlManagement": f"{base}/",
        "gallery": f"{base}/",
    }


def _cloud_2022(base: str, login: str, tenant: str) -> dict[str, Any]:
    cloud = _cloud_2019(base, login, tenant)
    return cloud | {
        "microsoftGraphResourceId": f"{base}/",
        "appInsightsResourceId": f"{base}/",
        "appInsightsTelemetryChannelResourceId": f"{base}/",
        "attestationResourceId": f"{base}/",
        "synapseAnalyticsResourceId": f"{base}/",
        "logAnalyticsResourceId": f"{base}/",
        "ossrDbmsResourceId": f"{base}/",
    }

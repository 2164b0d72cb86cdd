"""What a shell must export so that a client finds the emulator: one block for each way in."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLIENT = "c11e4700-0000-4000-8000-000000000aca"
SECRET = "any-secret-will-do"  # noqa: S105 # the emulator looks at no secret


class Way(NamedTuple):
    """One way into the emulator: what it is for, and the variables it takes."""

    purpose: str
    variables: Mapping[str, str]


def ways(ready: Mapping[str, Any]) -> Sequence[Way]:
    """All ways, from the facts of the ready line."""
    authority = str(ready["https_url"])
    found = [
        Way(
            "Every client over https: whom to trust.",
            {"REQUESTS_CA_BUNDLE": ready["ca_bundle"], "SSL_CERT_FILE": ready["ca_bundle"]},
        ),
        Way(
            "pytest-aci: pytest --aci-mode=live --aci-endpoint=$ACI_EMULATOR_URL",
            {"ACI_EMULATOR_URL": ready["url"], "AZURE_SUBSCRIPTION_ID": ready["subscription_id"]},
        ),
        Way(
            "An SDK client: base_url=os.environ['AZURE_RESOURCE_MANAGER_ENDPOINT'].",
            {"AZURE_RESOURCE_MANAGER_ENDPOINT": authority},
        ),
        Way(
            "DefaultAzureCredential(), EnvironmentCredential(): a tenant called adfs is not looked up at Microsoft.",
            {
                "AZURE_AUTHORITY_HOST": authority,
                "AZURE_TENANT_ID": "adfs",
                "AZURE_CLIENT_ID": CLIENT,
                "AZURE_CLIENT_SECRET": SECRET,
            },
        ),
        Way(
            "ManagedIdentityCredential(): the App Service endpoint, over plain http.",
            {"IDENTITY_ENDPOINT": f"{ready['url']}/msi/token", "IDENTITY_HEADER": "emulator"},
        ),
        Way("Code that reads an auth file.", {"AZURE_AUTH_LOCATION": ready["auth_file"]}),
        Way(
            "The az CLI, once it knows this cloud: docs/emulator/az-cli.md.",
            {"AZURE_CORE_INSTANCE_DISCOVERY": "false", "WEBSOCKET_CLIENT_CA_BUNDLE": ready["ca_bundle"]},
        ),
    ]
    if "proxy_url" in ready:
        found.append(
            Way(
                "Code with Azure's public addresses built in: the emulator's proxy answers for them.",
                {"HTTPS_PROXY": ready["proxy_url"], "NO_PROXY": "127.0.0.0/8,localhost,::1"},
            )
        )
    return found


def exports(ready: Mapping[str, Any]) -> str:
    """The blocks as shell commands, each under a comment that says what it is for."""
    blocks = [
        "\n".join(
            [f"# {way.purpose}", *(f"export {name}={shlex.quote(value)}" for name, value in way.variables.items())]
        )
        for way in ways(ready)
    ]
    return "\n\n".join(blocks) + "\n"


def auth_file(ready: Mapping[str, Any]) -> str:
    """The file that `az ad sp create-for-rbac --sdk-auth` would have written, pointing to the emulator."""
    authority = str(ready["https_url"])
    return json.dumps(
        {
            "clientId": CLIENT,
            "clientSecret": SECRET,
            "subscriptionId": ready["subscription_id"],
            "tenantId": ready["tenant_id"],
            "activeDirectoryEndpointUrl": authority,
            "resourceManagerEndpointUrl": f"{authority}/",
            "activeDirectoryGraphResourceId": f"{authority}/",
            "sqlManagementEndpointUrl": f"{authority}/",
            "galleryEndpointUrl": f"{authority}/",
            "managementEndpointUrl": f"{authority}/",
        },
        indent=2,
    )

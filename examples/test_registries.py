"""An image from a private registry: server and user are part of the declaration, the password is not."""

from __future__ import annotations

import os

from pytest_aci import ContainerGroup, RegistryCredential, container_group, http, single

SERVER = "mcr.microsoft.com"  # Microsoft's public registry stands here for yours, so that anybody can run this file

app = container_group(
    single(
        f"{SERVER}/azuredocs/aci-helloworld",
        ports=[80],
        registry_credentials=RegistryCredential(
            SERVER, username="tests", password=os.environ.get("REGISTRY_PASSWORD", "replay needs none")
        ),
    ),
    until=http(80),
)


def test_the_password_is_not_shown_again(app: ContainerGroup) -> None:
    """Azure keeps server and user name, and never shows the password."""
    credentials = app.resource.image_registry_credentials or []
    assert [(one.server, one.username, one.password) for one in credentials] == [(SERVER, "tests", None)]

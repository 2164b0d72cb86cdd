"""Doors that need no subscription: tokens, OpenID configuration, instance discovery, cloud metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from pytest_aci.emulator import discovery, identity
from pytest_aci.emulator.answers import Answer
from pytest_aci.emulator.errors import ArmError

if TYPE_CHECKING:
    from pytest_aci.emulator.calls import Call


async def token_v2(call: Call) -> Answer:
    """A token for a `scope`; any client and any secret will do."""
    return Answer(200, call.cloud.identity.v2_answer(_form(call), call.token_seconds))


async def token_v1(call: Call) -> Answer:
    """A token for a `resource`; `adfs` answers at this address for scopes, too."""
    form = _form(call)
    if "scope" in form and "resource" not in form:
        return Answer(200, call.cloud.identity.v2_answer(form, call.token_seconds))
    return Answer(200, call.cloud.identity.v1_answer(form, call.token_seconds))


async def app_service(call: Call) -> Answer:
    """What `IDENTITY_ENDPOINT` points to; the request must carry an `X-IDENTITY-HEADER`."""
    if "x-identity-header" not in call.headers:
        raise ArmError.custom(401, "Unauthorized", "The X-IDENTITY-HEADER header is missing.")
    return Answer(200, call.cloud.identity.managed_answer(dict(call.query), call.token_seconds))


async def instance_metadata(call: Call) -> Answer:
    """The token of a virtual machine's identity; the request must carry `Metadata: true`."""
    if call.headers.get("metadata", "").lower() != "true":
        raise ArmError.custom(400, "bad_request_102", "Required metadata header not specified")
    return Answer(200, call.cloud.identity.managed_answer(dict(call.query), call.token_seconds))


async def openid(call: Call) -> Answer:
    """Where a tenant's token endpoint is."""
    tenant = call.parameters["tenant"]
    return Answer(200, identity.openid_configuration(call.base, tenant, call.configuration.tenant))


async def instance_discovery(call: Call) -> Answer:
    """This host is an authority."""
    host = call.base.partition("://")[2]
    return Answer(200, identity.instance_discovery(call.base, host, call.configuration.tenant))


async def keys(_: Call) -> Answer:
    """No public keys: nobody is meant to check the tokens."""
    return Answer(200, {"keys": []})


async def metadata_endpoints(call: Call) -> Answer:
    """The addresses of this cloud, in the shape that the api-version has."""
    login = call.cloud.https_url or call.base
    version = call.query.get("api-version", "2015-01-01")
    return Answer(200, discovery.metadata(version, call.base, login, call.configuration.tenant))


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))

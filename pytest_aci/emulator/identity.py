"""Tokens and the documents that lead a client to them: OpenID configuration, instance discovery, managed identity."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from .environment import CLIENT

if TYPE_CHECKING:
    from .configuration import Configuration

# Whoever asks; the emulator looks at no secret.
OBJECT_ID = "0b0e1a57-0000-4000-8000-000000000aca"


class Identity:
    """Signs tokens that look like Entra ID's and that nobody checks."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._key = secrets.token_bytes(32)

    def token(self, resource: str, client: str, seconds: float | None = None) -> tuple[str, int]:
        """An access token and its life in seconds."""
        life = int(self._configuration.token_seconds if seconds is None else seconds)
        issued = int(time.time())
        tenant = self._configuration.tenant
        claims = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": issued,
            "nbf": issued,
            "exp": issued + life,
            "appid": client,
            "idtyp": "app",
            "oid": OBJECT_ID,
            "sub": OBJECT_ID,
            "tid": tenant,
            "ver": "1.0",
        }
        unsigned = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(claims)}"
        signature = hmac.new(self._key, unsigned.encode(), hashlib.sha256).digest()
        return f"{unsigned}.{_text(signature)}", life

    def v2_answer(self, form: dict[str, str], seconds: float | None) -> dict[str, Any]:
        """The answer of `/{tenant}/oauth2/v2.0/token`."""
        resource = form.get("scope", "https://management.azure.com/.default").removesuffix("/.default")
        token, life = self.token(resource, form.get("client_id", CLIENT), seconds)
        return {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}

    def v1_answer(self, form: dict[str, str], seconds: float | None) -> dict[str, Any]:
        """The answer of `/{tenant}/oauth2/token`, whose numbers are strings."""
        resource = form.get("resource", "https://management.azure.com/")
        token, life = self.token(resource, form.get("client_id", CLIENT), seconds)
        issued = int(time.time())
        return {
            "token_type": "Bearer",
            "expires_in": str(life),
            "ext_expires_in": str(life),
            "expires_on": str(issued + life),
            "not_before": str(issued),
            "resource": resource,
            "access_token": token,
        }

    def managed_answer(self, query: dict[str, str], seconds: float | None) -> dict[str, Any]:
        """The answer of the App Service identity endpoint."""
        resource = query.get("resource", "https://management.azure.com/")
        client = query.get("client_id", CLIENT)
        token, life = self.token(resource, client, seconds)
        return {
            "access_token": token,
            "expires_on": str(int(time.time()) + life),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": client,
        }


def openid_configuration(base: str, tenant: str, real_tenant: str) -> dict[str, Any]:
    """What `.well-known/openid-configuration` says; *tenant* is spelled as in the request."""
    authority = f"{base}/{tenant}"
    version = "" if tenant == "adfs" else "/v2.0"
    issuer_tenant = real_tenant if tenant in ("common", "organizations") else tenant
    return {
        "token_endpoint": f"{authority}/oauth2{version}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{authority}/discovery/v2.0/keys",
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{base}/{issuer_tenant}{version}",
        "authorization_endpoint": f"{authority}/oauth2{version}/authorize",
        "device_authorization_endpoint": f"{authority}/oauth2{version}/devicecode",
        "end_session_endpoint": f"{authority}/oauth2{version}/logout",
        "cloud_instance_name": "emulator",
        "tenant_region_scope": "EU",
    }


def instance_discovery(base: str, host: str, tenant: str) -> dict[str, Any]:
    """What `/common/discovery/instance` says: this host is an authority, and its own only alias."""
    return {
        "tenant_discovery_endpoint": f"{base}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

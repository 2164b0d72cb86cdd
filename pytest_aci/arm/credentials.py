from __future__ import annotations

import json
import logging
import stat
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_aci.arm.clouds import is_microsoft
from pytest_aci.errors import AuthFileError, AuthFileWarning, NoCredential

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from azure.core.credentials import AccessToken, TokenCredential

    from pytest_aci.arm.clouds import Cloud

AUTH_FILE_VARIABLE = "AZURE_AUTH_LOCATION"
AUTH_FILE_LIMIT = 64 * 1024  # bytes; the real one has less than one thousand
AUTH_FILE_KEYS = {
    "clientId": "client_id",
    "clientSecret": "client_secret",
    "subscriptionId": "subscription_id",
    "tenantId": "tenant_id",
    "activeDirectoryEndpointUrl": "authority",
    "resourceManagerEndpointUrl": "resource_manager",
}
"""The keys of the file that are used, and the names of their values here; each has to be there."""


@dataclass(frozen=True, slots=True)
class AuthFile:
    """What `az ad sp create-for-rbac --sdk-auth` prints: a service principal, its subscription and its cloud."""

    path: Path
    client_id: str
    client_secret: str = field(repr=False)
    subscription_id: str
    tenant_id: str
    authority: str
    resource_manager: str


class GivenToken:
    """A credential that has one token, got by somebody else, and can not get another one."""

    def __init__(self, token: str, expires_on: int) -> None:
        from azure.core.credentials import AccessToken  # noqa: PLC0415 # loads the SDK

        self._token = AccessToken(token, expires_on)

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Return the token, whatever it is asked for."""
        return self._token


def auth_file(environment: Mapping[str, str]) -> AuthFile | None:
    """The file named by `AZURE_AUTH_LOCATION`, or None if that is not set.

    Raises:
        AuthFileError: It cannot be read, is not JSON, or lacks a key. A value is never part of the message.
    """
    if not environment.get(AUTH_FILE_VARIABLE):
        return None
    path = Path(environment[AUTH_FILE_VARIABLE]).expanduser()
    document = _document(path)
    missing = [key for key in AUTH_FILE_KEYS if not (isinstance(document.get(key), str) and document[key].strip())]
    if missing:
        raise AuthFileError(path=str(path), reason=f"it lacks {', '.join(missing)}")
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        message = f"{path} holds a secret and can be read by others on this machine: run `chmod 600 {path}`."
        warnings.warn(message, AuthFileWarning, stacklevel=2)
    return AuthFile(path=path, **{name: document[key].strip() for key, name in AUTH_FILE_KEYS.items()})


def _document(path: Path) -> dict[str, Any]:
    reason = ""
    try:
        if path.exists() and not path.is_file():
            reason = "it is a directory" if path.is_dir() else "it is no regular file"
        elif path.stat().st_size > AUTH_FILE_LIMIT:
            reason = f"it has {path.stat().st_size} bytes, and an auth file has less than {AUTH_FILE_LIMIT}"
        else:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
            if isinstance(document, dict):
                return document
            reason = "it is JSON, but not an object"
    except OSError as problem:
        reason = problem.strerror or str(problem)
    except json.JSONDecodeError as problem:
        reason = f"it is not JSON (line {problem.lineno}, column {problem.colno})"
    except UnicodeDecodeError:
        reason = "it is not text in UTF-8"
    except RecursionError:
        reason = "it is nested too deeply"
    raise AuthFileError(path=str(path), reason=reason)  # outside the handlers: a cause would quote the file


def find_credential(
    cloud: Cloud, *, file: AuthFile | None, environment: Mapping[str, str], verify: bool | str = True
) -> TokenCredential:
    """A credential that has just got a token for *cloud*: the auth file's, else azure-identity's first that works.

    Raises:
        AuthFileError: The file's tenant or sign-in host cannot be one.
        NoCredential: None of them got one; lists each source with its reason.
    """
    from azure.core.exceptions import AzureError  # noqa: PLC0415 # loads the SDK

    credential = _of_file(file, verify) if file else _default(cloud, environment, verify)
    try:
        with _silenced("azure.identity"):  # what it complains of is in our own error
            credential.get_token(cloud.scope)
    except AzureError as problem:  # refused, or the sign-in host cannot be reached
        said = str(problem)
    else:
        return credential
    tried = [(str(file.path), _first_line(said))] if file else [(AUTH_FILE_VARIABLE, "not set"), *_attempts(said)]
    raise NoCredential(endpoint=cloud.resource_manager, tried=tried)


def _of_file(file: AuthFile, verify: bool | str) -> TokenCredential:
    """The file's service principal. A host that Microsoft does not know would fail Microsoft's instance discovery."""
    from azure.identity import ClientSecretCredential  # noqa: PLC0415 # loads msal

    try:
        return ClientSecretCredential(
            file.tenant_id,
            file.client_id,
            file.client_secret,
            authority=file.authority,
            disable_instance_discovery=not is_microsoft(file.authority),
            **_unseen(verify),
        )
    except ValueError as problem:  # a tenant or a sign-in host of impossible form
        raise AuthFileError(path=str(file.path), reason=_first_line(str(problem)).rstrip(".")) from None


def _default(cloud: Cloud, environment: Mapping[str, str], verify: bool | str) -> TokenCredential:
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 # loads msal

    chosen = {} if environment.get("AZURE_AUTHORITY_HOST") else {"authority": cloud.authority}
    return DefaultAzureCredential(**chosen, **_unseen(verify))


def _unseen(verify: bool | str) -> dict[str, Any]:
    """Options that keep the traffic for tokens out of a recording of the test's own HTTP."""
    from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415 # loads the SDK

    from pytest_aci.arm.pools import pinned_session  # noqa: PLC0415 # loads requests

    # Several credentials share the session, and the first one that closes must not close it for all.
    # The session itself tries more than once to connect.
    transport = RequestsTransport(session=pinned_session(), session_owner=False, connection_verify=verify)
    return {"transport": transport, "retry_connect": 0}


def _attempts(message: str) -> list[tuple[str, str]]:
    """azure-identity's list of attempts as pairs; its own advice in between is left out."""
    pairs = [line.strip().partition(": ") for line in message.splitlines() if "Credential: " in line]
    return [(source, _reason(source, said)) for source, _, said in pairs] or [("azure-identity", _first_line(message))]


def _reason(source: str, said: str) -> str:
    """Why a source gave no token, without what the line says anyway."""
    return (
        _first_line(said)
        .removeprefix(f"{source} authentication unavailable. ")
        .partition(" See the troubleshooting")[0]
    )


@contextmanager
def _silenced(logger: str) -> Iterator[None]:
    """Let a library log nothing for a while."""
    noisy = logging.getLogger(logger)
    level = noisy.level
    noisy.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        noisy.setLevel(level)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no reason given"

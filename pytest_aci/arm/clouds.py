from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_aci.errors import CloudNotFound, UnsafeEndpoint

if TYPE_CHECKING:
    import requests

CLOUDS = {"azure": "AZURE_PUBLIC_CLOUD", "usgov": "AZURE_US_GOV_CLOUD", "china": "AZURE_CHINA_CLOUD"}
"""The endpoints that have a name, and msrestazure's tables of their URLs."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where a cloud's resource manager is, and where its tokens come from.

    *name* is one of `CLOUDS`, or the host for a cloud of one's own. A loopback cloud has no *authority*: nobody signs
    in to an emulator.
    """

    name: str
    resource_manager: str
    authority: str | None
    audience: str

    @property
    def scope(self) -> str:
        """What a token has to be asked for."""
        return f"{self.audience.rstrip('/')}/.default"

    @property
    def is_loopback(self) -> bool:
        """Whether the cloud is on this machine, so that it needs no credential."""
        return is_loopback(self.resource_manager)


def is_loopback(url: str) -> bool:
    """Whether *url* leads to this machine itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_emulated(endpoint: str) -> bool:
    """Whether what answers at an endpoint, by name or URL, only stands in for Azure."""
    return endpoint == "emulator" or is_loopback(endpoint)


def is_microsoft(authority: str) -> bool:
    """Whether Microsoft's own instance discovery knows this sign-in host."""
    host = urlsplit(authority).hostname or authority
    return host in {urlsplit(str(cloud.authority)).hostname for cloud in map(_named, CLOUDS)}


def find_cloud(endpoint: str, *, verify: bool | str = True) -> Cloud:
    """The cloud of an endpoint: one of `CLOUDS`, a loopback URL, or a URL that describes itself.

    Raises:
        UnsafeEndpoint: It is plain HTTP to another machine.
        CloudNotFound: It is no URL, or does not describe itself at `/metadata/endpoints`.
    """
    if endpoint in CLOUDS:
        return _named(endpoint)
    url = endpoint.rstrip("/")
    if is_loopback(url):
        return Cloud(name=urlsplit(url).netloc, resource_manager=url, authority=None, audience=url)
    if not urlsplit(url).netloc:
        raise CloudNotFound(endpoint=url, reason="it is neither a known name nor a URL")
    if urlsplit(url).scheme != "https":
        raise UnsafeEndpoint(url=url, reason="plain HTTP is for this machine only")
    known = next((cloud for cloud in map(_named, CLOUDS) if cloud.resource_manager == url), None)
    return known or _described(url, verify)


def _named(name: str) -> Cloud:
    from msrestazure import azure_cloud  # noqa: PLC0415 # costs 150 ms, which a loopback endpoint need not pay

    endpoints = getattr(azure_cloud, CLOUDS[name]).endpoints
    manager = endpoints.resource_manager.rstrip("/")
    return Cloud(name=name, resource_manager=manager, authority=endpoints.active_directory, audience=manager)


def _described(url: str, verify: bool | str) -> Cloud:
    from msrestazure import azure_cloud  # noqa: PLC0415 # see above
    from requests import RequestException  # noqa: PLC0415 # comes with it

    try:
        found: Any = azure_cloud.get_cloud_from_metadata_endpoint(url, session=_session(verify))
        return Cloud(
            name=urlsplit(url).netloc,
            resource_manager=url,
            authority=found.endpoints.active_directory.rstrip("/"),
            audience=found.endpoints.active_directory_resource_id,
        )
    except azure_cloud.MetadataEndpointError as problem:
        reason = str(problem).rpartition("\n")[2]
    except (azure_cloud.CloudEndpointNotSetException, KeyError, IndexError, TypeError, AttributeError):
        reason = "its /metadata/endpoints does not name a loginEndpoint and an audience"
    except RequestException as problem:
        reason = str(problem)
    raise CloudNotFound(endpoint=url, reason=reason.rstrip("."))


def _session(verify: bool | str) -> requests.Session:
    from pytest_aci.arm.pools import pinned_session  # noqa: PLC0415 # a loopback endpoint needs none

    session = pinned_session()
    session.verify = verify
    return session

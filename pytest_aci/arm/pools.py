"""Connections of our own, which a recording of the test's own HTTP neither sees nor disturbs.

vcrpy records by exchanging urllib3's connection classes for the whole process. Provisioning goes on in the background
while a test is recorded, so what it uses is pinned to the classes that urllib3 itself defined.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import parse_url
from urllib3.util.retry import Retry

from pytest_aci.arm.clouds import is_loopback

if TYPE_CHECKING:
    from collections.abc import MutableMapping

POOL_SIZE = 64
"""Connections kept per host: one for each container group that may be asked about at the same time."""
CONNECT_TRIES = 3
"""How often a connection is tried before the host counts as unreachable. Nothing has been sent by then."""


def _own(connection_class: type) -> Any:
    """The connection class as urllib3 wrote it, also where a recorder's subclass stands in its place right now."""
    return next(one for one in connection_class.__mro__ if one.__module__.startswith("urllib3."))


class PinnedHTTPConnectionPool(HTTPConnectionPool):
    """A pool of plain connections that nobody can exchange."""

    ConnectionCls = _own(HTTPConnectionPool.ConnectionCls)
    _get_conn = inspect.unwrap(HTTPConnectionPool._get_conn)  # noqa: SLF001 # what recorders wrap
    _new_conn = inspect.unwrap(HTTPConnectionPool._new_conn)  # noqa: SLF001 # what recorders wrap


class PinnedHTTPSConnectionPool(HTTPSConnectionPool):
    """A pool of TLS connections that nobody can exchange."""

    ConnectionCls = _own(HTTPSConnectionPool.ConnectionCls)
    _get_conn = inspect.unwrap(HTTPSConnectionPool._get_conn)  # noqa: SLF001 # what recorders wrap
    _new_conn = inspect.unwrap(HTTPSConnectionPool._new_conn)  # noqa: SLF001 # what recorders wrap


PINNED: dict[str, Any] = {"http": PinnedHTTPConnectionPool, "https": PinnedHTTPSConnectionPool}


def pinned_pools(**options: Any) -> PoolManager:
    """A urllib3 pool manager over pinned pools; *options* as urllib3's own takes them."""
    pools = PoolManager(**{"maxsize": POOL_SIZE, **options})
    pools.pool_classes_by_scheme = PINNED
    return pools


def pinned_connection(url: str, **options: Any) -> Any:
    """A connection of its own to where a URL leads, not opened yet; *options* as urllib3's connections take them."""
    parts = parse_url(url)
    return PINNED[str(parts.scheme)].ConnectionCls(parts.host, parts.port, **options)


class PinnedAdapter(HTTPAdapter):
    """What lets a `requests` session use pinned pools, also behind a proxy."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """Make the pools."""
        self.poolmanager = pinned_pools(num_pools=connections, maxsize=maxsize, block=block, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools behind *proxy*."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = PINNED
        return manager


class PinnedSession(requests.Session):
    """A `requests` session that heeds the proxies of the environment, but not on the way to this machine itself.

    It reads them once for each host: for every request, `requests` would go through the whole environment twice.
    """

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[Any, Any] = {}

    def merge_environment_settings(
        self,
        url: str | bytes | None,
        proxies: MutableMapping[str, str] | None,
        stream: bool | None,
        verify: bool | str | None,
        cert: str | tuple[str, str] | None,
    ) -> Any:
        """The settings of one request."""
        asked = (urlsplit(str(url))[:2], str(proxies), stream, verify, cert)
        if asked not in self._settings:
            try:
                found = super().merge_environment_settings(url, proxies, stream, verify, cert)
            except KeyError:
                # All variables are read, and one of them went away meanwhile: pytest takes PYTEST_CURRENT_TEST back
                # after each test, while other threads wait for containers.
                return self.merge_environment_settings(url, proxies, stream, verify, cert)
            self._settings[asked] = {**found, "proxies": {}} if is_loopback(str(url)) else found
        settings = self._settings[asked]
        return {**settings, "proxies": {**settings["proxies"]}}


def pinned_session(*, tries: int = CONNECT_TRIES) -> requests.Session:
    """A `requests` session over pinned pools that repeats nothing but attempts to connect."""
    session = PinnedSession()
    retry = Retry(
        connect=tries - 1, read=False, redirect=False, status=0, other=0, backoff_factor=0.2, raise_on_status=False
    )
    adapter = PinnedAdapter(max_retries=retry, pool_maxsize=POOL_SIZE)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session

"""Which change can make the answer to which read another one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_aci.recording.placeholders import ARM
from pytest_aci.recording.routes import route_of

if TYPE_CHECKING:
    from pytest_aci.recording.exchange import Request

Scope = tuple[str, str]
Key = tuple[str, str, bytes]

_ACTION = re.compile(r"(/containergroups/[^/]+)/(?:start|stop|restart|containers/.*)$")
_ACROSS = re.compile(r"(/subscriptions/[^/]+)/(?:resources|providers/microsoft\.containerinstance/containergroups)$")


def key_of(request: Request) -> Key:
    """What makes two requests the same: ARM minds the body of a change but not the case of its paths."""
    if is_arm(request):
        return request.method, request.url.lower(), b"" if request.is_read else request.body
    return request.method, request.url, b""


def exact_key_of(request: Request) -> Key | None:
    """What makes two reads of another server than ARM the same: it may answer by their headers and bodies."""
    if is_arm(request) or not request.is_read:
        return None
    return request.method, request.url, repr((request.headers, request.body)).encode()


def is_arm(request: Request) -> bool:
    """Whether a (redacted) request belongs to ARM."""
    return request.url.startswith(ARM + "/")


def is_status(request: Request) -> bool:
    """Whether a (redacted) request asks how a long-running operation is doing."""
    return request.is_read and is_arm(request) and _is_status(request.url)


def changed_scopes(request: Request) -> tuple[Scope, ...]:
    """Where a change is felt: at its resource and at every collection and parent that shows the resource."""
    return _changed(_place(request))


def seen_scopes(request: Request) -> tuple[Scope, ...]:
    """Where a read looks: a change to its resource, to a parent, or to something that it lists can alter the answer."""
    return () if is_status(request) else _seen(_place(request))


def bars(change: Request, read: Request) -> bool:
    """Whether an answer to `read` from before `change` is out of date after it."""
    return not change.is_read and not set(changed_scopes(change)).isdisjoint(seen_scopes(read))


def _place(request: Request) -> str:
    """The resource that an ARM request is about; for all other requests the host."""
    return _place_of(request.url, is_arm=is_arm(request), is_read=request.is_read)


@lru_cache(maxsize=4096)
def _place_of(url: str, *, is_arm: bool, is_read: bool) -> str:
    parts = urlsplit(url)
    if not is_arm:
        return f"{parts.scheme}://{parts.netloc}"
    return parts.path.lower() if is_read else _ACTION.sub(r"\1", parts.path.lower())


@lru_cache(maxsize=4096)
def _is_status(url: str) -> bool:
    return route_of(urlsplit(url).path).is_status


@lru_cache(maxsize=4096)
def _changed(place: str) -> tuple[Scope, ...]:
    if not place.startswith("/"):
        return (("at", place),)
    return (("at", place), *(("below", parent) for parent in _line(place)))


@lru_cache(maxsize=4096)
def _seen(place: str) -> tuple[Scope, ...]:
    if not place.startswith("/"):
        return (("at", place),)
    across = _ACROSS.match(place)
    return (("below", across[1] if across else place), *(("at", parent) for parent in _line(place)))


def _line(place: str) -> list[str]:
    """A path and all its parents."""
    segments = place.split("/")
    return ["/".join(segments[:length]) for length in range(2, len(segments) + 1)]

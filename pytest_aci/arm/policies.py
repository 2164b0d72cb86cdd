"""How our SDK clients differ from the SDK's defaults: as azure-core policies, where its documentation wants them."""

from __future__ import annotations

import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.exceptions import ResourceExistsError, ResponseNotReadError
from azure.core.pipeline.policies import AsyncHTTPPolicy, HTTPPolicy, RetryPolicy, SansIOHTTPPolicy
from azure.mgmt.core.exceptions import ARMErrorFormat
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy, AsyncARMChallengeAuthenticationPolicy

from pytest_aci.arm.failures import not_arm

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from azure.core.pipeline import PipelineRequest, PipelineResponse

REPEATABLE = frozenset({"GET", "HEAD", "DELETE"})
"""Methods that may be sent again without being asked: a second PUT would answer 200, as if the name had been taken."""

READS = frozenset({"GET", "HEAD"})
"""Methods that ARM counts as reads."""
GROUP_COUNTERS = tuple(f"x-ms-ratelimit-remaining-subscription-resource-requests-{span}" for span in ("pt5m", "pt1h"))
"""Headers that count down how many container groups may still be created or deleted."""

_FIRST_REDIRECT = 300
_FIRST_ERROR = 400
_CONFLICT = 409
_TOO_MANY_REQUESTS = 429


class NoAuthentication(SansIOHTTPPolicy[Any, Any]):
    """Sends no token: nobody signs in to a cassette, or to an emulator on this machine."""


class LoopbackAuthentication(ARMChallengeAuthenticationPolicy):
    """Sends the token over plain HTTP, which azure-core forbids; only for a server on this machine."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Add the token."""
        request.context.options["enforce_https"] = False
        super().on_request(request)


class AsyncLoopbackAuthentication(AsyncARMChallengeAuthenticationPolicy):
    """`LoopbackAuthentication` for the asynchronous clients."""

    async def on_request(self, request: PipelineRequest[Any]) -> None:
        """Add the token."""
        request.context.options["enforce_https"] = False
        await super().on_request(request)


class BoundedRetry(RetryPolicy[Any, Any]):
    """Repeats reads and deletions a few times, at once and then after a second.

    It never repeats a change, and never sleeps because Azure asks to wait: that may be minutes, and is decided
    by whoever knows the deadline.
    """

    def __init__(self) -> None:
        super().__init__(
            retry_total=2, retry_connect=0, retry_read=2, retry_status=2, retry_backoff_factor=0.5, retry_backoff_max=2
        )

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        """The settings of one request."""
        return {**super().configure_retries(options), "methods": REPEATABLE}

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> Any:
        """Whether an answer is a reason to ask again."""
        answer = response.http_response
        if (
            answer.request.method not in REPEATABLE
            or answer.status_code == _TOO_MANY_REQUESTS
            or answer.headers.get("Retry-After")
        ):
            return False
        return super().is_retry(settings, response)


class ServerClock(SansIOHTTPPolicy[Any, Any]):
    """Reads the server's clock off every answer."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: tuple[datetime, float] | None = None

    @property
    def moment(self) -> datetime | None:
        """What the server's clock shows now, or None before its first answer."""
        if self._seen is None:
            return None
        date, then = self._seen
        return date + timedelta(seconds=self._monotonic() - then)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:  # noqa: ARG002 # azure-core's signature
        """Note the Date of an answer."""
        date = response.http_response.headers.get("Date")
        try:
            self._seen = (parsedate_to_datetime(date), self._monotonic()) if date else self._seen
        except ValueError:
            return


class CreationsLeft(SansIOHTTPPolicy[Any, Any]):
    """Reads off the answers to PUT and DELETE how many more container groups ACI will create or delete for now."""

    count: int | None = None

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:  # noqa: ARG002 # azure-core's signature
        """Note the lower one of both counters: that of five minutes and that of an hour."""
        headers = response.http_response.headers
        said = [text for name in GROUP_COUNTERS if (text := headers.get(name, "")).isdecimal()]
        self.count = min(map(int, said)) if said else self.count


class Paced(SansIOHTTPPolicy[Any, Any]):
    """Holds a read back until *before_read* returns, so that nobody reads faster than ARM lets them."""

    def __init__(self, before_read: Callable[[], None]) -> None:
        self._before_read = before_read

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Wait for a read's turn."""
        if request.http_request.method in READS:
            self._before_read()


class ArmAnswers(HTTPPolicy[Any, Any]):
    """Stands in the place of the SDK's policy for redirects: follows none, and lets only answers of ARM pass.

    ARM never redirects: what does is a network's login page. A missing registration of the resource provider is
    raised here, before the SDK's own policy would register it: that changes the whole subscription, and polls with
    sleeps of ten seconds, also in replay.
    """

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send the request on, and look at what comes back."""
        return check(self.next.send(request))


class AsyncArmAnswers(AsyncHTTPPolicy[Any, Any]):
    """`ArmAnswers` for the asynchronous clients."""

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send the request on, and look at what comes back."""
        return check(await self.next.send(request))


def check(response: PipelineResponse[Any, Any]) -> PipelineResponse[Any, Any]:
    """Let an answer of ARM pass.

    Raises:
        ControlPlaneError: Something else than ARM has answered.
        ResourceExistsError: The provider is not registered; this is what the SDK calls a 409.
    """
    answer = response.http_response
    content_type = (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    is_page = content_type.startswith("text/") or "html" in content_type
    is_redirect = answer.status_code >= _FIRST_REDIRECT and bool(answer.headers.get("Location"))
    if (is_page or is_redirect) and answer.status_code < _FIRST_ERROR and answer.request.method != "HEAD":
        url = urlsplit(answer.request.url)
        target = urlsplit(answer.headers["Location"]).hostname or "elsewhere" if is_redirect else ""
        raise not_arm(
            doing=f"{answer.request.method} {url.path}",
            host=url.hostname or "",
            content_type=f"a redirect to {target}" if is_redirect else content_type,
            status=answer.status_code,
        )
    if answer.status_code == _CONFLICT and not is_page:
        _raise_if_unregistered(answer)
    return response


def _raise_if_unregistered(answer: Any) -> None:
    try:
        text = answer.text()
    except ResponseNotReadError:  # a stream: not from a request that makes something
        return
    if '"MissingSubscriptionRegistration"' in text:
        raise ResourceExistsError(response=answer, error_format=ARMErrorFormat)

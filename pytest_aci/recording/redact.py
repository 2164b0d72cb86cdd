from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_aci.recording import own_http
from pytest_aci.recording.addresses import Addresses
from pytest_aci.recording.arm_body import redacted_body
from pytest_aci.recording.arm_text import Known, arm_url, is_arm, origin
from pytest_aci.recording.exchange import Request, Response, Via, decoded
from pytest_aci.recording.placeholders import ARM, Numbers
from pytest_aci.recording.routes import ARM_HEADERS, route_of
from pytest_aci.recording.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pytest_aci.recording.own_http import Options

URL_HEADERS = frozenset({"location", "azure-asyncoperation"})


class Redactor:
    """Turns real requests and answers into what a cassette may hold.

    The same identity is replaced by the same constant in URL, headers, JSON and prose. Redacting twice is
    redacting once, so a replayed request goes through the same functions before it is looked up.
    Safe to use from several threads; one serves a whole run.
    """

    def __init__(self, options: Options | None = None, addresses: Addresses | None = None) -> None:
        self.options = options or own_http.Options()
        self.addresses = addresses or Addresses()
        self.vocabulary = Vocabulary()
        self._endpoints: frozenset[str] = frozenset()

    def learn(self, real: str, constant: str) -> None:
        """`constant` stands for `real` from now on. A URL that `ARM` stands for is an endpoint of ARM."""
        if constant == ARM and real != ARM:
            self._endpoints |= {origin(real)}
        self.vocabulary.learn(real.rstrip("/"), constant)

    def secret(self, value: str) -> None:
        """The value is replaced wherever it appears from now on, in any encoding."""
        self.vocabulary.secret(value)

    def is_arm(self, url: str) -> bool:
        """Whether a URL belongs to ARM: a cloud's, or an endpoint that was learned as one."""
        return is_arm(url, self._endpoints)

    def request(self, request: Request, via: Via, numbers: Numbers) -> Request:
        """The request as a cassette holds it. Credentials in its headers become known secrets."""
        for credential in own_http.credentials(request.headers):
            self.secret(credential)
        if via != "arm" and not self.is_arm(request.url):
            return own_http.redacted_request(request, self.options, self.vocabulary)
        known = self._known(numbers)
        url, route = arm_url(request.url, known)
        return Request(request.method.upper(), url, (), redacted_body(request.body, route, known, self.addresses))

    def response(self, request: Request, response: Response, via: Via, numbers: Numbers) -> Response:
        """The answer to a request as a cassette holds it."""
        response = decoded(response)
        if via != "arm" and not self.is_arm(request.url):
            return own_http.redacted_response(response, self.options, self.vocabulary)
        known = self._known(numbers)
        headers = tuple(
            (name.lower(), arm_url(value, known)[0] if name.lower() in URL_HEADERS else self.vocabulary.replace(value))
            for name, value in sorted(response.headers, key=lambda item: item[0].lower())
            if name.lower() in ARM_HEADERS
        )
        body = redacted_body(response.body, route_of(urlsplit(request.url).path), known, self.addresses)
        return replace(response, headers=headers, body=body)

    def _known(self, numbers: Numbers) -> Known:
        return Known(self.vocabulary, numbers, self._endpoints)

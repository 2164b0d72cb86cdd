from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_aci.recording import own_http
from pytest_aci.recording.addresses import Addresses
from pytest_aci.recording.arm_body import redacted_body
from pytest_aci.recording.arm_text import Known, arm_url, is_arm, origin
from pytest_aci.recording.credentials import of_authorization
from pytest_aci.recording.exchange import Request, Response, Via, decoded
from pytest_aci.recording.masks import masked_variables
from pytest_aci.recording.placeholders import ARM, Numbers
from pytest_aci.recording.routes import ARM_HEADERS, route_of
from pytest_aci.recording.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pytest_aci.recording.own_http import Options

URL_HEADERS = frozenset({"location", "azure-asyncoperation"})


class Redactor:
    """Turns real requests and answers into what a cassette may hold.

    The same identity is replaced by the same constant in URL, headers, JSON and prose. Redacting twice is
    redacting once, so a replayed request goes through the same functions before it is looked up.
    Safe to use from several threads; one serves a whole run.
    """

    def __init__(
        self,
        options: Options | None = None,
        addresses: Addresses | None = None,
        declared: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """`declared` are the values that somebody has called secret so far: asked for again and again."""
        self.options = options or own_http.Options()
        self.addresses = addresses or Addresses()
        self.vocabulary = Vocabulary()
        self._endpoints: frozenset[str] = frozenset()
        self._declared = declared
        self._heard = 0

    def learn(self, real: str, constant: str) -> None:
        """`constant` stands for `real` from now on. A URL that `ARM` stands for is an endpoint of ARM."""
        if constant == ARM and real != ARM:
            self._endpoints |= {origin(real)}
        self.vocabulary.learn(real.rstrip("/"), constant)

    def secret(self, value: str) -> None:
        """The value is replaced wherever it appears from now on, in any encoding."""
        self.vocabulary.secret(value)

    def address(self, name: str, ip: str) -> str:
        """The address that stands in cassettes for that of a group, by its name where others have the same one."""
        known = self.vocabulary.replace(ip)
        return known if known != ip else self.addresses.of(self.vocabulary.replace(name))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is known so far."""
        self._hear()
        return self.vocabulary.secrets

    @property
    def named_secrets(self) -> dict[str, str]:
        """The same, by names that can be shown."""
        self._hear()
        return self.vocabulary.named_secrets

    def is_arm(self, url: str) -> bool:
        """Whether a URL belongs to ARM: a cloud's, or an endpoint that was learned as one."""
        return is_arm(url, self._endpoints)

    def request(self, request: Request, via: Via, numbers: Numbers) -> Request:
        """The request as a cassette holds it. Credentials in its headers become known secrets."""
        self._hear()
        if via != "arm" and not self.is_arm(request.url):
            request = decoded(request)
            for credential in self.options.names.of_request(request):
                self.secret(credential)
            return own_http.redacted_request(request, self.options, self.vocabulary)
        for credential in of_authorization(request.headers):
            self.secret(credential)
        known = self._known(numbers)
        url, route = arm_url(request.url, known)
        return Request(request.method.upper(), url, (), redacted_body(request.body, route, known, self.addresses))

    def response(self, request: Request, response: Response, via: Via, numbers: Numbers) -> Response:
        """The answer to a request as a cassette holds it."""
        self._hear()
        response = decoded(response)
        if via != "arm" and not self.is_arm(request.url):
            for credential in self.options.names.of_response(response):
                self.secret(credential)
            return own_http.redacted_response(response, self.options, self.vocabulary)
        known = self._known(numbers)
        headers = tuple(
            (name.lower(), arm_url(value, known)[0] if name.lower() in URL_HEADERS else self.vocabulary.replace(value))
            for name, value in sorted(response.headers, key=lambda item: item[0].lower())
            if name.lower() in ARM_HEADERS
        )
        body = redacted_body(response.body, route_of(urlsplit(request.url).path), known, self.addresses)
        return replace(response, headers=headers, body=body)

    def fingerprint(self, spec: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """A spec as the header of a cassette holds it: without plain variables that look like secrets."""
        return None if spec is None else masked_variables(spec, self.options.names)

    def cleaned(self, response: Response) -> Response:
        """A redacted answer without the secrets that became known since."""
        return own_http.cleaned(response, self.vocabulary)

    def _hear(self) -> None:
        """Learn what was declared a secret since the last time."""
        declared = self._declared()
        if len(declared) > self._heard:
            self._heard = len(declared)
            for value in declared:
                self.vocabulary.secret(value, "a Secret")

    def _known(self, numbers: Numbers) -> Known:
        return Known(self.vocabulary, numbers, self._endpoints, self.options.names)

"""How each kind of string in an ARM conversation becomes what a cassette may hold."""

from __future__ import annotations

import base64
import contextlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pytest_aci.recording.credentials import Names
from pytest_aci.recording.placeholders import (
    ARM,
    SECRET,
    SOMEBODY,
    ZERO_CONTAINER,
    ZERO_GUID,
    ZERO_NONCE,
    Numbers,
    redacted,
)
from pytest_aci.recording.routes import CAPABILITY_KEYS, QUERY_KEYS, Field, Route, route_of
from pytest_aci.recording.times import settled_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_aci.recording.vocabulary import Vocabulary

ARM_HOSTS = frozenset({"management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn"})

SESSION = "wss://exec.example/"
"""Where a recorded exec seems to talk to."""

TENANT = ZERO_GUID
PRINCIPAL = "00000000-0000-0000-0000-000000000001"
CLIENT = "00000000-0000-0000-0000-000000000002"

_SUBSCRIPTION = re.compile(r"/subscriptions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.+/-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?![\w:])", re.IGNORECASE)
_CONTAINER_ID = re.compile(r"(?<![0-9a-f:])[0-9a-f]{64}(?![0-9a-f])")  # a digest has `sha256:` before it, and stays
_SCOPED_HOST = re.compile(r"([\w-]+)\.[\w-]+\.([\w-]+\.azurecontainer\.\w+)", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)([^/@\s]+)@")


@dataclass(frozen=True, slots=True)
class Known:
    """What one redaction may use: the run's vocabulary, the cassette's numbers, ARM's endpoints, names of secrets."""

    vocabulary: Vocabulary
    numbers: Numbers
    endpoints: frozenset[str]
    names: Names = field(default_factory=Names)
    seeks_secrets: bool = True
    """Whether to look for known secrets. A body that was looked through as a whole need not be again, by value."""

    def replace(self, text: str) -> str:
        """The text with constants in place of everything that is known."""
        return self.vocabulary.replace(text) if self.seeks_secrets else self.vocabulary.replace_identities(text)


def origin(url: str) -> str:
    """Scheme, host and port of a URL, in lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_arm(url: str, endpoints: frozenset[str]) -> bool:
    """Whether a URL belongs to ARM: a cloud's, or one of these endpoints."""
    return urlsplit(url).hostname in ARM_HOSTS or origin(url) in endpoints


def arm_url(url: str, known: Known) -> tuple[str, Route]:
    """The URL with constants, its query sorted and reduced to what is known, and the route that it belongs to."""
    path, route, pairs = _taken_apart(url)
    if route.is_status:  # an operation's name is a job token or a guid: both tell, and both differ each time
        before, _, operation = path.rpartition("/")
        path = f"{before}/{known.numbers.of(unquote(operation))}"
    keys = [
        (key, known.replace(value) if key.lower() in QUERY_KEYS else redacted(value))
        for key, value in pairs
        if not (route.is_status and key in CAPABILITY_KEYS)
    ]
    query = urlencode(sorted(keys), quote_via=quote, safe="$',:")
    return ARM + _identities(path, known) + (f"?{query}" if query else ""), route


@lru_cache(maxsize=4096)
def _taken_apart(url: str) -> tuple[str, Route, tuple[tuple[str, str], ...]]:
    """The path of a URL, its route, and the pairs of its query."""
    parts = urlsplit(url)
    path = "/" + parts.path.strip("/")
    return path, route_of(path), tuple(parse_qsl(parts.query, keep_blank_values=True))


def string(field: Field, value: str, known: Known) -> str:
    """One string of a body, by the field that its schema names."""
    return _RULES[field](value, known) if value else value


def _identities(value: str, known: Known) -> str:
    for subscription in _SUBSCRIPTION.findall(value) if "/" in value else ():
        known.vocabulary.learn(subscription, ZERO_GUID)
    return known.numbers.replace(known.replace(value))


def _keep(value: str, known: Known) -> str:
    if "://" not in value:
        return _identities(value, known)
    if is_arm(value, known.endpoints):
        return arm_url(value, known)[0]
    for user in _USER_INFO.findall(value):
        known.vocabulary.secret(unquote(user.partition(":")[2] or user))
    return _identities(_USER_INFO.sub("", value), known)


def _plain(value: str, known: Known) -> str:
    return known.replace(value)


def _prose(value: str, known: Known) -> str:
    return _CONTAINER_ID.sub(ZERO_CONTAINER, _MAIL.sub(SOMEBODY, settled_text(_keep(value, known))))


def _log(value: str, known: Known) -> str:
    return settled_text(known.replace(value))


def _secret(value: str, known: Known) -> str:
    known.vocabulary.secret(value)
    return SECRET


def _encoded_secret(value: str, known: Known) -> str:
    with contextlib.suppress(ValueError):  # what is no text can only be searched for as it is
        known.vocabulary.secret(base64.b64decode(value, validate=True).decode())
    return _secret(value, known)


def _session(value: str, known: Known) -> str:
    if value.startswith(SESSION):
        return value
    known.vocabulary.secret(value)
    return SESSION + known.numbers.of(value)


def _host(value: str, known: Known) -> str:
    scoped = _SCOPED_HOST.fullmatch(value)
    if scoped:
        known.vocabulary.learn(value, f"{scoped[1]}.{ZERO_NONCE}.{scoped[2]}")
    return _keep(value, known)


def _unknown(value: str, _known: Known) -> str:
    return redacted(value)


def _identity(constant: str) -> Callable[[str, Known], str]:
    def rule(value: str, known: Known) -> str:
        known.vocabulary.learn(value, constant)
        return constant

    return rule


_RULES: Mapping[Field, Callable[[str, Known], str]] = {
    Field.KEEP: _keep,
    Field.PLAIN: _plain,
    Field.NAMED: _plain,
    Field.TAG: _plain,
    Field.PROSE: _prose,
    Field.LOG: _log,
    Field.TENANT: _identity(TENANT),
    Field.PRINCIPAL: _identity(PRINCIPAL),
    Field.CLIENT: _identity(CLIENT),
    Field.SECRET: _secret,
    Field.ENCODED_SECRET: _encoded_secret,
    Field.ADDRESS: _plain,
    Field.HOST: _host,
    Field.SESSION: _session,
    Field.UNKNOWN: _unknown,
}

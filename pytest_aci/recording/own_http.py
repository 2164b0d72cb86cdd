"""What a cassette holds of the HTTP that a test does itself: headers by allow-list, bodies kept, secrets replaced."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pytest_aci.recording.bodies import dumped, parsed, style_of
from pytest_aci.recording.exchange import Headers, Request, Response, header
from pytest_aci.recording.masks import masked
from pytest_aci.recording.placeholders import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.recording.vocabulary import Vocabulary

REQUEST_HEADERS = frozenset({"accept", "content-type", "range", "if-match", "if-none-match"})
RESPONSE_HEADERS = frozenset(
    {
        "accept-ranges",
        "allow",
        "cache-control",
        "content-disposition",
        "content-language",
        "content-range",
        "content-type",
        "link",
        "location",
        "retry-after",
    }
)
"""Headers that are kept. Cookies, dates, servers and request ids are not."""

SIGNATURES = frozenset(
    {
        "access_token",
        "api_key",
        "apikey",
        "id_token",
        "password",
        "refresh_token",
        "secret",
        "sig",
        "signature",
        "token",
    }
)
"""Query keys whose values are secrets wherever they are met."""

DEFAULT_PORTS = {"http": 80, "https": 443}

LONG_ENOUGH = 12
"""A credential found in a header is searched for elsewhere when it has at least so many characters: not "test"."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a user adds to the rules: header names and query keys in lower case, paths in JSON (`$.a.b`, `$..key`)."""

    keep_headers: frozenset[str] = frozenset()
    redact_headers: frozenset[str] = frozenset()
    redact_query: frozenset[str] = frozenset()
    redact_json: tuple[str, ...] = ()


def credentials(headers: Headers) -> Iterator[str]:
    """The secrets that the headers of a request carry: bearer tokens, and passwords of basic authentication."""
    for name in ("Authorization", "Proxy-Authorization"):
        scheme, _, value = header(headers, name).partition(" ")
        if len(value) >= LONG_ENOUGH:
            yield value
        if scheme.lower() == "basic":
            try:
                _, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError:
                continue
            if len(password) >= LONG_ENOUGH:
                yield password


def redacted_request(request: Request, options: Options, vocabulary: Vocabulary) -> Request:
    """The request as a cassette holds it."""
    return Request(
        request.method.upper(),
        normal_url(request.url, options, vocabulary),
        _headers(request.headers, REQUEST_HEADERS, options, vocabulary),
        _body(request.body, options, vocabulary),
    )


def redacted_response(response: Response, options: Options, vocabulary: Vocabulary) -> Response:
    """The answer as a cassette holds it."""
    headers = _headers(response.headers, RESPONSE_HEADERS | {"content-encoding"}, options, vocabulary)
    return replace(response, headers=headers, body=_body(response.body, options, vocabulary))


def normal_url(url: str, options: Options, vocabulary: Vocabulary) -> str:
    """The URL without user, default port and fragment, with constants for identities and for secret query keys."""
    parts = urlsplit(vocabulary.replace(url))
    host = parts.netloc.rpartition("@")[2].lower()
    name, _, port = host.rpartition(":")
    if port == str(DEFAULT_PORTS.get(parts.scheme)):
        host = name
    hidden = SIGNATURES | options.redact_query
    query = parts.query
    if query and any(key.lower() in hidden for key, _ in parse_qsl(query, keep_blank_values=True)):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([(key, SECRET if key.lower() in hidden else value) for key, value in pairs], quote_via=quote)
    return urlunsplit((parts.scheme, host, parts.path or "/", query, ""))


def _headers(headers: Headers, kept: frozenset[str], options: Options, vocabulary: Vocabulary) -> Headers:
    allowed = kept | options.keep_headers | options.redact_headers
    return tuple(
        (name.lower(), SECRET if name.lower() in options.redact_headers else vocabulary.replace(value))
        for name, value in sorted(headers, key=lambda item: item[0].lower())
        if name.lower() in allowed
    )


def _body(body: bytes, options: Options, vocabulary: Vocabulary) -> bytes:
    """The body, byte for byte, unless it holds something that must not be kept."""
    text = body.decode("utf-8", "surrogateescape")
    if options.redact_json or "\\u" in text or vocabulary.holds(text):
        text = vocabulary.replace(_clean_json(text, options, vocabulary))
    return text.encode("utf-8", "surrogateescape")


def _clean_json(text: str, options: Options, vocabulary: Vocabulary) -> str:
    """JSON with its values redacted one by one, in the style it had; a text that is no JSON as it is."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        document = parsed(text)
    except ValueError:
        return text
    clean = _replaced(document, vocabulary)
    for path in options.redact_json:
        clean = masked(clean, path)
    return text if clean == document else dumped(clean, style_of(text, document) or "compact")


def _replaced(node: Any, vocabulary: Vocabulary) -> Any:
    if isinstance(node, dict):
        return {vocabulary.replace(key): _replaced(item, vocabulary) for key, item in node.items()}
    if isinstance(node, list):
        return [_replaced(item, vocabulary) for item in node]
    return vocabulary.replace(node) if isinstance(node, str) else node

"""What a cassette holds of the HTTP that a test does itself: headers by allow-list, bodies kept, secrets replaced."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pytest_aci.recording.bodies import dumped, parsed, style_of
from pytest_aci.recording.credentials import Names
from pytest_aci.recording.exchange import Headers, Request, Response, header
from pytest_aci.recording.masks import masked
from pytest_aci.recording.placeholders import SECRET

if TYPE_CHECKING:
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

DEFAULT_PORTS = {"http": 80, "https": 443}

_PLACEHOLDER = re.compile(re.escape(SECRET) + "|%3Credacted(?::|%3A)secret%3E", re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)')


@dataclass(frozen=True, slots=True)
class Options:
    """What a user adds to the rules: header names and query keys in lower case, paths in JSON (`$.a.b`, `$..key`).

    `names` are those that mean a credential.
    """

    keep_headers: frozenset[str] = frozenset()
    redact_headers: frozenset[str] = frozenset()
    redact_query: frozenset[str] = frozenset()
    redact_json: tuple[str, ...] = ()
    names: Names = field(default_factory=Names)


def redacted_request(request: Request, options: Options, vocabulary: Vocabulary) -> Request:
    """The request as a cassette holds it.

    In replay, a client may send on the placeholder that it was answered: forms and URLs encode it, as no secret was.
    """
    request = _with_constant_boundary(request)
    body = _body(request.body, options, vocabulary).decode("utf-8", "surrogateescape")
    return Request(
        request.method.upper(),
        normal_url(request.url, options, vocabulary),
        _headers(request.headers, REQUEST_HEADERS, options, vocabulary),
        _PLACEHOLDER.sub(SECRET, body).encode("utf-8", "surrogateescape"),
    )


def redacted_response(response: Response, options: Options, vocabulary: Vocabulary) -> Response:
    """The answer as a cassette holds it."""
    headers = _headers(response.headers, RESPONSE_HEADERS | {"content-encoding"}, options, vocabulary)
    return replace(response, headers=headers, body=_body(response.body, options, vocabulary))


def cleaned(response: Response, vocabulary: Vocabulary) -> Response:
    """A redacted answer without the secrets that became known since it was redacted."""
    headers = tuple((name, vocabulary.replace(value)) for name, value in response.headers)
    return replace(response, headers=headers, body=_body(response.body, Options(), vocabulary))


def _with_constant_boundary(request: Request) -> Request:
    """The request with a constant between the parts of its body: clients choose a random one each time."""
    found = _BOUNDARY.search(header(request.headers, "Content-Type"))
    if not found:
        return request
    real, constant = found[1], "boundary"
    headers = tuple((name, value.replace(real, constant)) for name, value in request.headers)
    return replace(request, headers=headers, body=request.body.replace(real.encode(), constant.encode()))


def normal_url(url: str, options: Options, vocabulary: Vocabulary) -> str:
    """The URL without user, default port and fragment, with constants for identities and for secret query keys."""
    parts = urlsplit(vocabulary.replace(url))
    host = parts.netloc.rpartition("@")[2].lower()
    name, _, port = host.rpartition(":")
    if port == str(DEFAULT_PORTS.get(parts.scheme)):
        host = name
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(_is_hidden(*pair, options) for pair in pairs):
        query = urlencode(
            [(key, SECRET if _is_hidden(key, value, options) else value) for key, value in pairs], quote_via=quote
        )
    normal = urlunsplit((parts.scheme, host, parts.path or "/", query, ""))
    return _PLACEHOLDER.sub(quote(SECRET, safe=""), normal)


def _is_hidden(key: str, value: str, options: Options) -> bool:
    return key.lower() in options.redact_query or options.names.hide(key, value)


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

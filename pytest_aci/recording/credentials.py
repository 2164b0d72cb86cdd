"""Credentials in a test's own HTTP: where they stand by their nature, they are found, and are secrets everywhere."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from pytest_aci.recording.exchange import header
from pytest_aci.recording.proof import TELLING_NAME, is_telling
from pytest_aci.secret_signs import BEFORE_NAME, MASK, is_name, looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_aci.recording.exchange import Headers, Request, Response

NAMES_OF_LONG: Final = frozenset({"code", "key"})
"""Names that mean a credential only if the value is long: of Azure Functions, and of OAuth."""

LONG: Final = 20

URL_HEADERS: Final = frozenset({"link", "location"})
"""Headers of answers in which URLs stand, perhaps with a password, or with a signature or a token."""

IDENTITY_HOSTS = frozenset(
    {
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
        "login.windows.net",
        "sts.windows.net",
        "169.254.169.254",
    }
)
IDENTITY_DOMAINS = (".actions.githubusercontent.com",)
IDENTITY_PATHS = ("/oauth2/token", "/oauth2/v2.0/token", "/msi/token", "/oidctoken")
"""Where tokens are handed out: hosts, every host of a domain, and ends of paths on others."""

_SEPARATORS = re.compile(r"[-_.\s]")
_QUERY = re.compile(rf"{BEFORE_NAME}([\w.%\[\]-]+)=([^&\s\"'<>#\\]+)")
_USER_INFO = re.compile(r"://[^/\s:@?#\"'<>]*:([^/\s@?#\"'<>]+)@(?!sha256:)")  # an image has a tag there
_FORM = re.compile(r"[\w.%+~\[\]-]+=[^\s{}<>]*")
_PART = re.compile(r'name="([^"\r\n]+)"\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]+)')


@dataclass(frozen=True, slots=True)
class Names:
    """Which names mean a credential: all that are known, but for those that a user wants to be kept."""

    kept: frozenset[str] = frozenset()

    def hide(self, name: str, value: str) -> bool:
        """Whether what stands under a name is a credential, be it worth searching for or not."""
        plain = normal(name)
        return plain not in self.kept and (is_name(name) or (plain in NAMES_OF_LONG and len(value) >= LONG))

    def mark(self, name: object, value: object) -> bool:
        """Whether the value of a variable is a secret, by its name or by its form."""
        is_plain = isinstance(value, str) and value not in ("", MASK)
        return is_plain and normal(str(name)) not in self.kept and looks_secret(str(name), str(value))

    def of_request(self, request: Request) -> Iterator[str]:
        """Every credential that a request carries and that is worth searching for elsewhere."""
        yield from of_authorization(request.headers)
        parts = urlsplit(request.url)
        found = [(name, value) for name, value in request.headers if self._tells(name)]
        found += [("", unquote(parts.password))] if parts.password else []
        found += self._of_urls(request.url)
        found += self._of_body(request.body)
        yield from dict.fromkeys(value for _, value in found if is_telling(value))
        yield from _of_cookies(value for name, value in request.headers if name.lower() == "cookie")

    def of_response(self, response: Response) -> Iterator[str]:
        """The same of an answer."""
        found = [(name, value) for name, value in response.headers if self._tells(name)]
        for name, value in response.headers:
            found += self._of_urls(value) if name.lower() in URL_HEADERS else []
        found += self._of_body(response.body)
        yield from dict.fromkeys(value for _, value in found if is_telling(value))
        cookies = (value.partition(";")[0] for name, value in response.headers if name.lower() == "set-cookie")
        yield from _of_cookies(cookies)

    def _tells(self, name: str) -> bool:
        return bool(TELLING_NAME.search(name)) and normal(name) not in self.kept

    def _of_urls(self, text: str) -> list[tuple[str, str]]:
        """What queries and fragments of all URLs in a text hold, and passwords: as it stands there, and decoded."""
        pairs = [(name, value) for name, value in _QUERY.findall(text) if self.hide(unquote(name), value)]
        passwords = [("", spelling) for found in _USER_INFO.findall(text) for spelling in (found, unquote(found))]
        return list(dict.fromkeys([*pairs, *((name, unquote_plus(value)) for name, value in pairs), *passwords]))

    def _of_body(self, body: bytes) -> list[tuple[str, str]]:
        text = body.decode("utf-8", "replace")
        urls: list[str] = [text]
        if text.lstrip()[:1] in ("{", "["):
            document = _parsed(text)
            pairs = list(_pairs(document or [_parsed(line) for line in text.splitlines()]))
            urls = [value for _, value in pairs] if document else urls
        elif _FORM.match(text):
            pairs = parse_qsl(text)
        else:
            pairs = _PART.findall(text) if text.startswith("--") else []
        in_urls = [pair for url in urls for pair in self._of_urls(url)]
        return [*(pair for pair in pairs if self.hide(*pair)), *in_urls]


def is_identity(url: str) -> bool:
    """Whether a URL is one at which tokens are handed out: nothing of that is ever recorded."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (
        host in IDENTITY_HOSTS
        or host.endswith(IDENTITY_DOMAINS)
        or parts.path.lower().rstrip("/").endswith(IDENTITY_PATHS)
    )


def normal(name: str) -> str:
    """A name in lower case and without separators: `clientSecret`, `client-secret` and `CLIENT_SECRET` are one."""
    return _SEPARATORS.sub("", name).lower()


def of_authorization(headers: Headers) -> Iterator[str]:
    """Bearer tokens, and passwords of basic authentication."""
    for name in ("Authorization", "Proxy-Authorization"):
        scheme, _, value = header(headers, name).partition(" ")
        if is_telling(value):
            yield value
        if scheme.lower() == "basic":
            try:
                _, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError:
                continue
            if is_telling(password):
                yield password


def _of_cookies(cookies: Iterable[str]) -> Iterator[str]:
    for cookie in cookies:
        for pair in cookie.split(";"):
            value = pair.partition("=")[2].strip().strip('"')
            if is_telling(value) and len(value) >= LONG:
                yield value


def _parsed(text: str) -> Any:
    """The JSON document that a text is, or `None`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pairs(node: Any) -> Iterator[tuple[str, str]]:
    """Every text in a JSON document, with the name under which it stands."""
    if isinstance(node, dict):
        for name, item in node.items():
            if isinstance(item, str):
                yield name, item
            else:
                yield from _pairs(item)
    elif isinstance(node, list):
        for item in node:
            yield from [("", item)] if isinstance(item, str) else _pairs(item)

from __future__ import annotations

import base64
import binascii
import html
import json
import os
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from pytest_aci.recording.bodies import from_file
from pytest_aci.recording.forms import forms
from pytest_aci.recording.placeholders import PLACEHOLDER
from pytest_aci.recording.routes import KEYS
from pytest_aci.secret_signs import NAME, SHORTEST, SHORTEST_TELLING, certain_in, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DEPTH: Final = 3
"""How many encodings around one another are undone."""

LONGEST: Final = 16 * 1024 * 1024
"""Bytes to which compressed data is undone."""

TELLING_NAME = re.compile(rf"key|secret|token|passw|pwd|credential|sas|{NAME}$", re.IGNORECASE)
"""Environment variables and headers whose names match hold secrets, if their values may be some."""

SHORTEST_WORD: Final = 14
"""Letters from which on a word in one case is searched for: names of images, such as postgres, are shorter."""

SHORTEST_NUMBER: Final = 7
"""Digits from which on a number is."""

OWN_WORDS = frozenset(
    {"owner", "recorded", "against", "fingerprint", "addresses", "interactions", "request", "response"}
    | {"method", "status", "headers", "base64", "api-versions", "sha256", "reason", "pytest-aci cassette"}
    | KEYS
)
"""Words of the file format itself, and of ARM's documents: a secret that is one of them is none."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_LINE_END = r"(?:\r|\\r)?(?:\n|\\n)[ \t]*"
_WRAPPED = re.compile(rf"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{{20,}}{_LINE_END})+[A-Za-z0-9+/_-]+=*")
_USER_INFO = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){6,}")
_PATH = re.compile(r"(?:~|\.\.?|[A-Za-z]:)?(?:[/\\][\w. -]{1,23})+[/\\]?")
_ESCAPE = re.compile(r'\\(u[0-9A-Fa-f]{4}|["\\/bfnrt])')
_ESCAPES = {**{one: one for one in '"\\/'}, "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ENTITY = re.compile(r"&#?\w+;")
_GZIP, _ZLIB = b"\x1f\x8b\x08", (b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x78\x5e")
_GZIP_TEXT = _GZIP.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret in a cassette: what it is called, the place of the field, and how it was encoded. Never the value."""

    name: str
    place: str
    encoding: str

    def __str__(self) -> str:
        return f"{self.place}: {self.name} ({self.encoding})"


def environment_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The values of environment variables that look like secrets, by a name that can be shown.

    So do passwords in URLs, whatever their variable is called, and fields of JSON that are called like secrets.
    Words, numbers and paths are left out: "postgres" as a password protects nothing, and is found everywhere.
    """
    return {
        place: value
        for name in list(environment)  # by name: what pytest sets for each test may go away while it is read
        for place, value in _secrets_of(name, environment.get(name, ""))
        if is_telling(value)
    }


def _secrets_of(name: str, value: str) -> Iterator[tuple[str, str]]:
    variable = f"the environment variable {name}"
    if TELLING_NAME.search(name):
        yield variable, value
    for number, password in enumerate(_USER_INFO.findall(value)):
        yield f"the password in {variable}" + (f" ({number + 1})" if number else ""), unquote(password)
    if value.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):  # it only looks like JSON
            for place, inside in _strings_in(json.loads(value), ""):
                if is_name(place):
                    yield f"{place} in {variable}", inside


def objections(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Why the text of a cassette must not be kept: where it holds one of these secrets, or what can be nothing else."""
    layers = _all_layers(text)
    everything = _joined(layers)
    certain: dict[str, str] = {}
    for place, layer, undone in layers if certain_in(everything) else []:
        if kind := certain_in(undone):
            certain.setdefault(kind, f"{place}: looks like: {kind}" + (f" (in {layer})" if layer else ""))
    return [*map(str, _leaks(layers, everything, secrets)), *certain.values()]


def leaks(text: str, secrets: Mapping[str, str]) -> list[Leak]:
    """Where the text of a cassette still holds one of these secrets (name to value), in whatever encoding."""
    layers = _all_layers(text)
    return _leaks(layers, _joined(layers), secrets)


def _leaks(layers: list[tuple[str, str, str]], everything: str, secrets: Mapping[str, str]) -> list[Leak]:
    found: dict[str, Leak] = {}
    for name, value in secrets.items():
        if not is_searchable(value) or any(value in word for word in OWN_WORDS):
            continue
        for encoding, spelling in forms(value).items():
            if name not in found and spelling in everything:
                place, layer = next((place, layer) for place, layer, undone in layers if spelling in undone)
                found[name] = Leak(name, place, " in ".join(filter(None, (encoding, layer))))
    return list(found.values())


def _all_layers(text: str) -> list[tuple[str, str, str]]:
    """Everything that a cassette says once: its place, the encodings that were undone, and what it is without them."""
    first_place: dict[str, str] = {}
    for place, string in _strings(text):
        first_place.setdefault(string, place)
    found: dict[str, tuple[str, str, str]] = {}
    for string, place in first_place.items():
        for layer, undone in _layers(PLACEHOLDER.sub("", string), DEPTH):
            found.setdefault(undone, (place, layer, undone))
    return list(found.values())


def _joined(layers: list[tuple[str, str, str]]) -> str:
    return "\0".join(undone for _, _, undone in layers)


def _strings(text: str) -> Iterator[tuple[str, str]]:
    """Everything that a cassette says, with its place: each string and key, each body as it is played, the file."""
    document = json.loads(text)
    yield from _strings_in(document, "")
    for index, interaction in enumerate(document["interactions"]):
        for side in ("request", "response"):
            place = f"interactions[{index}].{side}"
            body = _inflated(from_file(interaction[side]))
            yield place, body.decode("utf-8", "replace")
            yield place, body.decode("latin-1")
    yield "the file", text


def _strings_in(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _strings_in(item, f"{place}[{index}]")
    elif isinstance(node, dict):
        for key, item in node.items():
            yield f"{place} (a key)", key
            yield from _strings_in(item, f"{place}.{key}" if place else key)


def _layers(string: str, depth: int) -> Iterator[tuple[str, str]]:
    """The string, and what it is when base64, hexadecimal, compression and the escapes of others are undone."""
    yield "", string
    if not depth:
        return
    for name, raw in _undone(string):
        yield name, raw.decode("latin-1")
        for inner, undone in _layers(raw.decode("utf-8", "replace"), depth - 1):
            yield " in ".join(filter(None, (inner, name))), undone


def _undone(string: str) -> Iterable[tuple[str, bytes]]:
    if _GZIP_TEXT in string:
        yield "gzip", _inflated(string.encode("latin-1", "replace"))
    for name, sign, plain in _ESCAPED:
        if sign in string and (unescaped := plain(string)) != string:
            yield name, unescaped.encode("utf-8", "replace")
    for match in _HEX.finditer(string):
        yield "hex", _inflated(bytes.fromhex(match[0]))
    words = [match[0] for match in _BASE64.finditer(string)]
    wrapped = [re.sub(_LINE_END, "", match[0]) for match in _WRAPPED.finditer(string)]
    for word in words + wrapped:
        raw = _from_base64(word)
        if raw is not None:
            yield "base64", _inflated(raw)


def _without_json(string: str) -> str:
    return _ESCAPE.sub(_unescaped, string)


def _without_html(string: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), string)


_ESCAPED = (
    ("JSON escapes", "\\u", _without_json),
    ("URL encoding", "%", unquote),
    ("HTML escapes", "&", _without_html),
)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1]) or chr(int(found[1][1:], 16))


def _from_base64(text: str) -> bytes | None:
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None


def _inflated(raw: bytes) -> bytes:
    """What gzip data, wherever it begins, or zlib data holds, up to a limit; anything else as it is."""
    begin = raw.find(_GZIP)
    if begin < 0 and not raw.startswith(_ZLIB):
        return raw
    try:
        return raw[: max(begin, 0)] + zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw[max(begin, 0) :], LONGEST)
    except zlib.error:
        return raw


def is_telling(value: str) -> bool:
    """Whether what is called a secret may be one: neither short, a number, a word in one case, nor a list of paths."""
    is_plain = value.isdigit() or _is_word(value) or all(_PATH.fullmatch(part) for part in value.split(os.pathsep))
    return len(value) >= SHORTEST_TELLING and not is_plain


def is_searchable(value: str) -> bool:
    """Whether a secret can be searched for: neither short, nor such a word or number as is found everywhere."""
    shortest = SHORTEST_WORD if _is_word(value) else SHORTEST_NUMBER if value.isdigit() else SHORTEST
    return len(value) >= shortest


def _is_word(value: str) -> bool:
    return value.isalpha() and value in (value.lower(), value.upper())

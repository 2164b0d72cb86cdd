"""Specs as plain JSON: what is compared, hashed, remembered by a cassette and shown when it has changed."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

from pytest_aci.secret_signs import MASK
from pytest_aci.spec.images import slug
from pytest_aci.spec.secret import Secret
from pytest_aci.spec.values import EnvVar, SecretVolume

if TYPE_CHECKING:
    from collections.abc import Iterator

STEM_LENGTH = 46  # as in cleanup/ownership.py, which stands on a higher floor


def plain(value: Any, *, reveal: bool) -> Any:
    """*value* as JSON; fields at their default are left out, so that a field added later changes no fingerprint.

    A secret appears as `<secret>` unless *reveal* is true. Environment variables become a mapping by name.
    """
    if isinstance(value, Secret):
        return value.reveal() if reveal else MASK
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": value.kind} if hasattr(value, "kind") else {}
        told = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if _is_told(value, field)}
        return kind | {name: plain(part, reveal=reveal) for name, part in told.items()}
    if isinstance(value, tuple) and value and all(isinstance(item, EnvVar) for item in value):
        # A secure variable is told apart from a plain one even where both show their value.
        return {
            item.name: {"secure": plain(item.value, reveal=True)}
            if reveal and isinstance(item.value, Secret)
            else plain(item.value, reveal=reveal)
            for item in value
        }
    if isinstance(value, tuple) and value and all(isinstance(item, tuple) and len(item) == 2 for item in value):  # noqa: PLR2004 # name and value
        return {str(name): plain(part, reveal=reveal) for name, part in value}
    if isinstance(value, tuple):
        return [plain(item, reveal=reveal) for item in value]
    return value


def _is_told(part: Any, field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING or getattr(part, field.name) != field.default


def secrets_in(value: Any) -> tuple[Secret, ...]:
    """Every different non-empty secret inside *value*; of a secret file both its base64 form and its text."""
    return tuple(dict.fromkeys(secret for secret in _secrets(value) if secret.reveal()))


def _secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, SecretVolume):
        for secret in _secrets(value.files):
            yield from both_forms(secret)
    elif isinstance(value, tuple):
        for item in value:
            yield from _secrets(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _secrets(getattr(value, field.name))


def both_forms(encoded: Secret) -> Iterator[Secret]:
    """A base64-encoded secret, and the text it stands for where it is text."""
    yield encoded
    try:
        yield Secret(base64.b64decode(encoded.reveal(), validate=True).decode())
    except ValueError:  # not base64, or not text
        return


def canonical(document: Any) -> str:
    """*document* as the one JSON text that equal documents share."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(document: Any) -> str:
    """The SHA-256 of *document* as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def stem(kind: str, image: str, masked: Any) -> str:
    """`<kind>-<image>-<6 hexadecimal digits of the masked fingerprint>`, a valid start of a group's name."""
    tail = digest(masked)[:6]
    middle = slug(image)[: STEM_LENGTH - len(kind) - len(tail) - 2].rstrip("-")
    return "-".join(part for part in (kind, middle, tail) if part)

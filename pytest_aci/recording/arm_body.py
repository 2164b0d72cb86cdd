from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_aci.recording.addresses import Addresses, is_documentation
from pytest_aci.recording.arm_text import string
from pytest_aci.recording.placeholders import SECRET
from pytest_aci.recording.routes import ERRORS, TAGS, Field, Route, Schema
from pytest_aci.recording.times import settled

if TYPE_CHECKING:
    from pytest_aci.recording.arm_text import Known

SHARED = "127.0.0.1"
"""What every group of an emulator has on some systems, and servers of the test too: only with a port is it a group's.
"""

_HIDDEN = (Field.SECRET, Field.ENCODED_SECRET)


def redacted_body(body: bytes, route: Route, known: Known, addresses: Addresses) -> bytes:
    """A body of ARM with everything replaced that the route's schema does not keep: compact JSON, in its own order."""
    if not body.strip():
        return b""
    text = body.decode("utf-8-sig", "replace")
    try:
        document = settled(json.loads(text))
    except (ValueError, RecursionError):  # a gateway's page instead of an answer
        return string(Field.PROSE, text, known).encode("utf-8", "replace")
    _learn_addresses(document, known, addresses)
    schema = {**(route.body if isinstance(route.body, dict) else {}), **ERRORS}
    vocabulary = known.vocabulary
    learned = len(vocabulary.secrets)
    calm = replace(known, seeks_secrets="\\u" in text or vocabulary.holds_secret(text))
    clean = _value(schema, document, calm)
    if len(vocabulary.secrets) > learned:  # one that its own field gave away may stand elsewhere in the same document
        clean = _value(schema, document, replace(known, seeks_secrets=True))
    return json.dumps(clean, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _learn_addresses(document: Any, known: Known, addresses: Addresses) -> None:
    """Choose the documentation address of every group that an answer shows with a real one."""
    if not isinstance(document, dict):
        return
    items = document.get("value")
    for group in items if isinstance(items, list) else [document]:
        try:
            name, place = group["name"], group["properties"]["ipAddress"]
            address = place["ip"]
        except (KeyError, TypeError):
            continue
        if isinstance(name, str) and isinstance(address, str) and address and not is_documentation(address):
            constant = addresses.of(string(Field.KEEP, name, known))
            if address == SHARED:
                place["ip"] = constant
            else:
                known.vocabulary.learn(address, constant)


def _value(schema: Schema, value: Any, known: Known) -> Any:
    if isinstance(value, dict):
        inner = schema if isinstance(schema, dict) else {"*": schema}
        other = inner.get("*", Field.UNKNOWN)
        redacted = {
            key if key in inner else string(Field.KEEP, key, known): _item(
                key, inner.get(key, other), item, value.get("name", key), known
            )
            for key, item in value.items()
        }
        return dict(sorted(redacted.items())) if "*" in inner else redacted  # a map of Azure's has no order of its own
    if isinstance(value, list):
        inside = schema[0] if isinstance(schema, list) else schema
        return [_value(inside, item, known) for item in value]
    if isinstance(value, str):
        return string(schema if isinstance(schema, Field) else Field.UNKNOWN, value, known)
    return SECRET if schema in _HIDDEN and value is not None else value


def _item(key: str, schema: Schema, item: Any, name: Any, known: Known) -> Any:
    if schema is Field.TAG and key.lower() in TAGS:
        return TAGS[key.lower()]
    if schema is Field.NAMED and known.names.mark(name if key == "value" else key, item):
        schema = Field.SECRET
    if schema in _HIDDEN and isinstance(item, str):
        known.vocabulary.secret(item, key if name == key else f"{key} of {name}")
    return _value(schema, item, known)

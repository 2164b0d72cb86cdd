"""Cassettes that vcrpy wrote as YAML or JSON (azure-cli's, pytest-recording's), read safely and made ours."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pytest_aci.errors import CassetteDamaged, SecretInCassette
from pytest_aci.recording import files
from pytest_aci.recording.credentials import is_identity
from pytest_aci.recording.exchange import Headers, Interaction, Request, Response, Via, reason_of
from pytest_aci.recording.format import Header, to_text
from pytest_aci.recording.placeholders import Numbers
from pytest_aci.recording.proof import environment_secrets, objections
from pytest_aci.recording.reading import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aci.recording.redact import Redactor

MAX_NODES: Final = 2_000_000
"""Values in one file, counted as often as aliases repeat them."""


DEEPEST: Final = 100
"""Levels of nesting; the JSON in bodies is text here, and counts for nothing."""


def convert(source: Path, owner: str, directory: Path, redactor: Redactor) -> Path:
    """Write what a cassette of vcrpy's holds as the cassette of an owner, redacted like any other; its path.

    Raises:
        CassetteDamaged: The file is no cassette of vcrpy's, or asks for more than plain data.
        SecretInCassette: The new one would hold a secret.
        CassetteUnwritable: It can not be written.
    """
    numbers = Numbers(owner)
    redacted = []
    for asked, answered in foreign_interactions(source):
        if is_identity(asked.url):
            continue
        via: Via = "arm" if redactor.is_arm(asked.url) else "http"
        request = redactor.request(asked, via, numbers)
        redacted.append(Interaction(request, redactor.response(asked, answered, via, numbers)))
    path = files.path_of(directory, owner)
    redacted = [replace(one, response=redactor.cleaned(one.response)) for one in redacted]
    text = to_text(Header(owner, {"against": f"unknown, converted from {source.name}"}), redacted)
    if places := objections(text, environment_secrets(os.environ) | redactor.named_secrets):
        raise SecretInCassette(path=path, places=places)
    files.write(path, text, root=directory)
    return path


def foreign_interactions(source: Path) -> list[tuple[Request, Response]]:
    """The requests and responses of a cassette of vcrpy's, as they stand there.

    Raises:
        CassetteDamaged: It is none.
    """
    document = _load(source)
    try:
        return [(_request(item["request"]), _response(item["response"])) for item in document["interactions"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CassetteDamaged(
            path=source, reason=f"it is no cassette of vcrpy's ({type(error).__name__}: {error})"
        ) from None


def _load(source: Path) -> Any:
    import yaml  # noqa: PLC0415 # comes with vcrpy, and only converting needs it

    try:
        if source.stat().st_size > MAX_BYTES:
            raise CassetteDamaged(path=source, reason=f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
        text = source.read_text("utf-8", errors="replace")
    except OSError as error:
        raise CassetteDamaged(path=source, reason=error.strerror or str(error)) from None
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else _load_yaml(yaml, text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line, offset = (mark.line + 1, mark.index) if mark else (None, None)
        reason = getattr(error, "problem", None) or str(error)
        if not reason or "nesting depth" in reason:  # which limit is met first depends on libyaml's version
            reason = "nested too deep"
        raise CassetteDamaged(path=source, reason=reason, line=line, offset=offset) from None
    if _nodes(document) > MAX_NODES:
        raise CassetteDamaged(path=source, reason=f"its aliases make more than {MAX_NODES} values of it")
    return document


def _load_yaml(yaml: Any, text: str) -> Any:
    """YAML as plain data only, with the one tag beyond it that Python 2 gave to text."""
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, base):  # the loader written in C crashes on what is nested too deep
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError("nested too deep")
    loader: Any = type("PlainLoader", (base,), {})
    loader.add_constructor("tag:yaml.org,2002:python/unicode", base.construct_yaml_str)
    return yaml.load(text, loader)


def _nodes(document: Any) -> int:
    """How many values a document has, aliases counted each time; counting ends beyond the limit."""
    sizes: dict[int, int] = {}

    def size(node: Any, depth: int = 0) -> int:
        if not isinstance(node, (dict, list)):
            return 1
        if id(node) not in sizes:
            if depth > DEEPEST:  # a document that holds itself
                return MAX_NODES + 1
            items = node.values() if isinstance(node, dict) else node
            sizes[id(node)] = 1 + sum(size(item, depth + 1) for item in items)
        return sizes[id(node)]

    return size(document)


def _request(fields: dict[str, Any]) -> Request:
    return Request(str(fields["method"]), str(fields["uri"]), _headers(fields["headers"]), _bytes(fields.get("body")))


def _response(fields: dict[str, Any]) -> Response:
    if "status_code" in fields:  # how vcrpy wrote httpx before release 6
        return Response(int(fields["status_code"]), "", _headers(fields["headers"]), _bytes(fields.get("content")))
    status, body = fields["status"], fields.get("body") or {}
    raw = base64.b64decode(body["base64_string"]) if "base64_string" in body else _bytes(body.get("string"))
    code = int(status["code"])
    return Response(code, str(status.get("message") or reason_of(code)), _headers(fields["headers"]), raw)


def _headers(fields: dict[str, Any] | None) -> Headers:
    return tuple(
        (str(name), str(value))
        for name, values in (fields or {}).items()
        for value in (values if isinstance(values, list) else [values])
    )


def _bytes(body: Any) -> bytes:
    if isinstance(body, dict):
        body = body.get("string") or body.get("base64_string")
    if isinstance(body, bytes):
        return body
    return b"" if body is None else str(body).encode("utf-8", "replace")

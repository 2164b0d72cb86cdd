from __future__ import annotations

import base64
import json
from typing import Any

STYLES: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "spaced": {"ensure_ascii": False},
    "indented": {"indent": 2, "ensure_ascii": False},
    "compact-ascii": {"separators": (",", ":")},
    "spaced-ascii": {},
    "indented-ascii": {"indent": 2},
}
"""The ways in which the common libraries write JSON. The first one is not named in a cassette."""

_ENCODERS = {style: json.JSONEncoder(**options) for style, options in STYLES.items()}


def parsed(text: str) -> Any:
    """The JSON value of a text.

    Raises:
        ValueError: It is no JSON, or holds NaN or infinities, or is nested too deep to be written again.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def dumped(value: Any, style: str = "compact") -> str:
    """The value as JSON in one of the `STYLES`."""
    return _ENCODERS[style].encode(value)


def style_of(text: str, value: Any) -> str | None:
    """The style in which this value was written as exactly this text, if it is one of the known ones."""
    return next((style for style in STYLES if dumped(value, style) == text), None)


def to_file(body: bytes) -> dict[str, Any]:
    """A body as the members it has in a cassette; nothing for an empty one.

    JSON stands there as a value if it can be written back byte for byte, text as its lines, and the rest in base64.
    """
    if not body:
        return {}
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}
    if text.lstrip()[:1] in ("{", "[") and "\\u" not in text:
        try:
            value = parsed(text)
            style = style_of(text, value)
        except ValueError:
            style = None
        if style == "compact":
            return {"json": value}
        if style:
            return {"json": value, "style": style}
    lines = text.splitlines(keepends=True)
    return {"text": lines if len(lines) > 1 and "".join(lines) == text else text}


def from_file(members: dict[str, Any]) -> bytes:
    """The body that `to_file` made these members from.

    Raises:
        ValueError: They are not what `to_file` makes.
    """
    if "json" in members:
        style = members.get("style", "compact")
        if style not in STYLES:
            raise ValueError(f"style {style!r} is none of {', '.join(STYLES)}")
        return dumped(members["json"], style).encode()
    if "base64" in members:
        return base64.b64decode(members["base64"], validate=True)
    text = members.get("text", "")
    return (text if isinstance(text, str) else "".join(text)).encode()

"""Reading a request body: JSON as ARM's deserialiser takes it, and complaints that say where."""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import ArmError

_STRING_OR_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]')
MAX_DEPTH = 64
"""How deep ARM's deserialiser reads."""
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def read_json(body: bytes) -> Any:
    """The JSON value in *body*.

    Raises:
        ArmError: `InvalidRequestContent` with the path, line and position of what could not be read.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"Unable to translate bytes at index {error.start} from UTF-8 to Unicode. Path '', line 0, position 0."
        raise ArmError("InvalidRequestContent", reason=reason) from None
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_bounded)
        return _well_formed(value, MAX_DEPTH)
    except json.JSONDecodeError as error:
        raise ArmError("InvalidRequestContent", reason=_syntax_error(text, error)) from None
    except RecursionError:
        reason = f"The reader's MaxDepth of {MAX_DEPTH} has been exceeded. Path '', line 1, position {MAX_DEPTH}."
        raise ArmError("InvalidRequestContent", reason=reason) from None
    except ValueError as error:
        raise ArmError("InvalidRequestContent", reason=f"{error}. Path '', line 1, position 0.") from None


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in *body*; anything else is refused like `read_json` does."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise wrong_type(value, "Object", "")
    return value


def wrong_type(value: Any, wanted: str, path: str) -> ArmError:
    """The refusal of a value that has the wrong JSON type at *path*."""
    reason = f"Error converting value {json.dumps(value)[:80]} to type '{wanted}'. Path '{path}', line 1, position 0."
    return ArmError("InvalidRequestContent", reason=reason)


def missing(name: str, path: str) -> ArmError:
    """The refusal of an object at *path* that lacks the property *name*."""
    reason = f"Required property '{name}' not found in JSON. Path '{path}', line 1, position 0."
    return ArmError("InvalidRequestContent", reason=reason)


def _syntax_error(text: str, error: json.JSONDecodeError) -> str:
    where = f"Path '{_path_at(text[: error.pos])}', line {error.lineno}, position {error.colno}."
    if error.pos >= len(text):
        return f"Unexpected end of content while reading JSON. {where}"
    if error.msg == "Extra data":
        return f"Additional text encountered after finished reading JSON content: {text[error.pos]}. {where}"
    return f"Unexpected character encountered while parsing value: {text[error.pos]}. {where}"


def _path_at(prefix: str) -> str:
    """The path of the value that begins where *prefix* ends, such as `properties.containers[0].name`."""
    path: list[str | int] = []
    last_string = ""
    for match in _STRING_OR_MARK.finditer(prefix):
        mark = match.group()
        if mark.startswith('"'):
            last_string = mark[1:-1]
        elif mark in "{[":
            path.append("" if mark == "{" else 0)
        elif mark in "}]":
            path = path[:-1]
        elif path:
            path[-1] = _next_step(path[-1], mark, last_string)
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path if step != "").lstrip(".")


def _next_step(step: str | int, mark: str, last_string: str) -> str | int:
    """Where a comma or a colon leads: to a list's next place, or to the property that was just named."""
    if isinstance(step, int):
        return step + 1 if mark == "," else step
    return last_string if mark == ":" else step


def _refuse_constant(name: str) -> Any:
    message = f"Cannot read {name} as a JSON number"
    raise ValueError(message)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        message = f"Input string '{text[:40]}' is not a valid number"
        raise ValueError(message)
    return value


def _bounded(text: str) -> int:
    # A number that .NET's Int64 can not hold is refused there; Python would take megabytes of digits.
    if len(text) > len("-9223372036854775808"):
        message = f"JSON integer {text[:24]}… is too large or small for an Int64"
        raise ValueError(message)
    return int(text)


def _well_formed(value: Any, depth: int) -> Any:
    """*value* without halves of surrogate pairs, which no UTF-8 answer can carry, and nested *depth* deep at most."""
    if depth < 0:
        raise RecursionError
    if isinstance(value, str):
        return _LONE_SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_well_formed(each, depth - 1) for each in value]
    if isinstance(value, dict):
        return {_well_formed(key, depth): _well_formed(each, depth - 1) for key, each in value.items()}
    return value

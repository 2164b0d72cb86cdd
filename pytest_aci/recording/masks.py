from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_aci.recording.placeholders import SECRET
from pytest_aci.settings.values import JSON_STEP

if TYPE_CHECKING:
    from pytest_aci.recording.credentials import Names


def masked(document: Any, path: str) -> Any:
    """The JSON document with a placeholder at a path: `$.user.token`, `$.items[*].key`, `$..password`.

    A path that is not in the document changes nothing.
    """
    return _masked(document, _steps(path))


def masked_variables(node: Any, names: Names) -> Any:
    """A spec with a placeholder for each value that looks like a secret, by its key or by the name beside it."""
    beside = node.get("name", "") if isinstance(node, dict) else ""
    return _each(
        node,
        lambda key, item: (
            SECRET if names.mark(beside if key == "value" else key, item) else masked_variables(item, names)
        ),
    )


def _steps(path: str) -> list[str]:
    steps: list[str] = []
    for anywhere, index, name in JSON_STEP.findall(path.removeprefix("$")):
        steps += (["**"] if anywhere else []) + [index or name]
    return steps


def _masked(node: Any, steps: list[str]) -> Any:
    if not steps:
        return node if node is None else SECRET
    step, rest = steps[0], steps[1:]
    if step == "**":
        node = _masked(node, rest)
        return _each(node, lambda _key, item: _masked(item, steps))
    return _each(node, lambda key, item: _masked(item, rest) if step in ("*", key) else item)


def _each(node: Any, change: Any) -> Any:
    if isinstance(node, dict):
        return {key: change(key, item) for key, item in node.items()}
    if isinstance(node, list):
        return [change(str(place), item) for place, item in enumerate(node)]
    return node

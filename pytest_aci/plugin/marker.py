from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.plugin import enlist, enlist_declared
from pytest_aci.plugin.options import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_aci.spec import GroupSpec
    from pytest_aci.spec.marker import MarkerKind

RUN_FIXTURE = "_aci_run"
KINDS: dict[str, MarkerKind] = {"aci_single": "single", "aci_sidecar": "sidecar", "aci_task": "task"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Mark what uses a fixture of ours, check every marker's keywords, and skip what no cassette can hold."""
    enlist_declared(config)
    uses_cassettes = config.stash[SETTINGS].mode.uses_cassettes
    for item in items:
        if RUN_FIXTURE in getattr(item, "fixturenames", ()) and item.get_closest_marker("aci") is None:
            item.add_marker("aci")
        marker = item.get_closest_marker("aci")
        if marker is None:
            continue
        enlist(config)
        switches = _check(item, marker)
        if uses_cassettes and switches.get("live_only"):
            item.add_marker(pytest.mark.skip(reason="live_only: it can not be replayed; run it with --aci-mode=live"))


def wished_spec(item: pytest.Item, kind: MarkerKind) -> tuple[GroupSpec, dict[str, bool]]:
    """Return the spec that the nearest marker of a test asks for, and its switches."""
    from pytest_aci.spec import from_marker, split_marker  # noqa: PLC0415 # not loaded by suites without containers

    marker = item.get_closest_marker("aci")
    keywords = _keywords(marker) if marker else {}
    keywords, switches = split_marker(keywords)
    return from_marker(kind, keywords, images=item.config.stash[SETTINGS].images), switches


def _check(item: pytest.Item, marker: pytest.Mark) -> dict[str, bool]:
    from pytest_aci.errors import SpecError, SpecWarning  # noqa: PLC0415 # not loaded by suites without containers
    from pytest_aci.spec import from_marker, split_marker  # noqa: PLC0415 # see above

    kinds = [kind for name, kind in KINDS.items() if name in getattr(item, "fixturenames", ())]
    try:
        keywords, switches = split_marker(_keywords(marker))
        for kind in kinds or _kind_by_words(keywords):
            from_marker(kind, keywords, images=item.config.stash[SETTINGS].images)
    except (SpecError, SpecWarning) as problem:  # a warning is raised where filterwarnings says error
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.aci: {problem}") from problem
    return switches


def _kind_by_words(keywords: dict[str, Any]) -> list[MarkerKind]:
    """Return how to read a marker on a test without any of the three fixtures."""
    if not keywords:
        return []
    return ["sidecar"] if "sidecar" in keywords else ["single"]


def _keywords(marker: pytest.Mark) -> dict[str, Any]:
    if len(marker.args) > 1:
        from pytest_aci.errors import Complaint, SpecError  # noqa: PLC0415 # not loaded by suites without containers

        raise SpecError(Complaint("aci", repr(marker.args), "takes one positional argument, the image"))
    return dict(marker.kwargs) | ({"image": marker.args[0]} if marker.args else {})

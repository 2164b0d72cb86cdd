"""From the words of `@pytest.mark.aci(...)` to the spec of one of the three ready-made fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.spec import builders
from pytest_aci.spec.checks import shown
from pytest_aci.spec.groups import ContainerSpec, GroupSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

MarkerKind = Literal["single", "sidecar", "task"]

MARKER_SWITCHES = ("fresh", "live_only")
MARKER_OPTIONS = frozenset({"image", "name", "sidecar"}) | builders.SINGLE_OPTIONS

# What goes with the ready-made image of a fixture; a marker's own words win.
_PRESETS: Mapping[str, Mapping[str, Any]] = {
    "single": {"ports": [80]},
    "sidecar": {"ports": [80]},
    "task": {"env": {"NumWords": "5", "MinLength": "8"}},
}


def split_marker(words: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bool]]:
    """The words of a marker that describe a group, and its switches `fresh` and `live_only`, false if not given.

    Raises:
        SpecError: A switch is neither True nor False.
    """
    switches = {switch: words.get(switch, False) for switch in MARKER_SWITCHES}
    wrong = {switch: value for switch, value in switches.items() if not isinstance(value, bool)}
    if wrong:
        raise SpecError(*(Complaint(switch, shown(value), "True or False") for switch, value in wrong.items()))
    return {word: value for word, value in words.items() if word not in MARKER_SWITCHES}, switches


def from_marker(kind: MarkerKind, words: Mapping[str, Any], images: Mapping[str, str]) -> GroupSpec:
    """The group that `aci_single`, `aci_sidecar` or `aci_task` (*kind*) means by the *words* of a marker.

    Without `image` it is that of *images*, by kind, with what goes with it: `single` is also the application of a
    sidecar group.

    Raises:
        SpecError: A word is not known, with the nearest one; or Azure would refuse the group.
    """
    known = MARKER_OPTIONS if kind == "sidecar" else MARKER_OPTIONS - {"sidecar"}
    unknown = [_unknown(kind, word, value, known) for word, value in words.items() if word not in known]
    if unknown:
        raise SpecError(*unknown)
    options = dict(words) if "image" in words else {**_PRESETS[kind], **words}
    image = options.pop("image", images["task" if kind == "task" else "single"])
    if kind == "single":
        return builders.single(image, **options)
    if kind == "task":
        return builders.task(image, **options)
    return _sidecar(image, options, images["sidecar"])


def _sidecar(image: str, options: dict[str, Any], ready: str) -> GroupSpec:
    beside = options.pop("sidecar", ready)
    own = {word: options.pop(word) for word in builders.CONTAINER_OPTIONS & options.keys()}
    app = builders.container(options.pop("name", "main"), image, **own)
    if not isinstance(beside, str | ContainerSpec):
        raise SpecError(Complaint("sidecar", shown(beside), "an image or a container(name, image)"))
    return builders.sidecar(app, beside, **options)


def _unknown(kind: str, word: str, value: object, known: frozenset[str]) -> Complaint:
    if word in MARKER_OPTIONS:
        return Complaint(word, shown(value), f"a word for the fixture aci_sidecar, not for aci_{kind}")
    return builders.unknown_word(word, value, known)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aci.settings import BY_NAME
from pytest_aci.spec import (
    MARKER_OPTIONS,
    MARKER_SWITCHES,
    GroupSpec,
    SpecError,
    container,
    from_marker,
    sidecar,
    single,
    split_marker,
    task,
)
from tests.spec.strategies import HELLO

if TYPE_CHECKING:
    from pytest_aci.spec.marker import MarkerKind


IMAGES = {kind: BY_NAME[f"{kind}_image"].default for kind in ("single", "sidecar", "task")}
SIDECAR = "mcr.microsoft.com/azuredocs/aci-tutorial-sidecar"
WORDCOUNT = "mcr.microsoft.com/azuredocs/aci-wordcount"


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("single", single(HELLO, ports=[80])),
        ("sidecar", sidecar(container("main", HELLO, ports=[80]), container("sidecar", SIDECAR))),
        ("task", task(WORDCOUNT, env={"NumWords": "5", "MinLength": "8"}, restart_policy="Never")),
    ],
)
def test_without_words_a_fixture_gives_the_documented_group(kind: MarkerKind, spec: GroupSpec) -> None:
    """The three ready-made groups are those of Azure's own documentation."""
    assert from_marker(kind, {}, IMAGES) == spec


def test_other_images_take_the_place_of_the_documented_ones() -> None:
    """A project's own defaults are used, also for the application beside a sidecar."""
    own = {"single": "r.io/app", "sidecar": "r.io/beside", "task": "r.io/work"}
    pair = from_marker("sidecar", {}, own)
    assert from_marker("single", {}, own).containers[0].image == "r.io/app"
    assert from_marker("task", {}, own).containers[0].image == "r.io/work"
    assert [member.image for member in pair.containers] == ["r.io/app", "r.io/beside"]


def test_words_become_the_options_of_the_builder() -> None:
    """A marker says what the builder of the same name takes."""
    words = {"image": HELLO, "name": "web", "ports": [8080], "dns_label": "hello", "cpu": 2, "env": {"A": "1"}}
    assert from_marker("single", words, IMAGES) == single(
        HELLO, name="web", ports=[8080], dns_label="hello", cpu=2, env={"A": "1"}
    )
    assert from_marker("task", {"image": HELLO, "command": ["a"]}, IMAGES) == task(HELLO, ["a"])


def test_words_without_an_image_change_the_ready_made_group() -> None:
    """What goes with the ready-made image stays, unless a word says otherwise; an image of one's own comes bare."""
    assert from_marker("single", {"cpu": 2}, IMAGES) == single(HELLO, ports=[80], cpu=2)
    assert from_marker("single", {"ports": [81]}, IMAGES) == single(HELLO, ports=[81])
    assert from_marker("single", {"image": HELLO}, IMAGES) == single(HELLO)


def test_the_words_of_a_sidecar_group_go_to_the_application_and_the_group() -> None:
    """Container options describe the application, group options the group, `sidecar` the container beside it."""
    words = {"image": HELLO, "ports": [80], "restart_policy": "Never", "sidecar": container("probe", SIDECAR, cpu=0.5)}
    spec = from_marker("sidecar", words, IMAGES)
    assert spec.container_names == ("main", "probe")
    assert (spec.ports[0].port, spec.restart_policy, spec.containers[1].cpu) == (80, "Never", 0.5)
    assert from_marker("sidecar", {"image": HELLO, "sidecar": "r.io/b"}, IMAGES).containers[1].image == "r.io/b"


@pytest.mark.parametrize("kind", ["single", "sidecar", "task"])
def test_an_unknown_word_is_refused_with_the_nearest(kind: MarkerKind) -> None:
    """A misspelt word of a marker is found at collection."""
    with pytest.raises(SpecError, match=r"imgae = .*: no such keyword; did you mean image\?"):
        from_marker(kind, {"imgae": HELLO}, IMAGES)


def test_the_word_sidecar_belongs_to_its_fixture() -> None:
    """A sidecar that would be left out without a word is refused instead."""
    with pytest.raises(SpecError, match=r"sidecar = 'r.io/b': a word for the fixture aci_sidecar, not for aci_single"):
        from_marker("single", {"sidecar": "r.io/b"}, IMAGES)


def test_a_sidecar_is_an_image_or_a_container() -> None:
    """Something else is named with what is wanted."""
    with pytest.raises(SpecError, match=r"sidecar = 5: an image or a container\(name, image\)"):
        from_marker("sidecar", {"sidecar": 5}, IMAGES)


def test_switches_are_taken_apart_from_the_description() -> None:
    """`fresh` and `live_only` say how a group is used, not what it is; the marker's own words stay as they were."""
    words = {"image": HELLO, "fresh": True}
    assert split_marker(words) == ({"image": HELLO}, {"fresh": True, "live_only": False})
    assert words == {"image": HELLO, "fresh": True}
    assert not MARKER_OPTIONS & set(MARKER_SWITCHES)


def test_a_switch_is_true_or_false() -> None:
    """`fresh="no"` would be true to Python, so it is refused."""
    with pytest.raises(SpecError, match="fresh = 'no': True or False"):
        split_marker({"fresh": "no"})

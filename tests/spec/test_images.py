from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aci.spec.images import ImageReference, parse, slug

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("nginx", ImageReference(None, "nginx", None, None)),
        ("nginx:1.27", ImageReference(None, "nginx", "1.27", None)),
        ("library/nginx", ImageReference(None, "library/nginx", None, None)),
        (
            "mcr.microsoft.com/azuredocs/aci-helloworld",
            ImageReference("mcr.microsoft.com", "azuredocs/aci-helloworld", None, None),
        ),
        ("localhost:5000/a/b:t", ImageReference("localhost:5000", "a/b", "t", None)),
        ("registry:5000/a", ImageReference("registry:5000", "a", None, None)),
        (f"ghcr.io/o/i@{DIGEST}", ImageReference("ghcr.io", "o/i", None, DIGEST)),
        (f"ghcr.io/o/i:v1@{DIGEST}", ImageReference("ghcr.io", "o/i", "v1", DIGEST)),
    ],
)
def test_an_image_is_taken_apart(image: str, reference: ImageReference) -> None:
    """Host, path, tag and digest are told apart as registries do."""
    assert parse(image) == reference


@pytest.mark.parametrize(
    "image",
    [
        "",
        " ",
        "Nginx",
        "a b",
        "nginx:",
        "nginx@sha256:12",
        f"nginx@{DIGEST}0",
        "https://mcr.microsoft.com/a",
        "a//b",
        "-a",
        "a/",
        "nginx\n",
    ],
)
def test_what_is_no_image_reference_is_seen(image: str) -> None:
    """An upper-case name, a broken digest, a URL and the like are no image references."""
    assert parse(image) is None


@pytest.mark.parametrize(
    ("image", "hub"),
    [
        ("nginx", True),
        ("me/app:1", True),
        ("docker.io/library/nginx", True),
        ("mcr.microsoft.com/a", False),
        ("localhost/a", False),
    ],
)
def test_docker_hub_is_recognised(image: str, hub: bool) -> None:
    """No host means Docker Hub, and so do its own names."""
    reference = parse(image)
    assert reference is not None
    assert reference.on_docker_hub is hub


def test_the_slug_is_the_last_word_of_the_name() -> None:
    """Registry, folders, tag and digest do not get into a group's name."""
    assert slug(f"ghcr.io/owner/My_App.web:v1@{DIGEST}".lower()) == "my-app-web"


@given(st.text())
def test_a_slug_has_only_letters_that_a_group_name_may_have(image: str) -> None:
    """Whatever the image is called, its slug is empty or lower-case words joined by single hyphens."""
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug(image))

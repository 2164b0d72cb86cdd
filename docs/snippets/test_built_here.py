"""An image that is in no registry: tests/test_snippets.py builds it and runs this in Docker, where there is one."""

from __future__ import annotations

import pytest
import requests

from pytest_aci import ContainerGroup, container_group, http, single

# Built on this machine: `docker build -t localhost/shop:test .`
built_here = container_group(single("localhost/shop:test", ports=[8080]), until=http(8080, "/health"))


@pytest.mark.aci(live_only=True)
def test_an_image_that_was_just_built(built_here: ContainerGroup) -> None:
    """The emulator's Docker runtime takes what the engine has."""
    assert requests.get(built_here.url(8080, "/health")).status_code == 200

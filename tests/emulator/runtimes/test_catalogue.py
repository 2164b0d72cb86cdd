from __future__ import annotations

import pytest

from pytest_aci.emulator.runtimes import catalogue
from pytest_aci.emulator.runtimes.base import InaccessibleImage


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("nginx", "nginx"),
        ("nginx:1.27", "nginx"),
        ("localhost:5000/nginx", "localhost:5000/nginx"),
        ("localhost:5000/nginx:1", "localhost:5000/nginx"),
        ("a/b@sha256:00", "a/b"),
        ("a/b:1@sha256:00", "a/b"),
    ],
)
def test_repository(image: str, repository: str) -> None:
    """An image's repository is its name without tag and digest; a registry's port is no tag."""
    assert catalogue.repository(image) == repository


def test_digest() -> None:
    """A made-up digest depends on the image's name alone, and a real one is kept."""
    assert catalogue.digest("nginx:1") == catalogue.digest("nginx:1") != catalogue.digest("nginx:2")
    assert catalogue.digest("nginx@sha256:00") == "nginx@sha256:00"


def test_files_exist() -> None:
    """Every stand-in's command names a file that it brings along."""
    for program in catalogue.STAND_INS.values():
        assert program.command is not None
        assert program.command[-1] in {file.name for file in program.files}
        assert all(file.is_file() for file in program.files)


def test_unknown_image() -> None:
    """An unknown image has no program, unless commands of this machine are allowed: then any explicit command."""
    with pytest.raises(
        InaccessibleImage,
        match=r"aci-helloworld.*aci-tutorial-sidecar.*aci-wordcount only, unless --allow-host-commands",
    ):
        catalogue.program("nginx", allow_host_commands=False)
    assert catalogue.program("nginx", allow_host_commands=True) == catalogue.Program()

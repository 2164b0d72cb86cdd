"""The code that the documentation shows and that is no recorded example: each piece runs as it stands there."""

from __future__ import annotations

import io
import re
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.emulator.runtimes.images import busybox
from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from collections.abc import Iterator

SNIPPETS = Path(__file__).parent.parent / "docs" / "snippets"
LIVE = ("--aci-mode=live", "--aci-endpoint=emulator")
EXCERPT = re.compile(r"```\{literalinclude\} (\S+\.py)\n((?::.*\n)*)```")
DOCKERFILE = b"""
FROM scratch
COPY busybox /bin/busybox
COPY health /www/health
CMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]
"""
TEST = """
import requests

from pytest_aci import container_group, http, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80))


def test_web(web):
    assert requests.get(web.url(80)).ok
    print(web.location, web.resource.tags["team"])
"""

GREETING = """
from pytest_aci import container_group, task

greeting = container_group(task("mcr.microsoft.com/azuredocs/aci-wordcount", ["/bin/sh", "-c", "echo hello Con''toso"]))


def test_greeting(greeting):
    assert greeting.exit_code == 0
    print(greeting.resource.tags["team"] + ": " + greeting.logs())
"""


@pytest.fixture
def shop() -> Iterator[str]:
    """The image that the page about Docker builds: a web server on port 8080, made of this machine's busybox."""
    docker = pytest.importorskip("docker", reason="docker-py is not installed: it comes with the extra emulator")
    program = busybox()
    if program is None:
        pytest.skip("there is no busybox without libraries on this machine to make an image of")
    try:
        client = docker.from_env(timeout=30)
        client.ping()
    except docker.errors.DockerException:
        pytest.skip("no Docker engine answers")
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        tar.add(program, "busybox")
        for name, content in (("Dockerfile", DOCKERFILE), ("health", b"ok")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    context.seek(0)
    client.images.build(fileobj=context, custom_context=True, tag="localhost/shop:test", rm=True)
    yield "localhost/shop:test"
    client.images.remove("localhost/shop:test", force=True)
    client.close()


def shown(page: Path) -> list[str]:
    """The pieces of Python that a page shows, as somebody copies them."""
    pieces = []
    for file, options in EXCERPT.findall(page.read_text(encoding="utf-8")):
        text = (page.parent / file).read_text(encoding="utf-8")
        if "start-after" in options:
            text = text.partition("# begin\n")[2]
        elif first := re.search(r":lines: (\d+)-", options):
            text = "".join(text.splitlines(keepends=True)[int(first[1]) - 1 :])
        pieces.append(text)
    return pieces


@pytest.mark.parametrize("page", [*filter(shown, sorted(SNIPPETS.parent.rglob("*.md")))], ids=lambda page: page.stem)
def test_what_a_page_shows_can_be_copied(page: Path) -> None:
    """Nothing that it uses stands above or below the excerpt."""
    for piece in shown(page):
        exec(compile(piece, str(page), "exec", dont_inherit=True), {"__name__": "copied"})


def copied(folder: Path, snippet: str, name: str) -> None:
    """Put a snippet into a suite of its own, under a name that pytest knows."""
    shutil.copy(SNIPPETS / snippet, folder / name)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")


def test_an_image_built_on_this_machine(shop: str, tmp_path: Path) -> None:
    """A group of an image that is in no registry runs in Docker, and answers under its own address."""
    copied(tmp_path, "test_built_here.py", "test_built_here.py")
    result = suite.pytest_in(tmp_path, *LIVE, "--aci-runtime=docker")
    assert "1 passed" in result.stdout, result.stdout + result.stderr


def test_private_images_are_skipped_in_replay(tmp_path: Path) -> None:
    """Both declarations are valid, and tests that can only run live say so."""
    for name in ("test_private_images.py", "test_built_here.py"):
        copied(tmp_path, name, name)
    result = suite.pytest_in(tmp_path, "-rs", "-W", "error")
    assert "2 skipped" in result.stdout, result.stdout + result.stderr
    assert "live_only: it can not be replayed" in result.stdout


def test_credential_and_settings_are_overridden(tmp_path: Path) -> None:
    """A conftest decides region and tags of everything that is created."""
    copied(tmp_path, "overriding.py", "conftest.py")
    conftest = tmp_path / "conftest.py"
    text = conftest.read_text(encoding="utf-8")
    signed_out = text.replace("return AzureCliCredential()", "return None")  # there is no az CLI here
    assert signed_out != text
    conftest.write_text(signed_out, encoding="utf-8")
    (tmp_path / "test_web.py").write_text(TEST, encoding="utf-8")
    result = suite.pytest_in(tmp_path, *LIVE, "--aci-runtime=process", "-s")
    assert "northeurope web" in result.stdout, result.stdout + result.stderr


def test_the_hooks_do_what_the_page_says(tmp_path: Path) -> None:
    """They add a tag, tell when a group is ready, and keep a word out of cassettes."""
    copied(tmp_path, "hooks.py", "conftest.py")
    (tmp_path / "test_greet.py").write_text(GREETING, encoding="utf-8")
    result = suite.pytest_in(tmp_path, *suite.RECORD, "-s")
    assert result.returncode == 0, result.stdout + result.stderr
    assert " was ready after " in result.stdout
    assert "web: hello Contoso" in result.stdout
    text = "".join(suite.cassettes(tmp_path).values())
    assert "hello a customer" in text
    assert "hello Contoso" not in text

"""Five mistakes of a new user's, and what they read: what is wrong and what to do, without a word of our code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin import recorded_suite as suite

if TYPE_CHECKING:
    from pathlib import Path

LIVE = ("--aci-mode=live", "--aci-endpoint=emulator", "--aci-runtime=process")
TEST = """
from pytest_aci import container_group, http, single

web = container_group(single("mcr.microsoft.com/azuredocs/{image}", ports=[{port}]), until=http({port}, "/"), timeout=3)


def test_hello(web):
    assert web.instance_view.state == "Running"
"""


def read(folder: Path, *options: str, image: str = "aci-helloworld", port: int = 80) -> str:
    """Run a suite of one test, and return what its author reads."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_hello.py").write_text(TEST.format(image=image, port=port), encoding="utf-8")
    result = suite.pytest_in(folder, *options)
    assert result.returncode != 0
    said = result.stdout + result.stderr
    assert "site-packages" not in said
    assert "pytest_aci/" not in said, "a traceback leads through our own code"
    return said


def test_a_wrong_image(tmp_path: Path) -> None:
    """The image is named, with the images that there are and the ways to have others, at the line that declares it."""
    said = read(tmp_path, *LIVE, image="aci-hellowrld")
    assert "InaccessibleImage" in said
    assert "'mcr.microsoft.com/azuredocs/aci-hellowrld'" in said
    assert "Likely cause: without Docker, the emulator has stand-ins for mcr.microsoft.com/azuredocs/aci-hello" in said
    assert "What to do: On the emulator, give it Docker and build or pull the image on this machine" in said
    assert "test_hello.py:4" in said


def test_a_wrong_port(tmp_path: Path) -> None:
    """What was awaited, that ACI maps no ports, and the line of the log that names the port that is listened on."""
    said = read(tmp_path, *LIVE, port=8080)
    assert "Awaited: http 200 on port 8080/." in said
    assert "Likely cause: ACI has no port mapping: the container itself has to listen on 8080" in said
    assert "main: log listening on port 80" in said


def test_a_missing_cassette(tmp_path: Path) -> None:
    """The file that was looked for, and the command that records it."""
    said = read(tmp_path)
    assert f"no cassette for groups/test_hello/web: {tmp_path}/cassettes/groups/test_hello/web.json" in said
    assert "record it with: pytest --aci-mode=record test_hello.py::test_hello" in said


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        ("--aci-mode=rec", "--aci-mode: 'rec' is not valid: valid are replay, record, live. Did you mean record?"),
        ("--aci-timeout=soon", "a duration is a number with s, m, h or d behind it, such as 90s or 2h"),
    ],
)
def test_a_wrong_option(tmp_path: Path, option: str, advice: str) -> None:
    """One line: the option, the valid values, and the nearest; nothing was run."""
    said = read(tmp_path, option)
    assert advice in said
    assert "collected" not in said


def test_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every source that was tried with its reason, the ways to sign in, and that two ways need no credential at all."""
    monkeypatch.setenv("PATH", "")  # no az CLI
    monkeypatch.setenv("HOME", str(tmp_path))
    said = read(tmp_path, "--aci-mode=live")
    assert "No credential for https://management.azure.com. Sign in with `az login`" in said
    assert "Replay, the default mode, needs none, nor does --aci-endpoint=emulator." in said
    assert "AZURE_AUTH_LOCATION: not set" in said
    assert "AzureCliCredential: Azure CLI not found on path" in said


def test_no_credentials_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen lines for each test would hide all else; those that are skipped for it need no more than the reason."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)  # there pytest's own short summary has every line of an error again
    (tmp_path / "test_more.py").write_text(TEST.format(image="aci-helloworld", port=80), encoding="utf-8")
    said = read(tmp_path, "--aci-mode=live")
    assert said.count("AzureCliCredential: Azure CLI not found on path") == 1
    assert "the first of these failures tells what was tried" in said
    skipped = suite.pytest_in(tmp_path, "--aci-mode=live", "--aci-on-no-credential=skip", "-rs")
    assert skipped.returncode == 0
    assert ": no Azure credential\n" in skipped.stdout

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aci.spec import AzureFile, GitRepo, HttpGet, LogAnalytics, Probe, RegistryCredential, Secret, SecretVolume


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (RegistryCredential("r.example.com", "me", "hunter2"), "password"),
        (AzureFile("share", "files", "account", "hunter2"), "account_key"),
        (LogAnalytics("id", "hunter2"), "workspace_key"),
        (GitRepo("source", "https://me:hunter2@example.com/r.git"), "repository"),
    ],
)
def test_what_is_secret_is_hidden_without_being_asked_to(part: object, field: str) -> None:
    """A password, a key and a URL with a user inside become secrets, however plainly they were written."""
    assert isinstance(getattr(part, field), Secret)
    assert "hunter2" not in repr(part)


def test_a_url_without_user_stays_readable() -> None:
    """The address of a public repository is no secret."""
    assert GitRepo("source", "https://example.com/a@b/r.git").repository == "https://example.com/a@b/r.git"


@given(st.text(st.characters(codec="utf-8")) | st.binary())
def test_files_of_a_secret_volume_are_kept_as_arm_takes_them(content: str | bytes) -> None:
    """Text and bytes alike are base64-encoded, and hidden."""
    raw = content.encode() if isinstance(content, str) else content
    assert SecretVolume("files", {"f": content}).files == (("f", Secret(base64.b64encode(raw).decode())),)


def test_a_secret_file_may_be_a_secret_already() -> None:
    """A `Secret` is taken for its text."""
    assert SecretVolume("files", {"f": Secret("a")}) == SecretVolume("files", {"f": "a"})


def test_parts_are_hashable_and_equal_by_content() -> None:
    """Lists and mappings are taken, and kept in one unchangeable form."""
    assert {Probe(exec=["a", "b"]), Probe(exec=("a", "b"))} == {Probe(exec=("a", "b"))}
    assert {HttpGet(80, headers={"B": "2", "A": "1"}), HttpGet(80, headers={"A": "1", "B": "2"})} == {
        HttpGet(80, headers=(("A", "1"), ("B", "2")))
    }

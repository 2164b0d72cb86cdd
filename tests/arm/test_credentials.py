from __future__ import annotations

import json
import logging
import os
import socket
import warnings
from pathlib import Path
from typing import Any

import pytest

from pytest_aci.arm.clouds import find_cloud
from pytest_aci.arm.credentials import auth_file, find_credential
from pytest_aci.errors import AuthFileError, AuthFileWarning, NoCredential

SECRET = "s3cr3t-of-the-principal"
DOCUMENT = {
    "clientId": "c1",
    "clientSecret": SECRET,
    "subscriptionId": "s1",
    "tenantId": "t1",
    "activeDirectoryEndpointUrl": "https://login.microsoftonline.com",
    "resourceManagerEndpointUrl": "https://management.azure.com/",
    "sqlManagementEndpointUrl": "ignored",
}


def write(path: Path, content: Any, mode: int = 0o600) -> dict[str, str]:
    """Write a file, and give an environment that names it."""
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return {"AZURE_AUTH_LOCATION": str(path)}


def test_no_variable_is_no_file() -> None:
    """Without AZURE_AUTH_LOCATION there is no auth file, and that is no error."""
    assert auth_file({}) is None
    assert auth_file({"AZURE_AUTH_LOCATION": ""}) is None


def test_file_is_read_and_its_secret_hidden(tmp_path: Path) -> None:
    """All keys are read, a byte order mark is no obstacle, and the secret is not in the repr."""
    file = auth_file(write(tmp_path / "auth.json", "\ufeff" + json.dumps(DOCUMENT)))
    assert file is not None
    assert (file.client_id, file.client_secret, file.subscription_id, file.tenant_id) == ("c1", SECRET, "s1", "t1")
    assert file.resource_manager == "https://management.azure.com/"
    assert SECRET not in repr(file)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", r"it is not JSON \(line 1, column 1\)"),
        (f'{{"clientSecret": "{SECRET}",', r"it is not JSON \(line 1"),
        ("[" * 60_000, "it is nested too deeply"),
        (f'["{SECRET}"]', "it is JSON, but not an object"),
        (" " * 70_000, "it has 70000 bytes"),
        ({**DOCUMENT, "tenantId": ""}, "it lacks tenantId\\."),
        ({**DOCUMENT, "tenantId": 7}, "it lacks tenantId\\."),
        ({"clientSecret": SECRET}, "it lacks clientId, subscriptionId, tenantId, activeDirectoryEndpointUrl, resource"),
    ],
)
def test_unusable_file_is_one_clear_error(tmp_path: Path, content: Any, reason: str) -> None:
    """Each thing that can be wrong with the file has a reason of its own, and no value is ever shown."""
    path = tmp_path / "auth.json"
    environment = write(path, content)
    with pytest.raises(
        AuthFileError, match=f"AZURE_AUTH_LOCATION names {path}, which can not be used: {reason}"
    ) as caught:
        auth_file(environment)
    said = str(caught.value)
    assert "az ad sp create-for-rbac --sdk-auth" in said
    assert SECRET not in said
    assert caught.value.__cause__ is None


def test_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    """Binary content is told as such."""
    path = tmp_path / "auth.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AuthFileError, match="not text in UTF-8"):
        auth_file({"AZURE_AUTH_LOCATION": str(path)})


def test_missing_file_and_directory_are_errors(tmp_path: Path) -> None:
    """A path that leads nowhere, or to a directory, is told as such."""
    with pytest.raises(AuthFileError, match="No such file or directory"):
        auth_file({"AZURE_AUTH_LOCATION": str(tmp_path / "none")})
    with pytest.raises(AuthFileError, match="it is a directory"):
        auth_file({"AZURE_AUTH_LOCATION": str(tmp_path)})
    with pytest.raises(AuthFileError, match="it is no regular file"):
        auth_file({"AZURE_AUTH_LOCATION": "/dev/zero"})


def test_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that this user may not read is told as such."""
    environment = write(tmp_path / "auth.json", DOCUMENT)

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)  # the tests may run as root, who may read everything
    with pytest.raises(AuthFileError, match="Permission denied"):
        auth_file(environment)


@pytest.mark.parametrize(("mode", "careless"), [(0o600, False), (0o640, True), (0o644, True)])
def test_file_that_others_can_read_is_warned_about(tmp_path: Path, mode: int, careless: bool) -> None:
    """A file that others on the machine can read works, and is warned about with the cure."""
    environment = write(tmp_path / "auth.json", DOCUMENT, mode)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert auth_file(environment) is not None
    assert [(one.category, "chmod 600" in str(one.message)) for one in caught] == [(AuthFileWarning, True)] * careless


def test_no_credential_lists_every_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When nothing gives a token, one block names each source that was tried and why it gave none."""
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "dev")  # leaves out what would look for a virtual machine's identity
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoCredential) as caught:
        find_credential(find_cloud("azure"), file=None, environment={})
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("No credential for https://management.azure.com. Sign in with `az login`, or set AZURE_")
    assert lines[1] == "  AZURE_AUTH_LOCATION: not set"
    assert any(line.startswith("  AzureCliCredential: ") for line in lines)
    assert any(line.startswith("  AzureDeveloperCliCredential: ") for line in lines)
    assert all(len(line) > 10 for line in lines)


def test_the_library_is_silent_for_us_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it complains of while we ask is in our error; what it has to say to the user afterwards is logged."""
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    monkeypatch.setenv("PATH", str(tmp_path))
    with caplog.at_level(logging.WARNING, "azure.identity"):
        with pytest.raises(NoCredential):
            find_credential(find_cloud("azure"), file=None, environment={})
        logging.getLogger("azure.identity").warning("of the user's own client")
    said = [record.message for record in caplog.records if record.name.startswith("azure.identity")]
    assert said == ["of the user's own client"]


def test_environment_credential_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source's own reason is kept, without its advice of several lines."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    with pytest.raises(NoCredential, match="EnvironmentCredential: Environment variables are not fully") as caught:
        find_credential(find_cloud("azure"), file=None, environment={})
    assert "Visit" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("activeDirectoryEndpointUrl", "http://127.0.0.1:1", "https"),
        ("tenantId", "no tenant!", "tenant"),
    ],
)
def test_impossible_value_in_the_file_is_an_error_of_the_file(
    tmp_path: Path, key: str, value: str, reason: str
) -> None:
    """A tenant or sign-in host that cannot be one is told with the file's path, before anything is asked."""
    file = auth_file(write(tmp_path / "auth.json", {**DOCUMENT, key: value}))
    with pytest.raises(AuthFileError, match=reason) as caught:
        find_credential(find_cloud("azure"), file=file, environment={})
    assert str(tmp_path) in str(caught.value)
    assert SECRET not in str(caught.value)


def test_sign_in_host_that_is_not_there_is_no_credential(tmp_path: Path) -> None:
    """When the sign-in host of the file cannot be reached, the file is listed with that reason."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    document = {**DOCUMENT, "activeDirectoryEndpointUrl": f"https://127.0.0.1:{port}", "tenantId": "common"}
    file = auth_file(write(tmp_path / "auth.json", document))
    with pytest.raises(NoCredential, match=r"auth\.json: .*refused"):
        find_credential(find_cloud("azure"), file=file, environment={})
